"""The certificates with which SNS signs, and saying yes to its subscription.

Owns the only requests that a webhook makes us send, and where they may go: to SNS of the region
of our own topic, at the path of its certificates, or to the sandbox when that is what is set up.
An address in a message is compared, never followed.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import OrderedDict
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from outreach.core.errors import BadSignature, ProviderError, Unavailable
from outreach.providers.ses.account import sns_url
from outreach.providers.ses.envelope import Envelope
from outreach.providers.transport import Answer, Transport

_PATH = re.compile(r"/SimpleNotificationService-[0-9a-f]{32}\.pem")
_LONGEST_URL = 300
_MOST_KEYS = 8
_READ_SECONDS = 4.0
# After a failure nobody asks for this long: what is not signed must not make us call AWS.
_REST_SECONDS = 5.0


class SnsCertificates:
    """Keys by the address of their certificate. `stand_in`: origin of the sandbox, "" for AWS."""

    def __init__(self, stand_in: str = "") -> None:
        self._stand_in = stand_in.rstrip("/")
        self._keys: OrderedDict[str, RSAPublicKey] = OrderedDict()
        self._fetching = asyncio.Lock()
        self._resting_until = 0.0

    def key_of(self, envelope: Envelope) -> RSAPublicKey | None:
        """The key that was learnt for this envelope; None when there is none."""
        return self._keys.get(envelope.certificate_url)

    async def learn(self, envelope: Envelope) -> None:
        """Makes `key_of` know the key. Raises BadSignature when the address is not one of SNS,
        Unavailable when the certificate cannot be had now."""
        if envelope.certificate_url in self._keys:
            return
        path = self._path(envelope)
        async with self._fetching:
            if envelope.certificate_url in self._keys:  # somebody else fetched it meanwhile
                return
            if time.monotonic() < self._resting_until:
                raise _unavailable()
            try:
                self._keys[envelope.certificate_url] = await self._fetched(envelope, path)
            except (BadSignature, Unavailable):
                self._resting_until = time.monotonic() + _REST_SECONDS
                raise
            while len(self._keys) > _MOST_KEYS:
                self._keys.popitem(last=False)

    async def confirm(self, envelope: Envelope) -> None:
        """Says yes to the subscription of a verified confirmation. May be repeated.

        The address is made of its topic and its token; the one in it is not used. Raises
        Unavailable.
        """
        query = {
            "Action": "ConfirmSubscription",
            "TopicArn": envelope.topic_arn,
            "Token": envelope.token,
        }
        answer = await self._get(envelope, f"/?{urlencode(query)}")
        if not answer.succeeded:
            raise _unavailable()

    def _path(self, envelope: Envelope) -> str:
        """Below SNS of the topic's region. Raises BadSignature for any other address."""
        base, url = sns_url(envelope.region, self._stand_in), envelope.certificate_url
        path = url.removeprefix(base)
        if len(url) > _LONGEST_URL or path == url or not _PATH.fullmatch(path):
            raise BadSignature("The certificate of this request is not at Amazon SNS.")
        return path

    async def _fetched(self, envelope: Envelope, path: str) -> RSAPublicKey:
        answer = await self._get(envelope, path)
        if not answer.succeeded:
            raise _unavailable()
        try:
            key = x509.load_pem_x509_certificate(answer.body).public_key()
        except ValueError as error:
            raise _unavailable() from error
        if not isinstance(key, RSAPublicKey):
            raise BadSignature("The certificate of this request has no RSA key.")
        return key

    async def _get(self, envelope: Envelope, path: str) -> Answer:
        """Redirects are not followed (`Transport`)."""
        base = sns_url(envelope.region, self._stand_in)
        transport = Transport(base, read_seconds=_READ_SECONDS, total_seconds=_READ_SECONDS)
        try:
            return await transport.request("GET", path, headers={})
        except ProviderError as error:
            raise _unavailable() from error
        finally:
            await transport.close()


def _unavailable() -> Unavailable:
    return Unavailable("Amazon SNS does not answer.")
