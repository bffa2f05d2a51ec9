"""`outreach launch answers`: what readers answered to the questions of a launch, in numbers."""

from __future__ import annotations

from dataclasses import asdict

import click

from outreach.cli.access import operator
from outreach.cli.pick import LAUNCH, launch_named
from outreach.cli.screen import json_option, print_json, print_table, say
from outreach.delivery.answers import (
    SMALLEST_GROUP,
    Comparison,
    QuestionResult,
    answers_of,
    comparisons_of,
)
from outreach.delivery.shares import Difference, Share


@click.command("answers", short_help="What readers answered to the questions of a launch.")
@LAUNCH
@json_option
@operator
def answers(launch_text: str, as_json: bool) -> None:
    """Count the answers to each question of a launch, with how sure the shares are.

    Fewer than ten answers are not shown, and no answer is ever shown with its reader. The range
    behind a share holds the true one in 95 of 100 cases.
    """
    launch = launch_named(launch_text)
    results, compared = answers_of(launch), comparisons_of(launch)
    if as_json:
        print_json(
            {
                "questions": [asdict(result) for result in results],
                "variants": [asdict(each) for each in compared],
            }
        )
        return
    if not results:
        say("No step of this launch that went out has a question, and nobody confirmed one.")
    for result in results:
        _show(result)
    for each in compared:
        _compare(each)


def _show(result: QuestionResult) -> None:
    say(f"{result.step_key}: {result.ask or result.title}")
    if result.answered is None or result.share is None:
        say(f"  Fewer than {SMALLEST_GROUP} answers to {result.went_out:,} messages: not shown.")
        return
    told = _percent(result.share)
    say(f"  {result.answered:,} answers to {result.went_out:,} messages ({told})")
    rows = [[each.words, each.key, each.number, _percent(each.share)] for each in result.counts]
    print_table(["answer", "key", "number", "share"], rows, empty="")


def _compare(each: Comparison) -> None:
    say(f"{each.variant_key} compared with {each.step_key}:")
    rows = [("answered at all", each.answered), *each.by_answer.items()]
    shown = [[words, _points(found), _verdict(found)] for words, found in rows]
    print_table(["share of", "difference", ""], shown, empty="")


def _points(found: Difference) -> str:
    value, low, high = (round(100 * part) for part in (found.value, found.low, found.high))
    return f"{value:+} points, between {low:+} and {high:+}"


def _verdict(found: Difference) -> str:
    return "a real difference" if found.is_clear else "may be chance"


def _percent(share: Share) -> str:
    return f"{share.value:.0%}, between {share.low:.0%} and {share.high:.0%}"


COMMANDS: tuple[click.Command, ...] = (answers,)
