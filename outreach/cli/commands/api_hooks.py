"""`outreach api hooks …`: addresses of other systems that are told when something changes."""

from __future__ import annotations

import click
from django.db.models import Count, Q

from outreach.cli.access import operator
from outreach.cli.screen import json_option, print_json, print_table, say
from outreach.organisation.audit import OPERATOR
from outreach.outbound import hooks as verbs
from outreach.outbound.models import Hook, HookEvent, HookMessage, MessageState

_WHY = click.option("--why", required=True, help="The reason, kept for those who read it later.")


@click.group("hooks")
def hooks() -> None:
    """Endpoints of other systems that are told when something changes (webhooks)."""


@hooks.command()
@click.argument("url")
@click.option(
    "--event",
    "events",
    multiple=True,
    required=True,
    type=click.Choice([each.value for each in HookEvent]),
    help="What it is told; may be repeated.",
)
@operator
def add(*, url: str, events: tuple[str, ...]) -> None:
    """Add an endpoint and show its secret, once."""
    made = verbs.add_hook(url, {HookEvent(each) for each in events}, actor=OPERATOR)
    say(f"Endpoint: {made.hook.uuid}")
    say(f"Secret: {made.secret}")
    say("It is not shown again. With it the endpoint checks that a message is ours.")


@hooks.command("list")
@json_option
@operator
def list_(as_json: bool) -> None:
    """Show all endpoints, how they fare, and how many messages wait or were given up."""
    found = verbs.hooks().annotate(
        waiting=Count("hookmessage", filter=Q(hookmessage__state=MessageState.WAITING)),
        dead=Count("hookmessage", filter=Q(hookmessage__state=MessageState.DEAD)),
    )
    rows = [_as_dict(each) for each in found]
    if as_json:
        print_json(rows)
        return
    empty = "No endpoint yet. Add one: outreach api hooks add --help."
    shown = [[*row.values()] for row in rows]
    print_table(list(rows[0]) if rows else [], shown, empty=empty)


@hooks.command()
@click.argument("endpoint")
@json_option
@operator
def dead(endpoint: str, as_json: bool) -> None:
    """Show the messages to ENDPOINT that were given up after three days; kept for thirty."""
    hook = verbs.hook_by_uuid(endpoint)
    found = HookMessage.objects.filter(hook=hook, state=MessageState.DEAD).order_by("pk")
    if as_json:
        print_json([_letter(each) | {"body": each.body} for each in found])
        return
    rows = [[*_letter(each).values()] for each in found]
    print_table(["message", "event", "made", "tries", "problem"], rows, empty="None was given up.")


@hooks.command()
@click.argument("endpoint")
@operator
def retry(endpoint: str) -> None:
    """Try what was given up for another three days."""
    number = verbs.retry_dead(verbs.hook_by_uuid(endpoint), actor=OPERATOR)
    say(f"{number} messages wait again.")


@hooks.command("renew-secret")
@click.argument("endpoint")
@operator
def renew_secret(endpoint: str) -> None:
    """Make the secret of ENDPOINT anew and show it, once; the old one signs too for 24 hours."""
    made = verbs.renew_secret(verbs.hook_by_uuid(endpoint), actor=OPERATOR)
    say(f"Secret: {made.secret}")


@hooks.command()
@click.argument("endpoint")
@_WHY
@operator
def pause(endpoint: str, why: str) -> None:
    """Send nothing to ENDPOINT for now; what it is to be told waits for three days."""
    verbs.pause_hook(verbs.hook_by_uuid(endpoint), why=why, actor=OPERATOR)
    say("Paused.")


@hooks.command()
@click.argument("endpoint")
@operator
def resume(endpoint: str) -> None:
    """Go on sending to ENDPOINT, the oldest message first."""
    verbs.resume_hook(verbs.hook_by_uuid(endpoint), actor=OPERATOR)
    say("It is told again.")


@hooks.command()
@click.argument("endpoint")
@_WHY
@operator
def end(endpoint: str, why: str) -> None:
    """End ENDPOINT for good and drop what waits for it."""
    verbs.end_hook(verbs.hook_by_uuid(endpoint), why=why, actor=OPERATOR)
    say("Ended.")


def _as_dict(hook: Hook) -> dict[str, object]:
    return {
        "endpoint": str(hook.uuid),
        "url": hook.url,
        "events": ", ".join(hook.events),
        "state": hook.state,
        "waiting": getattr(hook, "waiting", 0),
        "dead": getattr(hook, "dead", 0),
        "delivered_at": hook.delivered_at,
        "failing_since": hook.failing_since,
        "problem": hook.why or hook.problem,
    }


def _letter(message: HookMessage) -> dict[str, object]:
    return {
        "message": f"msg_{message.uuid.hex}",
        "event": message.event,
        "made": message.made_at,
        "tries": message.tries,
        "problem": message.problem,
    }
