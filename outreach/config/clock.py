"""Installs the clock that the settings name."""

from __future__ import annotations

from outreach.config.environment import Environment, Mode
from outreach.core import clock
from outreach.core.errors import BadInput


def install_clock(env: Environment) -> None:
    """The demo's time-lapse or the machine's clock. Raises BadInput for a time-lapse elsewhere."""
    if not env.demo_clock:
        return
    if env.mode is not Mode.DEMO:
        raise BadInput(
            "OUTREACH_DEMO_CLOCK is set outside mode demo.",
            remedy="Remove it: real messages go out by real time.",
        )
    try:
        clock.install(clock.demo_clock(env.demo_clock))
    except ValueError as error:
        raise BadInput("OUTREACH_DEMO_CLOCK cannot be read.", remedy="Remove it.") from error
