"""What every webhook must do, whoever calls it: one suite that each door's tests inherit."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from webhook_door import Asked, Door, environment_for_webhooks, open_door

from outreach.inbox.models import InboundMessage, ProviderEvent


def stored() -> int:
    """How many rows the inbox holds."""
    return ProviderEvent.objects.count() + InboundMessage.objects.count()


class WebhookRules:
    """Subclasses give one good request and say what proves its sender."""

    most_bytes: int
    no_secrets: Mapping[str, object]

    def good(self) -> Asked:
        raise NotImplementedError

    def forgeries(self) -> dict[str, Asked]:
        """Requests whose sender is not proved, by what is wrong with them."""
        raise NotImplementedError

    def test_good_request_is_stored_once(self, door: Door) -> None:
        assert door.post(self.good()) == 204
        assert stored() == 1

    def test_forged_requests_get_403_and_store_nothing(self, door: Door) -> None:
        answers = {wrong: door.post(asked) for wrong, asked in self.forgeries().items()}
        assert answers == dict.fromkeys(answers, 403)
        assert stored() == 0

    def test_nothing_passes_while_the_secret_is_not_configured(self, inbox_dsn: str) -> None:
        with open_door(inbox_dsn, environment_for_webhooks(**self.no_secrets)) as door:
            assert door.post(self.good()) == 403
        assert stored() == 0

    def test_same_request_fifty_times_is_stored_once(self, door: Door) -> None:
        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(door.post, [self.good()] * 50))
        assert set(answers) == {204}
        assert stored() == 1

    def test_provider_is_told_to_come_again_while_the_database_is_away(self) -> None:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            dsn = f"host=127.0.0.1 port={nobody.getsockname()[1]} user=x dbname=x"
            with open_door(dsn, environment_for_webhooks()) as door:
                assert door.post(self.good()) == 503

    def test_get_changes_nothing(self, door: Door) -> None:
        assert door.post(self.good(), method="GET") == 405
        assert stored() == 0

    def test_host_header_is_not_believed(self, door: Door) -> None:
        assert door.post(self.good().having("Host", "elsewhere.example")) == 204

    def test_body_above_the_limit_is_refused(self, door: Door) -> None:
        good = self.good()
        too_large = replace(good, body=good.body + b" " * self.most_bytes)
        assert door.post(too_large) == 413
        assert stored() == 0

    def test_body_above_the_limit_without_its_length_is_refused(self, door: Door) -> None:
        good = self.good().having("Transfer-Encoding", "chunked")
        size = self.most_bytes + 1
        chunk = f"{size:x}\r\n".encode() + b"x" * size + b"\r\n0\r\n\r\n"
        # The door may hang up before it has read everything that is sent.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            assert door.post(replace(good, body=chunk)) == 413
        assert stored() == 0


class SignedWebhookRules(WebhookRules):
    """For providers that sign: `signature_header` proves path or body."""

    signature_header: str

    def good(self) -> Asked:
        raise NotImplementedError

    def signed_by_somebody_else(self) -> Asked:
        raise NotImplementedError

    def altered_body(self) -> Asked:
        good = self.good()
        return replace(good, body=good.body.replace(b"a", b"c", 1))

    def forgeries(self) -> dict[str, Asked]:
        good = self.good()
        return {
            "no signature": good.without(self.signature_header),
            "empty signature": good.having(self.signature_header, ""),
            "malformed signature": good.having(self.signature_header, "%%% not base64 %%%"),
            "short signature": good.having(self.signature_header, "AAAA"),
            "not ASCII": good.having(self.signature_header, "\xe4\xf6"),
            "altered body": self.altered_body(),
            "empty body": replace(good, body=b""),
            "somebody else's key": self.signed_by_somebody_else(),
        }
