"""`outreach ledger …`: whether the record of what was sent is untouched, and its export."""

from __future__ import annotations

import sys

import click

from outreach.cli.access import operator
from outreach.cli.pick import launch_named
from outreach.cli.screen import json_option, note, print_json, say
from outreach.delivery.ledger_export import write_csv, write_jsonl
from outreach.delivery.sealing.sealer import seal_ledger
from outreach.delivery.sealing.verify import Finding, Verdict, verify_ledger

_FOUND = 1


@click.group(short_help="Prove that the record is untouched; export it.")
def command() -> None:
    """Prove that the record of what was sent is untouched, and export it.

    The clock seals every event within two minutes: a chain of keyed digests, in which no event
    and no block can be changed, taken away or slipped in unseen.
    """


@command.command()
@click.option("--head", default="", help="A head you noted earlier: the chain must still hold it.")
@json_option
@operator
def verify(head: str, as_json: bool) -> None:
    """Look for any event that was changed, deleted or inserted. Ends with 1 when there is one.

    Note the head somewhere else now and then: with --head, a chain that was cut short shows.
    """
    verdict = verify_ledger(head)
    if as_json:
        print_json(_as_dict(verdict))
    else:
        _tell(verdict)
    if verdict.findings:
        raise click.exceptions.Exit(_FOUND)


@command.command()
@operator
def seal() -> None:
    """Seal now what the clock would seal within two minutes."""
    done = seal_ledger()
    say(f"{done.events:,} events sealed in {done.blocks:,} blocks. Head: {done.head.hex()}")


@command.command()
@click.option("--csv", "form", flag_value="csv", default=True, help="As CSV (the usual).")
@click.option("--jsonl", "form", flag_value="jsonl", help="As JSON Lines.")
@click.option("--launch", help="Of this launch only.")
@operator
def export(form: str, launch: str | None) -> None:
    """Write every event to standard output. No name and no address is in it."""
    uuid = str(launch_named(launch).uuid) if launch else None
    write = write_jsonl if form == "jsonl" else write_csv
    note(f"{write(sys.stdout, uuid):,} events.")


def _tell(verdict: Verdict) -> None:
    for finding in verdict.findings:
        say(_sentence(finding))
    if not verdict.findings:
        say(f"Untouched: {verdict.events:,} events in {verdict.blocks:,} blocks.")
    say(f"Head: {verdict.head or 'none yet'}")


def _sentence(finding: Finding) -> str:
    where = f"block {finding.block}" if finding.block else "no block"
    ids = ", ".join(str(each) for each in finding.events)
    more = " …" if finding.how_many > len(finding.events) else ""
    rows = f", step run {finding.step_run_id}, events {ids}{more}" if ids else ""
    return f"{finding.fault.value}: {where}{rows}"


def _as_dict(verdict: Verdict) -> dict[str, object]:
    return {
        "blocks": verdict.blocks,
        "events": verdict.events,
        "head": verdict.head,
        "findings": [
            {
                "fault": each.fault.value,
                "block": each.block or None,
                "step_run": each.step_run_id or None,
                "events": list(each.events),
                "how_many": each.how_many,
            }
            for each in verdict.findings
        ],
    }
