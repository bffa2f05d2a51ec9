"""`outreach doctor`: what is wrong with the installation, and how to mend it."""

from __future__ import annotations

import click

from outreach.cli.access import operator
from outreach.cli.screen import json_option, print_json, print_table, say
from outreach.operations.doctor.examine import examine
from outreach.operations.doctor.finding import Finding, Verdict

_ILL = 1
_SHOWN = {
    Verdict.GOOD: "ok",
    Verdict.LOOK: "look",
    Verdict.BAD: "BAD",
    Verdict.SKIPPED: "-",
}


@click.command(short_help="Check what goes wrong in practice, and how to mend it.")
@json_option
@operator
def command(as_json: bool) -> None:
    """Check the installation: database, tables, mode, keys, time, time zones, Redis,
    whether pages, clock, workers and webhooks run, queues, disk, backups, help lines, the mail
    server (without sending), whether the last alerts to staff went, the DNS of our mail
    domains, the providers' consoles.

    Changes nothing. Ends with 1 when something is bad.
    """
    found = examine()
    if as_json:
        print_json([_as_dict(each) for each in found])
    else:
        rows = [[_SHOWN[each.verdict], each.what, each.words, each.remedy] for each in found]
        print_table(["", "what", "is", "how to mend it"], rows, empty="")
        say(_summary(found))
    if any(each.verdict is Verdict.BAD for each in found):
        raise click.exceptions.Exit(_ILL)


def _summary(found: list[Finding]) -> str:
    bad = sum(each.verdict is Verdict.BAD for each in found)
    look = sum(each.verdict is Verdict.LOOK for each in found)
    return f"{bad} to mend, {look} to look at." if bad or look else "All is well."


def _as_dict(finding: Finding) -> dict[str, str]:
    return {
        "what": finding.what,
        "verdict": finding.verdict.value,
        "words": finding.words,
        "remedy": finding.remedy,
    }
