"""The numbers of our advisory locks in PostgreSQL, in one place so that no two are the same.

Migrations `delivery.0002` and `0011` have CLAIM's neighbour 7341001 in SQL, for adding partitions.
"""

from __future__ import annotations

from enum import IntEnum, unique


@unique
class Lock(IntEnum):
    CLAIM = 7341000  # claims take it shared, opt-outs exclusively (promise 7)
    LEDGER_PARTITION = 7341001
    CLOCK_LEADER = 7341002
    REPLY_READER = 7341003
    PLANNING = 7341005  # plans that look at what others have planned
    PROVIDER_LISTS = 7341006
    MAILBOX = 7341007
    LEDGER_SEAL = 7341008  # one sealer
    RETENTION = 7341009
    BACKUP = 7341010
    OUTBOUND = 7341011
    STOP_JOURNAL = 7341012
    WEB = 7341013  # each process of the pages holds it shared while it lives
    ROSTER_IMPORT = 7342000
    ROSTER_UPLOADS = 7342001
    API_REQUEST = 7342002  # with a second number, of the request's name
