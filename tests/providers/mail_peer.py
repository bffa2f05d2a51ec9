"""A mail server for tests without a loop of their own, on the loop on which adapters run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from outreach.organisation import lanes
from tests.providers.provider_peers import SmtpPeer, smtp_peer


@contextmanager
def mail_peer(**settings: object) -> Iterator[SmtpPeer]:
    """`settings`: of `SmtpPeer`."""
    opened = smtp_peer(**settings)  # type: ignore[arg-type]  # named at each call
    peer = lanes.run_async(opened.__aenter__())
    try:
        yield peer
    finally:
        lanes.run_async(opened.__aexit__(None, None, None))
