"""What the installation is and does: mode, tables, keys, queues, upkeep, help lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db import connection

from outreach.audience.models import Address
from outreach.config.environment import Mode, environment
from outreach.consent.key_register import key_problems
from outreach.content.help_directory import help_directory
from outreach.core.clock import installed, now
from outreach.operations.doctor.finding import Finding, Verdict
from outreach.operations.figures import FIGURES, rows_of
from outreach.operations.models import UpkeepKind
from outreach.operations.runs import latest, latest_good
from outreach.organisation.lanes import sealer
from outreach.organisation.models import School
from outreach.organisation.modes import check_mode
from outreach.organisation.standstill import standstill

_OLD_HELP_YEARS = 2
_OLD_BACKUP = timedelta(hours=36)
_WAITS_TOO_LONG_SECONDS = 300.0


def mode() -> Iterator[Finding]:
    yield Finding("mode", Verdict.GOOD, f"Mode {environment().mode.value}.")
    for problem in check_mode():
        yield Finding("mode", Verdict.BAD, problem.message, problem.remedy)
    if standing := standstill():
        yield Finding(
            "standstill",
            Verdict.BAD,
            f"Everything stands still: {standing.why}.",
            "When all is checked: outreach restore finish.",
        )


def keys() -> Iterator[Finding]:
    sealer()
    ours = environment().suppression_key_map()
    strange = key_problems(ours)
    for problem in strange:
        yield Finding("keys", Verdict.BAD, problem.message, problem.remedy)
    missing = Address.objects.exclude(value="").exclude(hashes__key_version=max(ours))
    if missing.exists():
        yield Finding(
            "keys",
            Verdict.BAD,
            "Addresses are not hashed under the newest key, so nothing is sent to them.",
            "Run: outreach migrate",
        )
    if not strange:
        yield Finding("keys", Verdict.GOOD, "Every key that was ever used is there.")


def queues() -> Iterator[Finding]:
    ages = next(each for each in FIGURES if each.name == "outreach_queue_age_seconds")
    late = {str(queue): float(str(age)) for queue, age in rows_of(ages)}
    speed = max(1.0, installed().speed)
    for queue, age in sorted(late.items()):
        if age / speed > _WAITS_TOO_LONG_SECONDS:
            yield Finding(
                f"queue {queue}",
                Verdict.BAD,
                f"The oldest has waited for {age / speed / 60:.0f} minutes.",
                "Do the clock and the workers of this queue run? See docs/runbooks/redis-gone.md.",
            )
    if all(age / speed <= _WAITS_TOO_LONG_SECONDS for age in late.values()):
        yield Finding("queues", Verdict.GOOD, "Nothing waits that should have gone.")


def upkeep() -> Iterator[Finding]:
    if not environment().backup_dir:
        bad = Verdict.SKIPPED if environment().mode is Mode.DEMO else Verdict.BAD
        yield Finding("backup", bad, "There are no backups.", "Set OUTREACH_BACKUP_DIR.")
    else:
        yield _last_good("backup", UpkeepKind.BACKUP)
        if environment().mode is Mode.LIVE and not environment().backup_recipients:
            yield Finding(
                "backup",
                Verdict.LOOK,
                "Backups are not encrypted: whoever gets one reads the addresses of parents.",
                "Make a key elsewhere with `outreach backup-key`, set OUTREACH_BACKUP_RECIPIENTS.",
            )
    yield _last_good("retention", UpkeepKind.RETENTION)


def _last_good(what: str, kind: UpkeepKind) -> Finding:
    run, good = latest(kind), latest_good(kind)
    if run is not None and run.failure:
        return Finding(what, Verdict.BAD, f"The last run failed: {run.failure}", "Mend that first.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (moment,) = cursor.fetchone()
    if good is None or moment - good.began_at > _OLD_BACKUP:
        since = "never" if good is None else f"not since {good.began_at:%d %B, %H:%M} UTC"
        return Finding(what, Verdict.LOOK, f"It has {since} run.", "Does the clock process run?")
    return Finding(what, Verdict.GOOD, f"It ran at {good.began_at:%d %B, %H:%M} UTC.")


def help_lines() -> Iterator[Finding]:
    directory = help_directory()
    countries = sorted(set(School.objects.values_list("country", flat=True).distinct()))
    for country in countries:
        what, mend = f"help lines {country}", "See docs/help-directory.md."
        for lack in directory.for_country(country).missing():
            yield Finding(what, Verdict.BAD, f"There is not {lack}.", mend)
        dates = [e.as_of for e in directory.shown() if e.country == country and e.as_of]
        newest = max((int(each[:4]) for each in dates), default=0)
        if now().year - newest > _OLD_HELP_YEARS:
            words = f"The newest was checked in {newest}." if newest else "None has a date."
            yield Finding(what, Verdict.LOOK, words, f"Check them again. {mend}")
    yield Finding("help lines", Verdict.GOOD, _looked_at(countries))


def _looked_at(countries: list[str]) -> str:
    """`countries`: ISO alpha-2, of the schools."""
    if not countries:
        return "There is no school yet, so no country to look at."
    words = "the country" if len(countries) == 1 else f"the {len(countries)} countries"
    return f"Looked at {words} of your schools: {', '.join(countries)}."
