"""The whole check-up."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db import DatabaseError

from outreach.core.errors import OutreachError
from outreach.operations import upgrading
from outreach.operations.doctor import installation, machine, outside
from outreach.operations.doctor.finding import Finding, Verdict

Check = Callable[[], Iterator[Finding]]
CHECKS: dict[str, Check] = {
    "tables": upgrading.tables,
    "releases": upgrading.releases,
    "mode": installation.mode,
    "keys": installation.keys,
    "clock": machine.clock,
    "time zones": machine.zones,
    "redis": machine.redis_answers,
    "queues": installation.queues,
    "disk": machine.disk,
    "upkeep": installation.upkeep,
    "help lines": installation.help_lines,
    "dns": outside.mail_names,
    "consoles of providers": outside.providers,
}


def examine() -> list[Finding]:
    """Every check, in the order in which one would mend things."""
    return [finding for name, check in CHECKS.items() for finding in _carefully(name, check)]


def _carefully(name: str, check: Check) -> list[Finding]:
    try:
        return list(check())
    except OutreachError as error:
        return [Finding(name, Verdict.BAD, error.message, error.remedy)]
    except (DatabaseError, OSError) as error:
        words = f"This could not be checked ({type(error).__name__})."
        return [Finding(name, Verdict.BAD, words, "Is PostgreSQL up, and `outreach migrate` run?")]
