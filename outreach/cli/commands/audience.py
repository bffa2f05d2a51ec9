"""`outreach audience …`: a school's parents come in."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click

from outreach.audience.importing import Progress, Role, Roster, RosterRow, mend_csv, read_roster
from outreach.cli.access import acting
from outreach.cli.screen import json_option, note, print_json, print_table, progress_bar, say
from outreach.consent.models import Topic
from outreach.core.errors import BadInput
from outreach.organisation.audit import Actor
from outreach.organisation.models import School
from outreach.organisation.schools import school_by_slug
from outreach.subscriptions.roster import RosterResult, import_roster, require_basis

_MOST_PROBLEMS = 30
_ROLE_WORDS = {
    Role.GUARDIAN: "parents",
    Role.CONTACT: "school contacts",
    Role.SAFEGUARDING_LEAD: "child-protection contacts",
}


@click.group(short_help="Bring in a school's parents.")
def command() -> None:
    """Bring in a school's parents.

    docs/roster-files.md says which files can be read and what is never kept.
    """


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--school", required=True, metavar="SLUG", help="Whose list it is.")
@click.option("--yes", is_flag=True, help="Do not ask before storing.")
@click.option("--dry-run", is_flag=True, help="Show what was understood; store nothing.")
@click.option(
    "--mend",
    "mend_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the bad rows here, to mend and import again.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="HEADING=MEANING",
    help='What a column is, by its heading or number: "3=guardian 2 email", "Note=ignore".',
)
@click.option(
    "--topic",
    "topics",
    multiple=True,
    metavar="SLUG",
    help="What the consents are for; may be repeated. Without it: all topics.",
)
@json_option
@acting("MANAGE_AUDIENCE", or_operator=True, school="school")
def import_(
    *,
    file: Path,
    school: str,
    yes: bool,
    dry_run: bool,
    mend_file: Path | None,
    columns: tuple[str, ...],
    topics: tuple[str, ...],
    as_json: bool,
    actor: Actor,
) -> None:
    """Bring in a school's list of parents, as its own program exports it.

    First you see what was understood. Good rows are taken; bad ones are listed with row,
    column, value and reason. The same file again changes nothing. Nothing about a child is
    kept but the age group.
    """
    row = school_by_slug(school)
    if not dry_run:
        require_basis(row)
        _require_answer(yes=yes)
    roster = _read(file, row, _mapping(columns))
    if not as_json:
        _show(roster, file)
    if mend_file and roster.to_mend:
        mend_file.write_bytes(mend_csv(roster).encode("utf-8-sig"))
        note(f"The bad rows are in {mend_file}: mend them there and import that file.")
    result = None
    if not dry_run:
        if not yes:
            click.confirm(f"Bring {_people(len(roster.rows))} in for {row.name}?", abort=True)
        result = _store(file, row, roster, _topics(topics), actor)
    if as_json:
        print_json(_as_dict(roster, result))
    else:
        _tell(result, row)


def _require_answer(*, yes: bool) -> None:
    if not yes and not sys.stdin.isatty():
        raise BadInput(
            "Nobody is at the terminal to confirm.", remedy="Add --yes, or --dry-run to look only."
        )


def _mapping(columns: tuple[str, ...]) -> dict[str, str] | None:
    pairs = [column.rpartition("=") for column in columns]
    wrong = next((meaning for heading, _, meaning in pairs if not heading), None)
    if wrong is not None:
        raise BadInput(
            f"{wrong!r} does not say which column it is about.",
            remedy='Write --column "HEADING=MEANING".',
        )
    return {heading: meaning for heading, _, meaning in pairs} or None


def _topics(slugs: tuple[str, ...]) -> list[Topic]:
    known = {topic.slug: topic for topic in Topic.objects.order_by("slug")}
    unknown = next((slug for slug in slugs if slug not in known), None)
    if unknown is not None:
        raise BadInput(
            f"There is no topic {unknown!r}.", remedy=f"Known: {', '.join(known) or 'none yet'}."
        )
    return [known[slug] for slug in slugs] or list(known.values())


def _read(file: Path, school: School, mapping: dict[str, str] | None) -> Roster:
    with progress_bar(f"Reading {file.name}") as show:
        return read_roster(file, country=school.country, mapping=mapping, progress=_by_bytes(show))


def _by_bytes(show: Callable[[int, int], None]) -> Callable[[Progress], None]:
    return lambda step: show(step.bytes_done, step.bytes_total)


def _store(
    file: Path, school: School, roster: Roster, topics: list[Topic], actor: Actor
) -> RosterResult:
    with file.open("rb") as raw:
        sha256 = hashlib.file_digest(raw, "sha256").hexdigest()
    with progress_bar("Bringing people in") as show:
        return import_roster(
            school,
            roster,
            file_name=file.name,
            file_sha256=sha256,
            topics=topics,
            actor=actor,
            progress=lambda step: show(step.rows_done, step.rows_total),
        )


def _show(roster: Roster, file: Path) -> None:
    """What was understood, without a name or an address of anybody but in the bad cells."""
    separator = {"\t": "tab"}.get(roster.delimiter, roster.delimiter)
    say(f"{file.name}: {roster.total_rows:,} rows, {roster.encoding}, separated by {separator}")
    say("")
    uses = [(str(use.position), use.heading, use.use.value, use.meaning) for use in roster.columns]
    print_table(["", "column", "", "meaning"], uses, empty="")
    say("")
    print_table(["understood", "people"], _counts(roster.rows), empty="No row could be used.")
    if not roster.problems:
        return
    say("")
    problems = [
        (p.row, p.column, p.value, f"{p.reason} {p.remedy}", "without it" if p.taken else "no")
        for p in roster.problems[:_MOST_PROBLEMS]
    ]
    print_table(["row", "column", "value", "reason", "taken"], problems, empty="")
    if len(roster.problems) > _MOST_PROBLEMS:
        say(
            f"… and {len(roster.problems) - _MOST_PROBLEMS:,} more; --mend FILE writes all of them."
        )


def _counts(rows: list[RosterRow]) -> list[tuple[str, int]]:
    roles = Counter(row.role for row in rows)
    languages = Counter(row.language or "not said" for row in rows)
    consents = Counter(row.consent for row in rows)
    found = [
        *((words, roles[role]) for role, words in _ROLE_WORDS.items()),
        ("with a mail address", sum(bool(row.emails) for row in rows)),
        ("with a number for texts", sum(any(p.textable for p in row.phones) for row in rows)),
        *((f"language: {language}", number) for language, number in languages.most_common(8)),
        ("consent: yes", consents[True]),
        ("consent: no, or left empty", consents[False]),
        ("consent: the file does not say", consents[None]),
    ]
    return [(words, number) for words, number in found if number]


def _tell(result: RosterResult | None, school: School) -> None:
    say("")
    if result is None:
        say("Nothing was stored.")
        return
    if result.changed_nothing:
        say("Nothing changed: everything in this file was here already.")
    else:
        say(
            f"At {school.name}: {_people(result.new_people)} new, {result.changed_people:,} "
            f"changed, {result.known_people:,} as before; {result.new_addresses:,} new addresses, "
            f"{result.consents_granted:,} new consents."
        )
    for number, words in (
        (result.bad_rows, "Rows not taken, listed above"),
        (result.without_consent, "People who said no, or nothing; they get no message"),
        (result.waiting_for_invitation, "People who wait for their invitation; no message before"),
        (result.said_no_but_granted, "Addresses with a consent on record, left, though this file "
         "says no"),
    ):  # fmt: skip
        if number:
            say(f"{words}: {number:,}.")


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


def _as_dict(roster: Roster, result: RosterResult | None) -> dict[str, object]:
    return {
        "rows": roster.total_rows,
        "people": len(roster.rows),
        "encoding": roster.encoding,
        "delimiter": roster.delimiter,
        "columns": [asdict(use) for use in roster.columns],
        "problems": [asdict(problem) for problem in roster.problems],
        "result": None if result is None else asdict(result),
        "changed_nothing": result is None or result.changed_nothing,
    }
