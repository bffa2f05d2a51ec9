"""`outreach roster …`: a school's parents come in and leave, as on its pages."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click

from outreach.audience.importing import Progress, Roster, mend_csv, read_roster, read_titles
from outreach.cli.access import acting
from outreach.cli.commands import roster_views, roster_year
from outreach.cli.pick import Day
from outreach.cli.screen import json_option, note, print_json, progress_bar
from outreach.consent.models import Topic
from outreach.core.errors import BadInput
from outreach.organisation.audit import Actor
from outreach.organisation.models import ConsentBasis, School
from outreach.organisation.schools import choose_consent_basis, school_by_slug
from outreach.subscriptions.roster import require_basis
from outreach.subscriptions.roster.bringing_in import BroughtIn, bring_in
from outreach.subscriptions.roster.columns import Columns, columns_with, remember_columns
from outreach.subscriptions.roster.preview import Preview, preview


@click.group(short_help="Bring in a school's parents; end its school year.")
def command() -> None:
    """Bring in a school's parents; end its school year.

    docs/roster-files.md says which files can be read and what is never kept.
    """


command.add_command(roster_year.status)
command.add_command(roster_year.roll_over_)
command.add_command(roster_year.close_year_)


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--school", required=True, metavar="SLUG", help="Whose list it is.")
@click.option("--yes", is_flag=True, help="Do not ask before storing.")
@click.option("--dry-run", is_flag=True, help="Show what was understood; store nothing.")
@click.option(
    "--whole",
    is_flag=True,
    help="The list names all parents: those on record who are not on it leave the school.",
)
@click.option(
    "--gone",
    type=int,
    metavar="N",
    help="With --whole: how many leave. Needed when it is more than a fifth.",
)
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
    help='What a column is, by its heading or number: "3=guardian 2 email", "Note=ignore". '
    "The school's next list has the same headings read so.",
)
@click.option(
    "--basis",
    type=click.Choice([each.value for each in ConsentBasis if each.value]),
    help="On what the parents' consent rests, where the school has not chosen yet.",
)
@click.option("--wording", default="", help="With --basis: what parents signed, or what it is.")
@click.option("--dated-on", type=Day(), help="With --basis signed_form: the day of the form.")
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
    whole: bool,
    gone: int | None,
    mend_file: Path | None,
    columns: tuple[str, ...],
    basis: str | None,
    wording: str,
    dated_on: date | None,
    topics: tuple[str, ...],
    as_json: bool,
    actor: Actor,
) -> None:
    """Bring in a school's list of parents, as its own program exports it.

    First you see what was understood and what it would change. Good rows are taken; bad ones
    are listed with row, column, value and reason. The same file again changes nothing. Nothing
    about a child is kept but the age group. Where the school's basis is the invitation, each
    parent is asked once. --basis chooses it on the way, as `outreach school basis` does.
    """
    row = school_by_slug(school)
    if not dry_run:
        _Basis(basis, wording, dated_on).choose(row, actor)
        _require_answer(yes=yes)
    chosen = _topics(topics)
    given = _read(file, row, _mapping(columns))
    changes = preview(row, given.roster)
    end_gone = _end_gone(changes, whole=whole, gone=gone)
    _show(given.roster, file, changes, mend_file, as_json=as_json)
    done = None
    if not dry_run:
        done = _store(file, given, _Order(row, chosen, end_gone, actor), yes=yes)
    if as_json:
        print_json(roster_views.as_dict(given.roster, changes, done))
    else:
        roster_views.tell(done, row)


@dataclass(frozen=True)
class _Given:
    """A list as it was read. `said`: what --column named, by heading or number."""

    roster: Roster
    titles: tuple[str, ...]
    mapping: Columns
    said: dict[str, str]


@dataclass(frozen=True)
class _Order:
    """What is to happen with a list. `end_gone`: how many leave, None for nobody."""

    school: School
    topics: list[Topic]
    end_gone: int | None
    actor: Actor


@dataclass(frozen=True)
class _Basis:
    """What was said about the basis. `basis`: None for nothing."""

    basis: str | None
    wording: str
    dated_on: date | None

    def choose(self, school: School, actor: Actor) -> None:
        """Makes it the school's where it has none; raises BadInput while it has none after."""
        if self.basis is None and (self.wording or self.dated_on):
            raise BadInput("--wording and --dated-on go with --basis.", remedy="Add --basis.")
        is_known = self.basis == school.consent_basis and not (self.wording or self.dated_on)
        if self.basis is not None and not is_known:
            choose_consent_basis(
                school,
                ConsentBasis(self.basis),
                wording=self.wording,
                dated_on=self.dated_on,
                actor=actor,
            )
        require_basis(school)


