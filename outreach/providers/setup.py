"""What an operator sets in a provider's console, as the rest of the product knows it.

Owns the records and the protocol. Refuses the names of any provider's own fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class WantedHooks:
    """Where a provider is to reach us. `origin`: without a final slash. `identities`: our senders
    there that can receive. `inbound_domain`, `inbound_secret`: of mails to us, "" for none."""

    origin: str
    identities: tuple[str, ...] = ()
    inbound_domain: str = ""
    inbound_secret: str = ""


@dataclass(frozen=True)
class Hook:
    """One setting. `current`: "" where nothing is set. `by_hand`: what to do where we cannot."""

    name: str
    wanted: str
    current: str
    by_hand: str = ""

    @property
    def is_right(self) -> bool:
        return self.current == self.wanted and not self.by_hand


@dataclass(frozen=True)
class AccountState:
    """`is_good`: the credentials are accepted and allow what we do. `words`: a sentence."""

    is_good: bool
    words: str
    remedy: str = ""


class AccountSetup(Protocol):
    """All calls may be repeated. They raise ProviderRefused or ProviderBusy."""

    async def state(self) -> AccountState:
        """Whether the credentials are accepted, and what they lack."""
        ...

    async def hooks(self, wanted: WantedHooks) -> Sequence[Hook]:
        """Every setting that we depend on, as it is."""
        ...

    async def set_hooks(self, wanted: WantedHooks) -> Sequence[Hook]:
        """Sets what is not right; returns what it is then."""
        ...

    async def signing_key(self, wanted: WantedHooks) -> str:
        """The public key with which the provider signs, "" where it signs with a shared secret."""
        ...

    async def send_test_event(self, wanted: WantedHooks) -> bool:
        """Asks the provider to post a signed test event to us; False where it cannot."""
        ...

    async def close(self) -> None: ...
