"""Coming back: the person says START to the sender that they had stopped."""

from __future__ import annotations

from outreach.consent.actions import lift
from outreach.organisation.audit import Actor


def opt_in_again(channel: str, match_key: str, *, evidence: str, actor: Actor) -> int:
    """Ends the blocks that rest on the person's own word, at our place or at the provider's.

    A block after a bounce, a complaint or by staff stays, and no consent is given by this:
    where none was granted, nothing goes out. Returns how many blocks ended.
    """
    return lift(channel, match_key, evidence=evidence, actor=actor)