def _end_gone(changes: Preview, *, whole: bool, gone: int | None) -> int | None:
    number = len(changes.gone)
    if not whole:
        if gone is not None:
            raise BadInput("--gone goes with --whole.", remedy="Add --whole, or leave it out.")
        return None
    if (gone is None and changes.many_gone) or (gone is not None and gone != number):
        raise BadInput(
            f"{number:,} of {changes.on_record:,} parents are not on this list.",
            remedy=f"If it is the right file, add --gone {number}.",
        )
    return number


def _require_answer(*, yes: bool) -> None:
    if not yes and not sys.stdin.isatty():
        raise BadInput(
            "Nobody is at the terminal to confirm.", remedy="Add --yes, or --dry-run to look only."
        )


def _mapping(columns: tuple[str, ...]) -> dict[str, str]:
    pairs = [column.rpartition("=") for column in columns]
    wrong = next((meaning for heading, _, meaning in pairs if not heading), None)
    if wrong is not None:
        raise BadInput(
            f"{wrong!r} does not say which column it is about.",
            remedy='Write --column "HEADING=MEANING".',
        )
    return {heading: meaning for heading, _, meaning in pairs}


def _topics(slugs: tuple[str, ...]) -> list[Topic]:
    known = {topic.slug: topic for topic in Topic.objects.order_by("slug")}
    unknown = next((slug for slug in slugs if slug not in known), None)
    if unknown is not None:
        raise BadInput(
            f"There is no topic {unknown!r}.", remedy=f"Known: {', '.join(known) or 'none yet'}."
        )
    return [known[slug] for slug in slugs] or list(known.values())


def _show(
    roster: Roster, file: Path, changes: Preview, mend_file: Path | None, *, as_json: bool
) -> None:
    if not as_json:
        roster_views.show(roster, file, changes)
    if mend_file and roster.to_mend:
        mend_file.write_bytes(mend_csv(roster).encode("utf-8-sig"))
        note(f"The bad rows are in {mend_file}: mend them there and import that file.")


def _read(file: Path, school: School, said: dict[str, str]) -> _Given:
    titles = read_titles(file, school.country)
    mapping = columns_with(school, titles, said)
    with progress_bar(f"Reading {file.name}") as show:
        roster = read_roster(
            file, country=school.country, mapping=mapping or None, progress=_by_bytes(show)
        )
    return _Given(roster, titles, mapping, said)


def _by_bytes(show: Callable[[int, int], None]) -> Callable[[Progress], None]:
    return lambda step: show(step.bytes_done, step.bytes_total)


def _store(file: Path, given: _Given, order: _Order, *, yes: bool) -> BroughtIn:
    if not yes:
        click.confirm(roster_views.question(given.roster, order.school, order.end_gone), abort=True)
    if given.said:
        remember_columns(order.school, given.titles, given.mapping, actor=order.actor)
    with file.open("rb") as raw:
        sha256 = hashlib.file_digest(raw, "sha256").hexdigest()
    with progress_bar("Bringing people in") as show:
        return bring_in(
            order.school,
            given.roster,
            file_name=file.name,
            file_sha256=sha256,
            topics=order.topics,
            end_gone=order.end_gone,
            actor=order.actor,
            progress=lambda step: show(step.rows_done, step.rows_total),
        )
