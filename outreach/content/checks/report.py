"""What the checks know of one message, whatever stands beside it in its pack.

Owns the checks that need one file alone, so that what they found can be kept by its content, and
what the checks across files need to know of each file. Pure: a text in, a report out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from outreach.content.checks.emails import check_emails
from outreach.content.checks.links import links_of, typed_in_links
from outreach.content.checks.places import body_place, variable_place
from outreach.content.checks.reading_level import check_reading
from outreach.content.checks.saying import check_saying
from outreach.content.checks.texts import check_texts
from outreach.content.source import TemplateKey
from outreach.content.template_set import TemplateSet
from outreach.content.wording import check_wording
from outreach.core.channels import Channel
from outreach.core.errors import Problem
from outreach.core.says import Says

# Values that only notices have: a campaign's message never does.
_OF_NOTICES = (
    "links.confirm",
    "links.own_data",
    "links.page",
    "consent.wording",
    "consent.given_on",
    "stopped.topic",
)
_NUMBER = "step.number"


@dataclass(frozen=True)
class StepPlan:
    """What the definition says of a step. `for_staff`: its readers are no parents."""

    key: str
    says: frozenset[Says] = frozenset()
    for_staff: bool = False


@dataclass(frozen=True)
class MessagePlan:
    """What the checks need to know of a campaign. `countries`: of the audience, empty where
    nobody knows yet. `own_hosts`: where our own pages are."""

    default_language: str
    steps: tuple[StepPlan, ...] = ()
    countries: frozenset[str] = frozenset()
    own_hosts: frozenset[str] = frozenset()

    def of(self, key: str) -> StepPlan:
        return next((step for step in self.steps if step.key == key), StepPlan(key))


@dataclass(frozen=True)
class MessageReport:
    """`broken`: why it cannot be used at all; the rest is empty then. `links`: each target with
    its place, of an email. `begins_at`: the place of its first words. `unreviewed_at`: the place
    where a reviewer would be named, "" where somebody is. `prints_number`: its step's, bare."""

    broken: tuple[Problem, ...] = ()
    findings: tuple[Problem, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    begins_at: str = ""
    unreviewed_at: str = ""
    prints_number: bool = False


# Whoever checks a pack imports it next, and whoever edits it changes one file of many.
@lru_cache(maxsize=1024)
def report_of(name: str, text: str, plan: MessagePlan) -> MessageReport:
    """`name`: inside the pack, like "en/launch.email.md"."""
    templates = TemplateSet({name: text})
    if broken := templates.problems():
        return MessageReport(broken=tuple(broken))
    (key,) = templates.template_keys()
    source, usage = templates.source(key), templates.usage(key)
    links = links_of(source) if key.channel is Channel.EMAIL else ()
    return MessageReport(
        findings=tuple(_findings(templates, key, plan)),
        links=tuple((target, body_place(source, at)) for target, at in links),
        begins_at=body_place(source),
        unreviewed_at=""
        if templates.reviewed_by(key)
        else f"{source.where}:{source.lines.get('reviewed_by', 1)}",
        prints_number=_NUMBER in usage.printed and _NUMBER not in usage.tested | usage.handled,
    )


def _findings(templates: TemplateSet, key: TemplateKey, plan: MessagePlan) -> Iterator[Problem]:
    source, step = templates.source(key), plan.of(key.step)
    yield from check_wording(templates)
    yield from typed_in_links(source, plan.own_hosts)
    yield from check_texts(templates, plan.countries)
    yield from check_emails(templates)
    yield from check_saying(source, key.language, step.says, templates.usage(key).every())
    yield from _of_notices_alone(templates, key)
    if key.channel is Channel.EMAIL:
        yield from check_reading(source, key.language, for_staff=step.for_staff)


def _of_notices_alone(templates: TemplateSet, key: TemplateKey) -> Iterator[Problem]:
    usage = templates.usage(key)
    for path in _OF_NOTICES:
        if path in usage.printed | usage.handled:
            yield Problem(
                "only-in-notices",
                f"{path} has a value in confirmations and notices alone.",
                variable_place(templates.source(key), path),
                "Leave it out; `outreach/content` lists what a campaign's message may name.",
            )
