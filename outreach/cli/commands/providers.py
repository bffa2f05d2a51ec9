"""`outreach providers …`: what has to be set in a provider's console."""

from __future__ import annotations

import click

from outreach.cli.access import acting
from outreach.cli.screen import json_option, print_json, print_table, say
from outreach.operations.provider_setup import (
    Proof,
    Setup,
    look,
    prove_signatures,
    send_test,
    set_up,
)
from outreach.organisation.audit import Actor
from outreach.organisation.staff import staff_by_email
from outreach.providers.port import ProviderName
from outreach.providers.registry import SETUP

_NOT_RIGHT = 1
_CONSOLES = [name.value for name in SETUP]


@click.group(short_help="Set up the providers' consoles, and prove that it works.")
def command() -> None:
    """Set up the providers' consoles, and prove that it works."""


@command.command()
@click.argument("provider", type=click.Choice(_CONSOLES))
@click.option("--set", "change", is_flag=True, help="Set what is not right.")
@click.option("--prove", is_flag=True, help="Try right and wrong signatures end to end.")
@click.option("--test", "test_email", metavar="EMAIL", help="Send a test to this colleague.")
@json_option
@acting("MANAGE_SENDERS", or_operator=True)
def setup(  # noqa: PLR0917  # click hands over the options by name
    provider: str, change: bool, prove: bool, test_email: str | None, as_json: bool, actor: Actor
) -> None:
    """Show the webhooks that PROVIDER's console has and should have; with --set, set them.

    Ends with 1 while something is not right. --prove needs the process `webhooks` to run.
    """
    name = ProviderName(provider)
    found = set_up(name, actor=actor) if change else look(name)
    proofs = prove_signatures(name) if prove else []
    sent_to = send_test(name, staff_by_email(test_email), actor=actor) if test_email else None
    tell = _print if as_json else _show
    tell(found, proofs)
    if sent_to and not as_json:
        say("A test message is on its way to the colleague.")
    if not _is_right(found, proofs):
        raise click.exceptions.Exit(_NOT_RIGHT)


def _is_right(found: Setup, proofs: list[Proof]) -> bool:
    tried = [*proofs, *([found.signing] if found.signing else [])]
    return (
        found.state.is_good
        and all(hook.is_right for hook in found.hooks)
        and all(proof.is_good for proof in tried)
    )


def _show(found: Setup, proofs: list[Proof]) -> None:
    say(f"{found.state.words} {found.state.remedy}".strip())
    rows = [
        [hook.name, "right" if hook.is_right else "NOT RIGHT", hook.wanted, hook.current]
        for hook in found.hooks
    ]
    print_table(["what", "", "should be", "is"], rows, empty="Nothing is looked at.")
    for hook in found.hooks:
        if hook.by_hand:
            say(f"By hand: {hook.by_hand}")
    for proof in [*([found.signing] if found.signing else []), *proofs]:
        say(f"{'ok' if proof.is_good else 'NOT RIGHT'}: {proof.words} {proof.remedy}".strip())


def _print(found: Setup, proofs: list[Proof]) -> None:
    print_json(
        {
            "account": {"is_good": found.state.is_good, "words": found.state.words},
            "hooks": [
                {
                    "name": each.name,
                    "is_right": each.is_right,
                    "wanted": each.wanted,
                    "current": each.current,
                    "by_hand": each.by_hand,
                }
                for each in found.hooks
            ],
            "signing_key_is_known": found.signing.is_good if found.signing else None,
            "proofs": [{"is_good": each.is_good, "words": each.words} for each in proofs],
        }
    )
