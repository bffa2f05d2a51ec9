"""Mail over TLS goes to a server that can prove who it is, and to no other."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from provider_peers import smtp_peer

from outreach.core.errors import ProviderBusy
from outreach.providers.port import Accepted, EmailRecipient, EmailRequest
from outreach.providers.smtp.account import SmtpAccount, SmtpTls
from outreach.providers.smtp.client import SmtpEmail

REQUEST = EmailRequest(
    "Hello",
    "<p>Hello</p>",
    "Hello",
    (EmailRecipient("a@example.org", "School", "s@example.org", None, {}, "t1", {}),),
)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of 127.0.0.1 and its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "peer")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "peer.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + built.public_bytes(Encoding.PEM))
    return path


def served_with(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_mail_goes_out_over_tls_to_a_trusted_server(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with smtp_peer(tls=served_with(certificate)) as peer:
        provider = SmtpEmail(SmtpAccount("127.0.0.1", peer.port, tls=SmtpTls.TLS))
        assert await provider.send(REQUEST) == [Accepted("<t1@example.org>")]
        await provider.close()
    assert len(peer.messages) == 1


async def test_server_with_an_untrusted_certificate_gets_no_mail(certificate: Path) -> None:
    async with smtp_peer(tls=served_with(certificate)) as peer:
        provider = SmtpEmail(SmtpAccount("127.0.0.1", peer.port, tls=SmtpTls.TLS))
        (outcome,) = await provider.send(REQUEST)
        await provider.close()
    assert isinstance(outcome, ProviderBusy)
    assert peer.commands == []
