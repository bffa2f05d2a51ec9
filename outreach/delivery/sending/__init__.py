"""Sending a batch: lease → load and write a chunk → claim → commit → call → record.

Owns the order of these steps, on which promises 2, 3 and 7 rest. Refuses to know what
a provider is beyond its port, and to hold a transaction open across a network call.
"""

from outreach.delivery.sending.work import Lane, Pass, work_batch

__all__ = ["Lane", "Pass", "work_batch"]
