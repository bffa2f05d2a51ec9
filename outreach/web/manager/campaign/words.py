"""A step's day, hours and readers in a sentence, as somebody who never saw the file reads them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.utils.translation import gettext, ngettext

from outreach.campaigns.definition import CampaignDefinition, Filter, Recipients, Step
from outreach.campaigns.definition.fields import span_text
from outreach.campaigns.definition.when import (
    AfterAnother,
    AfterCalendar,
    At,
    BeforeCalendar,
    NextAfter,
    OnDate,
    OnLaunchDay,
    OnNamed,
    OnOptIn,
)
from outreach.core.channels import Channel


def channel_words(channel: str) -> str:
    """ "email" or "text message"."""
    return gettext("email") if channel == Channel.EMAIL else gettext("text message")


def recipient_words(recipients: Recipients) -> str:
    """Who gets a step."""
    return {
        Recipients.GUARDIANS: gettext("Parents"),
        Recipients.CONTACTS: gettext("School contacts"),
        Recipients.SAFEGUARDING_LEADS: gettext("Child-protection contacts"),
        Recipients.STAFF: gettext("School contacts and child-protection contacts"),
    }[recipients]


def day_words(definition: CampaignDefinition, step: Step) -> str:
    """On which day it goes out."""
    titles = {each.key: each.title for each in definition.steps}
    words = _day(step.when, titles)
    every = step.when.repeats()
    if every is None or isinstance(step.when, BeforeCalendar | AfterCalendar):
        return words
    again = {
        "week": gettext("again each week"),
        "month": gettext("again each month"),
        "year": gettext("again each year"),
    }
    return f"{words}, {again.get(str(every.value), str(every.value))}"


def hours_words(step: Step) -> str:
    """From when, and for how long."""
    return gettext("at %(at)s, for %(within)s") % {
        "at": f"{step.when.at:%H:%M}",
        "within": span_words(step.when.within),
    }


def span_words(span: timedelta) -> str:
    """ "3 hours", else as a definition writes it."""
    hours, rest = divmod(int(span.total_seconds()), 3600)
    if rest:
        return span_text(span)
    return ngettext("%(number)d hour", "%(number)d hours", hours) % {"number": hours}


def audience_words(step: Step) -> list[str]:
    """What narrows the readers of a step, a line each; empty for everybody."""
    found = []
    if step.age_groups:
        found.append(gettext("with a child of %(ages)s") % {"ages": ", ".join(step.age_groups)})
    if step.only:
        found.append(gettext("only: %(what)s") % {"what": _filter(step.only)})
    if step.but_not:
        found.append(gettext("not: %(what)s") % {"what": _filter(step.but_not)})
    if step.waits_for:
        found.append(
            gettext("after somebody at the school got %(step)s") % {"step": step.waits_for}
        )
    if step.corrects:
        found.append(gettext("only who got %(step)s, which it corrects") % {"step": step.corrects})
    return found


def _filter(chosen: Filter) -> str:
    said = chosen.model_dump(mode="json", by_alias=True, exclude_none=True)
    return "; ".join(
        f"{key.replace('_', ' ')} {', '.join(map(str, v)) if isinstance(v, list) else v}"
        for key, v in said.items()
    )


def _day(when: At, titles: Mapping[str, str]) -> str:
    if isinstance(when, OnLaunchDay):
        return _launch_day(when.day)
    if isinstance(when, AfterAnother | NextAfter):
        return _after_step(when, titles)
    return _fixed(when)


def _after_step(when: AfterAnother | NextAfter, titles: Mapping[str, str]) -> str:
    step = titles.get(when.after, when.after)
    if isinstance(when, NextAfter):
        day = _weekday(when.next_day)
        return gettext("The next %(day)s after “%(step)s”") % {"day": day, "step": step}
    return ngettext(
        "%(number)d day after “%(step)s”", "%(number)d days after “%(step)s”", when.days
    ) % {"number": when.days, "step": step}


def _fixed(when: At) -> str:
    match when:
        case OnDate():
            return gettext("On %(day)s") % {"day": f"{when.on:%d %b %Y}"}
        case OnNamed():
            return _named(when)
        case OnOptIn():
            days = when.after_opt_in.days
            return ngettext(
                "%(number)d day after somebody agreed, for those who join later",
                "%(number)d days after somebody agreed, for those who join later",
                days,
            ) % {"number": days}
        case BeforeCalendar() | AfterCalendar():
            return _calendar(when)
    return type(when).__name__


def _launch_day(day: int) -> str:
    if day == 0:
        return gettext("On the first day")
    return ngettext(
        "%(number)d day after the first day", "%(number)d days after the first day", day
    ) % {"number": day}


def _named(when: OnNamed) -> str:
    name = when.day_named.replace("-", " ").title()
    if when.days_before:
        return ngettext(
            "%(number)d day before %(name)s", "%(number)d days before %(name)s", when.days_before
        ) % {"number": when.days_before, "name": name}
    if when.days_after:
        return ngettext(
            "%(number)d day after %(name)s", "%(number)d days after %(name)s", when.days_after
        ) % {"number": when.days_after, "name": name}
    return gettext("On %(name)s") % {"name": name}


def _calendar(when: BeforeCalendar | AfterCalendar) -> str:
    """By the calendar of each school."""
    edges = {
        "holiday": gettext("the holidays"),
        "term-start": gettext("the start of term"),
        "term-end": gettext("the end of term"),
    }
    if isinstance(when, BeforeCalendar):
        words = ngettext(
            "%(number)d day before %(edge)s", "%(number)d days before %(edge)s", when.days
        )
        edge = str(when.before)
    else:
        words = ngettext(
            "%(number)d day after %(edge)s", "%(number)d days after %(edge)s", when.days
        )
        edge = str(when.after)
    said = words % {"number": when.days, "edge": edges.get(edge, edge)}
    return said + gettext(", by each school's own calendar")


def _weekday(day: str) -> str:
    return {
        "weekday": gettext("weekday"),
        "mon": gettext("Monday"),
        "tue": gettext("Tuesday"),
        "wed": gettext("Wednesday"),
        "thu": gettext("Thursday"),
        "fri": gettext("Friday"),
        "sat": gettext("Saturday"),
        "sun": gettext("Sunday"),
    }[str(day)]
