"""The whole check-up."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db import DatabaseError

from outreach.core.errors import OutreachError
from outreach.operations import upgrading
from outreach.operations.doctor import (
    addresses,
    alerts,
    installation,
    machine,
    mail_server,
    outside,
    processes,
)
from outreach.operations.doctor.finding import Finding, Verdict

Check = Callable[[], Iterator[Finding]]
CHECKS: dict[str, Check] = {
    "database": machine.database_answers,
    "tables": upgrading.tables,
    "releases": upgrading.releases,
    "mode": installation.mode,
    "keys": installation.keys,
    "addresses": addresses.encrypted_addresses,
    "time": machine.time_of_day,
    "time zones": machine.zones,
    "redis": machine.redis_answers,
    "process web": processes.web_runs,
    "process clock": processes.clock_runs,
    "workers": processes.workers_run,
    "process webhooks": processes.webhooks_run,
    "queues": installation.queues,
    "disk": machine.disk,
    "upkeep": installation.upkeep,
    "help lines": installation.help_lines,
    "mail server": mail_server.lets_us_in,
    "alerts": alerts.last_ones,
    "dns": outside.mail_names,
    "consoles of providers": outside.providers,
}


def examine() -> list[Finding]:
    """Every check, in the order in which one would mend things."""
    found: list[Finding] = []
    for name, check in CHECKS.items():
        is_away = any(each.what == "database" and each.verdict is Verdict.BAD for each in found)
        found += _carefully(name, check, is_away=is_away)
    return found


def _carefully(name: str, check: Check, *, is_away: bool) -> list[Finding]:
    """`is_away`: PostgreSQL is, which is said once and not by every check that asks it."""
    try:
        return list(check())
    except OutreachError as error:
        place = f"{error.where}: " if error.where else ""
        return [Finding(name, Verdict.BAD, f"{place}{error.message}", error.remedy)]
    except (DatabaseError, OSError) as error:
        if is_away:
            return [Finding(name, Verdict.SKIPPED, "Not looked at: it needs PostgreSQL.")]
        words = f"This could not be checked ({type(error).__name__})."
        return [Finding(name, Verdict.BAD, words, "Is PostgreSQL up, and `outreach migrate` run?")]
