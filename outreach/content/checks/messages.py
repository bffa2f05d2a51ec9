"""Every check of the messages of a pack, in one go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from outreach.content.checks.emails import check_emails
from outreach.content.checks.links import check_links
from outreach.content.checks.places import variable_place
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


def check_messages(files: Mapping[str, str], plan: MessagePlan) -> tuple[Problem, ...]:
    """Findings in a pack without `problems()`, file by file. `files`: as `TemplateSet` takes them.

    The same again costs nothing: whoever checks a pack imports it next.
    """
    return _checked(frozenset(files.items()), plan)


@lru_cache(maxsize=4)
def _checked(files: frozenset[tuple[str, str]], plan: MessagePlan) -> tuple[Problem, ...]:
    templates = TemplateSet(dict(files))
    found = [
        *check_wording(templates),
        *check_links(templates, plan.own_hosts, plan.default_language),
        *check_texts(templates, plan.countries),
        *check_emails(templates),
        *_of_each(templates, plan),
        *_unreviewed(templates),
    ]
    return tuple(sorted(found, key=_as_files_read))


def _of_each(templates: TemplateSet, plan: MessagePlan) -> Iterator[Problem]:
    for key in templates.template_keys():
        source, step = templates.source(key), plan.of(key.step)
        used = templates.usage(key).every()
        yield from check_saying(source, key.language, step.says, used)
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


def _unreviewed(templates: TemplateSet) -> Iterator[Problem]:
    """One finding for each language, at its first text that nobody reviewed."""
    first: dict[str, TemplateKey] = {}
    count: dict[str, int] = {}
    for key in templates.template_keys():
        if not templates.reviewed_by(key):
            first.setdefault(key.language, key)
            count[key.language] = count.get(key.language, 0) + 1
    for language, key in first.items():
        source = templates.source(key)
        yield Problem(
            "unreviewed-language",
            f"No native speaker has reviewed {count[language]} of the texts in `{language}`.",
            f"{source.where}:{source.lines.get('reviewed_by', 1)}",
            "Ask one, and put the name into `reviewed_by`; a launch needs an explicit yes "
            "meanwhile.",
            blocks=False,
        )


def _as_files_read(problem: Problem) -> tuple[str, int]:
    name, _, line = problem.where.rpartition(":")
    return (name, int(line)) if line.isdigit() else (problem.where, 0)
