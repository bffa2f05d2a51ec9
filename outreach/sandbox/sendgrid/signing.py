"""The key of the signed Event Webhook: ECDSA P-256, SHA-256, over timestamp and raw body.

Source: SendGrid, "Getting Started with the Event Webhook Security Features".
"""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from outreach.core.errors import BadInput


class EventKey:
    """Signs events. `public_key`: base64 of the DER form, as SendGrid shows it."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        der = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.public_key = base64.b64encode(der).decode()

    @classmethod
    def new(cls) -> EventKey:
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_file(cls, path: Path | None) -> EventKey:
        """The key in `path`, made and written (mode 600) when there is no such file.

        Raises BadInput when the file is not a P-256 private key in PEM form.
        """
        if path is None:
            return cls.new()
        if not path.exists():
            made = cls.new()
            made._write(path)
            return made
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except (ValueError, TypeError) as error:
            raise BadInput("This is not a PEM private key.", where=str(path)) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise BadInput("The event key must be an EC key on P-256.", where=str(path))
        return cls(key)

    def sign(self, timestamp: str, body: bytes) -> str:
        signature = self._key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        return base64.b64encode(signature).decode()

    def _write(self, path: Path) -> None:
        pem = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(pem)
