"""What `outreach roster import` prints: what was understood, and what came of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path

from outreach.audience.importing import Role, Roster, RosterRow
from outreach.cli.screen import print_table, say
from outreach.organisation.models import School
from outreach.subscriptions.roster.bringing_in import BroughtIn
from outreach.subscriptions.roster.preview import Preview

_MOST_PROBLEMS = 30
_ROLE_WORDS = {
    Role.GUARDIAN: "parents",
    Role.CONTACT: "school contacts",
    Role.SAFEGUARDING_LEAD: "child-protection contacts",
}


def show(roster: Roster, file: Path, changes: Preview) -> None:
    """What was understood, without a name or an address of anybody but in the bad cells."""
    say(f"{file.name}: {roster.total_rows:,} rows, {_kind(roster)}")
    say("")
    uses = [(str(use.position), use.heading, use.use.value, use.meaning) for use in roster.columns]
    print_table(["", "column", "", "meaning"], uses, empty="")
    say("")
    print_table(["understood", "people"], _counts(roster.rows), empty="No row could be used.")
    say("")
    print_table(["it would change", "people"], _changes(changes), empty="")
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


def question(roster: Roster, school: School, end_gone: int | None) -> str:
    """What is asked before anything is stored."""
    leaving = f" and let {_people(end_gone)} go" if end_gone else ""
    return f"Bring {_people(len(roster.rows))} in for {school.name}{leaving}?"


def tell(done: BroughtIn | None, school: School) -> None:
    """What came of it."""
    say("")
    if done is None:
        say("Nothing was stored.")
        return
    result = done.imported
    if result.changed_nothing and not done.ended:
        say("Nothing changed: everything in this file was here already.")
    else:
        say(
            f"At {school.name}: {_people(result.new_people)} new, {result.changed_people:,} "
            f"changed, {result.known_people:,} as before; {result.new_addresses:,} new addresses, "
            f"{result.consents_granted:,} new consents."
        )
    for number, words in (
        (done.ended, "People who left the school"),
        (done.barred, "People who left because the list rules them out"),
        (result.bad_rows, "Rows not taken, listed above"),
        (result.without_consent, "People who said no, or nothing; they get no message"),
        (result.waiting_for_invitation, "People who are asked once and get no message before "
         "their yes"),
        (result.said_no_but_granted, "Addresses with a consent on record, left, though this file "
         "says no"),
        (result.not_renewed, "Addresses whose consent has ended; they need a newer form"),
    ):  # fmt: skip
        if number:
            say(f"{words}: {number:,}.")


def _kind(roster: Roster) -> str:
    if roster.encoding == "OneRoster":
        return "a OneRoster export"
    if roster.encoding == "workbook":
        return "a workbook"
    separator = {"\t": "tab"}.get(roster.delimiter, roster.delimiter)
    return f"{roster.encoding}, separated by {separator}"


def _changes(changes: Preview) -> list[tuple[str, int]]:
    found = [
        ("new to the school", changes.new),
        ("changed", changes.changed),
        ("as before", changes.same),
        ("on record, but not on this list", len(changes.gone)),
        ("ruled out by the list itself", changes.left_out),
        ("of these on record; they leave", len(changes.barred)),
        ("rows that cannot be used", changes.unusable),
    ]
    return [(words, number) for words, number in found if number]


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


def as_dict(roster: Roster, changes: Preview, done: BroughtIn | None) -> dict[str, object]:
    """For scripts. `gone` is a number: names of people do not go into a pipe."""
    return {
        "rows": roster.total_rows,
        "people": len(roster.rows),
        "encoding": roster.encoding,
        "delimiter": roster.delimiter,
        "columns": [asdict(use) for use in roster.columns],
        "problems": [asdict(problem) for problem in roster.problems],
        "changes": asdict(changes) | {"gone": len(changes.gone), "barred": len(changes.barred)},
        "result": None if done is None else asdict(done.imported),
        "ended": None if done is None else done.ended,
        "changed_nothing": done is None or (done.imported.changed_nothing and not done.ended),
    }
