"""How numbers, moments and states are written on a page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from html import escape
from itertools import zip_longest

from babel.core import Locale, UnknownLocaleError
from django import template
from django.forms import BoundField
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.formats import get_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from outreach.content.days import long_date
from outreach.web.audit_words import (
    action_words,
    actor_words,
    detail_words,
    reason_words,
    value_words,
)
from outreach.web.rule_words import rule_words
from outreach.web.sentences import sentence
from outreach.web.words import Badge, notice_reason

register = template.Library()
_NOTHING = "\u2013"  # a dash
_MICROS = 1_000_000
_THIN_SPACE = "\u202f"
_MANY_BOXES = 20
_LINE = re.compile(r":(\d+)(?::\d+)?$")
_WRAPPED = 45  # a line as long as that may have been broken; our emails break them at 72
_ITEM = re.compile(r"\s*([-*•]|\d+[.)])\s")
_RULED = re.compile(r"^[=-]{4,}\n", re.MULTILINE)


@register.filter
def thousands(number: int) -> str:
    """12345 as 12 345, with a space that does not break."""
    return f"{number:,}".replace(",", _THIN_SPACE)


@register.filter
def money(micros: int) -> str:
    """1234500000 micros as 1 234.50."""
    return _decimal(f"{micros / _MICROS:,.2f}")


@register.filter
def money_small(micros: int) -> str:
    """The price of one text, of which the hundredth part still counts: 0.0725."""
    return _decimal(f"{micros / _MICROS:,.4f}")


def _decimal(number: str) -> str:
    """Grouped by thin spaces, with the decimal sign of the page's language."""
    whole, _, part = number.replace(",", _THIN_SPACE).partition(".")
    return f"{whole}{get_format('DECIMAL_SEPARATOR')}{part}"


@register.filter
def unlocalised(number: float) -> str:
    """As a drawing wants it: a point, no spaces."""
    return f"{number:g}"


@register.filter
def day(value: date | None) -> str:
    """A date as Tue 24 Nov 2026."""
    # Translators: a day as Tue 24 Nov 2026, in the letters of Django's filter `date`.
    return date_format(value, gettext("D j M Y")) if value else _NOTHING


@register.filter
def long_day(value: date | datetime, language: str) -> str:
    """A date as 24 November 2026, in the language of a parents' page."""
    found = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return long_date(found, language)


@register.filter
def reflowed(text: str) -> str:
    """Plain text of an email for a narrow screen: without the lines that underline headings, and
    with the lines of a paragraph joined, which break where the screen ends."""
    lines: list[str] = []
    before = ""
    for line in _RULED.sub("", text).split("\n"):
        if line and len(before) >= _WRAPPED and not _ITEM.match(line):
            lines[-1] += f" {line.lstrip()}"
        else:
            lines.append(line)
        before = line
    return "\n".join(lines)


@register.filter
def coded(words: str) -> SafeString:
    """What stands in `backticks` as code."""
    parts = words.split("`")
    if not len(parts) % 2:  # one is left over: nobody can tell what it belongs to
        return format_html("{}", words)
    return format_html_join(
        "",
        "{}{}",
        (
            (part, format_html("<code>{}</code>", code) if code else "")
            for part, code in zip_longest(parts[::2], parts[1::2], fillvalue="")
        ),
    )


@register.filter
def line_number(place: str) -> str:
    """ "en/launch.email.md:4" as 4, "" for a place without a line."""
    found = _LINE.search(place)
    return found[1] if found else ""


@register.filter
def short_day(value: date) -> str:
    """A date as 24 Nov, for where the year is known."""
    # Translators: a day as 24 Nov, in the letters of Django's filter `date`.
    return date_format(value, gettext("j M"))


@register.filter
def language_words(tag: str) -> str:
    """ "de" as German; a tag that nobody knows is shown as it is."""
    try:
        name = Locale.parse(tag, sep="-").get_display_name(get_language() or "en")
    except (UnknownLocaleError, ValueError):
        return tag
    return name or tag


@register.filter
def said(words: str) -> str:
    """A word or sentence of another room, such as the name of a state, in the page's language."""
    return sentence(words) if words else ""


@register.filter
def inside(words: str) -> str:
    """The same inside a sentence: small letters in English, as it is where nouns have capitals."""
    shown = said(words)
    return shown.lower() if get_language() == "en" else shown


# An entry of the audit log: what was done, by whom, why, and what its details are.
register.filter("acted", action_words)
register.filter("actor", actor_words)
register.filter("why", reason_words)
register.filter("detail", detail_words)


@register.filter
def detail_value(value: str, name: str) -> str:
    """The value of the detail called `name`."""
    return value_words(name, value)


# Why a single message did not go, and why a reply was understood as it was.
register.filter("notice_why", notice_reason)
register.filter("rule", rule_words)


@register.filter
def moment(value: datetime | None) -> SafeString:
    """A moment on the viewer's clock, with the name of the zone."""
    return _time_element(timezone.localtime(value)) if value else SafeString(_NOTHING)


@register.filter
def moment_there(value: datetime) -> SafeString:
    """A moment on the clock that it is given with."""
    return _time_element(value)


@register.filter
def clock_time(value: datetime) -> str:
    """Only the hour and minute, on the clock that it is given with."""
    return f"{value:%H:%M}"


@register.filter
def place(zone: str) -> str:
    """Europe/Berlin as Berlin."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


@register.filter
def badge(value: Badge) -> SafeString:
    """A state with its mark, so that colour is never the only sign."""
    return format_html(
        '<span class="badge {}"><span class="mark" aria-hidden="true">{}</span> {}</span>',
        value.tone.value,
        value.mark,
        value.words,
    )


def _time_element(value: datetime) -> SafeString:
    return format_html(
        '<time datetime="{}">{}</time> <span class="zone">{}</span>',
        value.isoformat(),
        # Translators: a moment as Tue 24 Nov, 15:04, in the letters of Django's filter `date`.
        date_format(value, gettext("D j M, H:i")),
        zone_name(value),
    )


def zone_name(value: datetime) -> str:
    """Berlin, or UTC."""
    key = getattr(value.tzinfo, "key", None)
    return place(key) if key else "UTC"


@register.filter
def boxes(field: BoundField) -> SafeString:
    """The choices of a field to tick, each with its label; thousands of schools in one go, where
    Django opens a template for each. Many of them scroll, and a script puts a search above."""
    given = field.value()
    chosen = {str(each) for each in (given if isinstance(given, list | tuple) else [given])}
    kind = getattr(field.field.widget, "input_type", "checkbox")
    needed = " required" if kind == "radio" and field.field.required else ""
    same = f'<label class="choice"><input type="{kind}" name="{field.html_name}" value="'
    choices = getattr(field.field, "choices", ())
    lines = [
        f'{same}{escape(str(value))}" id="{field.auto_id}_{number}"{needed}'
        f"{' checked' if str(value) in chosen else ''}> <span>{escape(str(label))}</span></label>"
        for number, (value, label) in enumerate(choices)
    ]
    boxes = "\n".join(lines)  # every word from outside is escaped above
    if len(lines) <= _MANY_BOXES:
        return SafeString(boxes)
    find = escape(gettext("Show only those with these letters"))
    return SafeString(f'<div class="many" data-find="{find}">{boxes}</div>')


@register.filter
def options(choices: Iterable[tuple[str, str]], chosen: str | None) -> SafeString:
    """The choices of a `select`, as many at once as there are."""
    lines = (
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>'
        f"{escape(label)}</option>"
        for value, label in choices
    )
    return SafeString("".join(lines))  # as above
