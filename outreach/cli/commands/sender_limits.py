"""Limits of senders and accounts: how many in a second, how many in a day, growing by day."""

from __future__ import annotations

from datetime import date

import click

from outreach.cli.access import acting, operator
from outreach.cli.pick import Day
from outreach.cli.screen import json_option, print_json, print_table, say
from outreach.core.clock import now
from outreach.core.errors import BadInput
from outreach.delivery import limits
from outreach.delivery.capacity import SenderDay, senders_today
from outreach.organisation.audit import Actor
from outreach.organisation.limits import WARM_UP, Limits, account_of, end_warm_up, lift_pauses
from outreach.organisation.senders import sender_by_identity
from outreach.providers.port import ProviderName

_WHY = click.option("--why", required=True, help="The reason, kept for those who read it later.")
_RATE = click.option(
    "--rate",
    type=float,
    metavar="NUMBER",
    help="At most so many a second: segments of texts, or mails.",
)
_NO_LIMIT = "none"


class _ADay(click.ParamType[int | None]):
    """A number of messages, or `none`."""

    name = "NUMBER|none"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """-1 stands for no limit, as click takes None for an option that was not given."""
        if str(value).casefold() == _NO_LIMIT:
            return -1
        try:
            return int(str(value).replace(",", ""))
        except ValueError:
            self.fail(f"{value!r} is not a number of messages.", param, ctx)


_A_DAY = click.option(
    "--a-day", type=_ADay(), help="At most so many messages a day (UTC); none: no limit."
)


@click.command("limit", short_help="Limit what a sender sends in a second or a day.")
@click.argument("identity")
@_RATE
@_A_DAY
@_WHY
@acting("MANAGE_SENDERS", or_operator=True)
def limit(identity: str, rate: float | None, a_day: int | None, why: str, actor: Actor) -> None:
    """Limit what IDENTITY sends. Holds from the next message on; nothing has to be restarted."""
    _require_one(rate, a_day)
    sender = sender_by_identity(identity)
    changed = limits.limit_sender(
        sender, Limits(rate, _kept(a_day, sender.most_a_day)), actor=actor, why=why
    )
    say(f"{changed.identity}: {_words(changed.rate_per_second, changed.most_a_day)}.")


@click.command("limit-account", short_help="Limit all senders of one provider's account.")
@click.argument("provider", type=click.Choice([each.value for each in ProviderName]))
@_RATE
@_A_DAY
@_WHY
@acting("MANAGE_SENDERS", or_operator=True)
def limit_account(
    provider: str, rate: float | None, a_day: int | None, why: str, actor: Actor
) -> None:
    """Limit what all senders of PROVIDER send together, on top of their own limits."""
    _require_one(rate, a_day)
    before = account_of(provider)
    wanted = Limits(rate or before.rate_per_second, _kept(a_day, before.most_a_day))
    changed = limits.limit_account(provider, wanted, actor=actor, why=why)
    say(f"{provider}: {_words(changed.rate_per_second, changed.most_a_day)}.")


@click.command("warm-up", short_help="Let a new sender grow day by day.")
@click.argument("identity")
@click.option(
    "--days",
    metavar="50,100,500,…",
    help=f"Messages of each day. Without it: {', '.join(f'{n:,}' for n in WARM_UP[:5])} and so on.",
)
@click.option("--from", "from_day", type=Day(), help="Its first day (UTC); without it today.")
@click.option("--end", is_flag=True, help="It has grown enough: no warm-up any more.")
@_WHY
@acting("MANAGE_SENDERS", or_operator=True)
def warm_up(
    *, identity: str, days: str | None, from_day: date | None, end: bool, why: str, actor: Actor
) -> None:
    """Let IDENTITY, a new domain or number, send a little more each day.

    What does not fit on a day waits as long as its step allows, then it expires; the page of a
    send says beforehand how much fits.
    """
    sender = sender_by_identity(identity)
    if end:
        end_warm_up(sender, actor=actor, why=why)
        say(f"{sender.identity} is not warmed up any more.")
        return
    schedule = _schedule(days) if days else WARM_UP
    first = from_day or now().date()
    limits.start_warm_up(sender, from_day=first, schedule=schedule, actor=actor, why=why)
    say(f"{sender.identity} sends {schedule[0]:,} messages on {first:%d %B %Y}, then more by day.")


@click.command("resume", short_help="End a pause that the provider asked for.")
@click.argument("identity")
@_WHY
@acting("MANAGE_SENDERS", or_operator=True)
def resume(identity: str, why: str, actor: Actor) -> None:
    """End the pause that a provider asked of IDENTITY or of its account, before its time."""
    sender = lift_pauses(sender_by_identity(identity), actor=actor, why=why)
    say(f"{sender.identity} goes on.")


@click.command("today", short_help="What senders have sent today, and what they may.")
@json_option
@operator
def today(as_json: bool) -> None:
    """Show limits, what counts against them today (UTC), and pauses."""
    found = senders_today()
    if as_json:
        print_json([_as_dict(each) for each in found])
        return
    headings = ["sender", "a second", "today", "of", "account today", "of", "paused until", "why"]
    rows = [list(_as_dict(each).values()) for each in found]
    print_table(headings, rows, empty="No sender yet. Add one: outreach sender add --help.")


def _as_dict(each: SenderDay) -> dict[str, object]:
    return {
        "identity": each.sender.identity,
        "rate_per_second": each.sender.rate_per_second,
        "sent_today": each.sent,
        "most_today": each.most,
        "account_sent_today": each.account_sent,
        "account_most_today": each.account_most,
        "paused_until": each.paused_until,
        "paused_why": each.paused_why,
    }


def _schedule(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise BadInput(
            f"{text!r} is no schedule.", remedy="Give the messages of each day, like 50,100,500."
        ) from None


def _require_one(rate: float | None, a_day: int | None) -> None:
    if rate is None and a_day is None:
        raise BadInput("Nothing is to change.", remedy="Give --rate or --a-day.")


def _kept(given: int | None, before: int | None) -> int | None:
    """What the option says, -1 for no limit; as it was where it was not given."""
    if given is None:
        return before
    return None if given == -1 else given


def _words(rate: float | None, a_day: int | None) -> str:
    second = f"{rate:g} a second" if rate else "no limit in a second"
    return f"{second}, {f'{a_day:,} a day' if a_day is not None else 'no limit in a day'}"


COMMANDS: tuple[click.Command, ...] = (limit, limit_account, warm_up, resume, today)
