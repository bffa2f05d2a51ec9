"""What a person's phone sends, to the provider whose number it is."""

from __future__ import annotations

from outreach.sandbox.records import SmsRecord
from outreach.sandbox.twilio import inbound as twilio
from outreach.sandbox.vonage import inbound as vonage
from outreach.sandbox.world import World


def receive(
    world: World, *, person: str, to: str, body: str, media_types: tuple[str, ...] = ()
) -> SmsRecord:
    """`body` arrives at the number `to`: at Vonage when it has sent from there, else at Twilio.

    Raises BadInput for a sender without a number.
    """
    take = vonage.receive if to in world.vonage_numbers else twilio.receive
    return take(world, person=person, to=to, body=body, media_types=media_types)
