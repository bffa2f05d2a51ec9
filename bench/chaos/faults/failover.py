"""A provider that goes away for longer: its stand-in writes on, and it comes back by probes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench.chaos.trial import Trial
from outreach.core.channels import Channel
from outreach.sandbox.faults import FaultKind

_SPEED = 25
_SPEED_OF_STAND_IN = 5
_RELAY = "hello@relay.outreach.test"
_STAND_IN = """
WITH relay AS (
  INSERT INTO organisation_sender (uuid, channel, provider, identity, countries, can_receive,
    opt_out_handled_by, rate_per_second, is_active, warm_up, paused_why)
  VALUES (gen_random_uuid(), 'email', 'smtp', %s, '{}', true, 'us', 1, true, '{}', '')
  ON CONFLICT (channel, identity) DO UPDATE SET is_active = true RETURNING id
)
UPDATE organisation_sender s SET stand_in_id = relay.id FROM relay
WHERE s.channel = 'email' AND s.provider = 'sendgrid'
"""
_ALONE_AGAIN = """
DELETE FROM delivery_senderhealth;
UPDATE organisation_sender SET stand_in_id = NULL;
UPDATE organisation_sender SET is_active = false WHERE provider = 'smtp'
"""
_STATE = "SELECT coalesce((SELECT min(state) FROM delivery_senderhealth), 'healthy')"
_HASTEN = "UPDATE delivery_senderhealth SET probe_at = clock_timestamp() WHERE state <> 'healthy'"


def away(kind: FaultKind, lasts_for: int) -> Callable[[Trial], None]:
    """`lasts_for`: how many messages the stand-in carries before the provider is back."""

    def act(trial: Trial) -> None:
        with _stand_in(trial) as taken:
            trial.begin(rate=_SPEED)
            trial.house.execute(
                "UPDATE organisation_sender SET rate_per_second = %s WHERE provider = 'smtp'",
                _SPEED_OF_STAND_IN,
            )
            trial.launch()
            trial.wait_for("state IN ('accepted', 'delivered')", at_least=_SPEED)
            trial.house.control.fail(Channel.EMAIL, kind)
            trial.resume(lambda: len(taken) >= lasts_for)
            trial.house.control.clear_faults()
            came = trial.house.wait(lambda: _is_well(trial), "the provider being trusted again")
            trial.result.notes |= {"by the stand-in": len(taken), "trusted again, s": came}
            at_return = trial.house.control.accepted(Channel.EMAIL).accepted
            trial.house.wait(trial.is_over, "the end of the send")
            after = trial.house.control.accepted(Channel.EMAIL).accepted - at_return
            trial.expect(after > 0, "nothing went through the provider once it was back")
            trial.taken_elsewhere += taken

    return act


def _is_well(trial: Trial) -> bool:
    """Its rests are cut short: how long they are is not what this fault is about."""
    trial.house.execute(_HASTEN)
    return bool(trial.house.one(_STATE) == "healthy")


@contextmanager
def _stand_in(trial: Trial) -> Iterator[list[str]]:
    """A sender that writes through the house's mail server, for the length of one fault; gives
    to whom it has written."""
    house = trial.house
    house.mail.taken.clear()
    house.execute(_STAND_IN, _RELAY)
    try:
        yield house.mail.taken
    finally:
        house.execute(_ALONE_AGAIN)
