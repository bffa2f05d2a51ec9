"""Who writes in the place of a sender that does not work.

Owns what makes a stand-in fit: whoever it writes to must be able to stop it, and it must reach
everybody whom the first reaches. Refuses to know when it writes (delivery's failover).
"""

from __future__ import annotations

from django.db import transaction

from outreach.config.environment import Mode, environment
from outreach.core.channels import Channel
from outreach.core.errors import BadInput
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import Sender


def name_stand_in(sender: Sender, other: Sender | None, *, actor: Actor) -> bool:
    """From now on `other` writes while `sender` does not work; None: nobody does.

    False when it was so already. Raises BadInput with what is missing.
    """
    if other is not None:
        check_stand_in(sender, other)
    with transaction.atomic():
        changed = Sender.objects.filter(pk=sender.pk).exclude(stand_in=other)
        if other is None:
            changed = Sender.objects.filter(pk=sender.pk, stand_in__isnull=False)
        if not changed.update(stand_in=other):
            return False
        record(
            actor,
            "sender.stand-in-named",
            f"sender:{sender.uuid}",
            details={"stand_in": str(other.uuid) if other else ""},
        )
    sender.stand_in = other
    return True


def check_stand_in(sender: Sender, other: Sender) -> None:
    """Raises BadInput when `other` cannot write in the place of `sender`."""
    if other.pk == sender.pk:
        raise BadInput("A sender cannot stand in for itself.", remedy="Name another one.")
    if other.channel != sender.channel:
        raise BadInput(
            f"{other.identity} does not carry {Channel(sender.channel)}.",
            remedy="A stand-in has the same channel; to change the channel a campaign step has "
            "`fallback`.",
        )
    _check_reach(sender, other)
    _check_can_be_stopped(other)


def _check_reach(sender: Sender, other: Sender) -> None:
    """One that writes everywhere stands in for anybody."""
    missing = sorted(set(sender.countries) - set(other.countries))
    if other.countries and (missing or not sender.countries):
        raise BadInput(
            f"{other.identity} does not write to {', '.join(missing) or 'every country'}, as "
            f"{sender.identity} does.",
            remedy="Name one that writes everywhere, or to all of these countries.",
        )


def _check_can_be_stopped(other: Sender) -> None:
    """A mail carries its own link; a text that cannot be answered needs one that opens."""
    if other.channel == Channel.EMAIL or other.can_receive:
        return
    env = environment()
    if env.mode is not Mode.DEMO and not env.public_url.startswith("https://"):
        raise BadInput(
            f"Nobody can answer STOP to {other.identity}, and its stop link would not open.",
            where="OUTREACH_PUBLIC_URL",
            remedy="Set it to the https address of this installation, or name a number.",
        )
