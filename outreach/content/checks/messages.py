"""Every check of the messages of a pack, in one go: each file's own report, and files compared."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from outreach.content.checks.report import MessagePlan, MessageReport, report_of
from outreach.content.source import TemplateKey, read_name
from outreach.core.channels import Channel
from outreach.core.errors import Problem

# What is known already of some of these files, by name; each comes with the key of its question.
Recall = Callable[[Mapping[str, str]], Mapping[str, MessageReport]]


def nothing_known(keys: Mapping[str, str]) -> Mapping[str, MessageReport]:
    """Nothing is: every file is checked."""
    return {}


def reports_of(
    files: Mapping[str, str], plan: MessagePlan, recall: Recall = nothing_known
) -> dict[str, MessageReport]:
    """The report of every file, by name; checked is only what `recall` does not know."""
    known = recall(report_keys(files, plan))
    return {name: known.get(name) or report_of(name, files[name], plan) for name in sorted(files)}


def report_keys(files: Mapping[str, str], plan: MessagePlan) -> dict[str, str]:
    """The SHA-256 of all that a report depends on, the checks themselves aside: 64 hex digits."""
    return {name: _key(name, text, plan) for name, text in files.items()}


def _key(name: str, text: str, plan: MessagePlan) -> str:
    named = read_name(name)
    step = plan.of(named.step) if isinstance(named, TemplateKey) else plan.of("")
    asked = (
        *(name, text, sorted(step.says), step.for_staff),
        *(sorted(plan.countries), sorted(plan.own_hosts)),
    )
    return hashlib.sha256(repr(asked).encode()).hexdigest()


def compared(reports: Mapping[str, MessageReport], plan: MessagePlan) -> tuple[Problem, ...]:
    """The findings of these reports, and of their files side by side; broken ones are left out."""
    sound = {
        key: report
        for name, report in reports.items()
        if not report.broken and isinstance(key := read_name(name), TemplateKey)
    }
    found = [
        *(problem for report in sound.values() for problem in report.findings),
        *_differing(sound, plan.default_language),
        *_unreviewed(sound),
    ]
    return tuple(sorted(found, key=_as_files_read))


def _differing(
    reports: Mapping[TemplateKey, MessageReport], default_language: str
) -> Iterator[Problem]:
    """Emails of a step that lack a link which the email in the default language has, or add one.

    Texts are left out: where letters are dear, a language may do without the link to advice.
    """
    by_step: dict[str, dict[str, MessageReport]] = defaultdict(dict)
    for key in sorted(reports):
        if key.channel is Channel.EMAIL:
            by_step[key.step][key.language] = reports[key]
    for by_language in by_step.values():
        if default_language in by_language:
            yield from _differing_of_step(by_language, default_language)


def _differing_of_step(
    by_language: Mapping[str, MessageReport], default_language: str
) -> Iterator[Problem]:
    wanted = {target for target, _ in by_language[default_language].links}
    for language, report in by_language.items():
        for target, where in report.links:
            if target not in wanted:
                yield _other(
                    where, f"It links to `{target}`, unlike the message in `{default_language}`."
                )
        if language == default_language:
            continue
        for target in sorted(wanted - {each for each, _ in report.links}):
            yield _other(
                report.begins_at,
                f"It does not link to `{target}`, unlike the message in `{default_language}`.",
            )


def _other(where: str, message: str) -> Problem:
    return Problem("links-differ", message, where, "Give every language the same links.")


def _unreviewed(reports: Mapping[TemplateKey, MessageReport]) -> Iterator[Problem]:
    """One finding for each language, at its first text that nobody reviewed."""
    places: dict[str, list[str]] = defaultdict(list)
    for key in sorted(reports):
        if reports[key].unreviewed_at:
            places[key.language].append(reports[key].unreviewed_at)
    for language, found in places.items():
        yield Problem(
            "unreviewed-language",
            f"No native speaker has reviewed {len(found)} of the texts in `{language}`.",
            found[0],
            "Ask one, and put the name into `reviewed_by`; a launch needs an explicit yes "
            "meanwhile.",
            blocks=False,
        )


def _as_files_read(problem: Problem) -> tuple[str, int]:
    name, _, line = problem.where.rpartition(":")
    return (name, int(line)) if line.isdigit() else (problem.where, 0)
