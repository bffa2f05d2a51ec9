"""What a process asks before it begins to work."""

from __future__ import annotations

import logging
import sys
import time

from django.db import InterfaceError, OperationalError, ProgrammingError

from outreach.consent.hashing import hasher
from outreach.core.errors import OutreachError
from outreach.organisation.address_key_register import require_known_address_keys

_LOG = logging.getLogger(__name__)
_SECONDS_BETWEEN = 1
_TRIES_BETWEEN_WORDS = 10


def refuse_unknown_keys() -> None:
    """Ends the process with a sentence where a key is not the one of before: of the never-send
    list, or of addresses that are encrypted.

    A database that does not answer, or has no tables yet, is waited for: without it there is
    nothing to do, and nobody must work with keys that were not looked at.
    """
    tries = 0
    while True:
        try:
            hasher()
            require_known_address_keys()
            return
        except OutreachError as refusal:
            sys.exit(str(refusal))
        except (OperationalError, InterfaceError, ProgrammingError) as error:
            if tries % _TRIES_BETWEEN_WORDS == 0:
                _LOG.warning(
                    "waiting for PostgreSQL and its tables (outreach migrate): %s",
                    type(error).__name__,
                )
            tries += 1
            time.sleep(_SECONDS_BETWEEN)
