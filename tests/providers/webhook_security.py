"""What every webhook verifier must refuse. A provider's test class inherits it.

The class gives `signed()` (the arguments of a good request), `check(case)` and `altered(case)`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Generic, TypeVar

import pytest

from outreach.core.errors import BadSignature

Case = TypeVar("Case")

MALFORMED = ["not base64!", "====", "\0", "é", "A" * 10_000, "MEUCIQ=="]


class WebhookSecurity(Generic[Case]):
    """Cases are frozen dataclasses with a `signature` and the `keys` that may have signed."""

    def signed(self) -> Case:
        raise NotImplementedError

    def altered(self, case: Case) -> Case:
        raise NotImplementedError

    def other_key(self) -> str:
        raise NotImplementedError

    def check(self, case: Case) -> None:
        raise NotImplementedError

    def test_genuine_request_is_let_in(self) -> None:
        self.check(self.signed())

    def test_missing_signature_is_refused(self) -> None:
        self._refuses(signature="")

    @pytest.mark.parametrize("signature", MALFORMED)
    def test_malformed_signature_is_refused(self, signature: str) -> None:
        self._refuses(signature=signature)

    def test_altered_body_is_refused(self) -> None:
        with pytest.raises(BadSignature):
            self.check(self.altered(self.signed()))

    def test_signature_of_another_key_is_refused(self) -> None:
        self._refuses(keys=(self.other_key(),))

    def test_old_key_still_counts_while_keys_are_changed(self) -> None:
        case = self.signed()
        self.check(replace(case, keys=(self.other_key(), *case.keys)))  # type: ignore[type-var,attr-defined]

    @pytest.mark.parametrize("keys", [(), ("",), ("not a key",)])
    def test_without_a_usable_key_nobody_is_let_in(self, keys: tuple[str, ...]) -> None:
        self._refuses(keys=keys)

    def _refuses(self, **changes: object) -> None:
        with pytest.raises(BadSignature):
            self.check(replace(self.signed(), **changes))  # type: ignore[type-var]
