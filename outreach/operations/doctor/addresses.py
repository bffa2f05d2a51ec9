"""Whether addresses are encrypted as the setting says."""

from __future__ import annotations

from collections.abc import Iterator

from outreach.operations.address_encryption import rows_to_encrypt
from outreach.operations.doctor.finding import Finding, Verdict
from outreach.organisation.address_key_register import (
    recorded_keys,
    require_known_address_keys,
)
from outreach.organisation.address_keys import address_keys

_WHAT = "addresses"


def encrypted_addresses() -> Iterator[Finding]:
    """Nothing is said where the option is not used."""
    keys, recorded = address_keys(), recorded_keys()
    if keys is None and not recorded:
        return
    require_known_address_keys()
    due = rows_to_encrypt()
    if due:
        where = ", ".join(f"{name} {number:,}" for name, number in sorted(due.items()))
        wanted = "under the newest key" if keys and keys.writes else "plain text again"
        yield Finding(
            _WHAT,
            Verdict.LOOK,
            f"{sum(due.values()):,} rows have addresses that are not {wanted}: {where}.",
            f"Run: outreach addresses encrypt{'' if keys and keys.writes else ' --off'}",
        )
    elif keys and keys.writes:
        yield Finding(_WHAT, Verdict.GOOD, "Every address is encrypted under the newest key.")
    elif recorded:
        yield Finding(
            _WHAT,
            Verdict.LOOK,
            "Every address is plain text, and the keys are still asked for.",
            "Run: outreach addresses encrypt --off",
        )
    else:
        yield Finding(_WHAT, Verdict.GOOD, "Every address is plain text; no key is needed.")
