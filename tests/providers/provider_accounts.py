"""Made-up accounts at the providers whose credentials are more than a word."""

from __future__ import annotations

from functools import lru_cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from outreach.providers.ses.account import SesAccount
from outreach.providers.vonage.account import VonageAccount

VONAGE_SECRET = "signature-secret-of-the-vonage-account"
TOPIC = "arn:aws:sns:eu-central-1:000000000000:outreach-events"
APPLICATION = "78d335fa-323d-0114-9c3d-d6f0d48968cf"


@lru_cache(maxsize=1)
def private_key() -> str:
    """One for the whole run: making it takes a tenth of a second."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def vonage_account(base_url: str) -> VonageAccount:
    return VonageAccount("abcd1234", "secret", APPLICATION, private_key(), base_url)


def ses_account(stand_in: str, configuration_set: str = "") -> SesAccount:
    return SesAccount(
        "AKIAIOSFODNN7EXAMPLE", "secret", "eu-central-1", configuration_set, TOPIC, stand_in
    )


def accounts_environment() -> dict[str, str]:
    """For the sandbox, which then has these accounts, and for the product, which uses them."""
    return {
        "OUTREACH_VONAGE_API_KEY": "abcd1234",
        "OUTREACH_VONAGE_API_SECRET": "secret",
        "OUTREACH_VONAGE_APPLICATION_ID": APPLICATION,
        "OUTREACH_VONAGE_PRIVATE_KEY": private_key(),
        "OUTREACH_VONAGE_SIGNATURE_SECRETS": VONAGE_SECRET,
        "OUTREACH_SES_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "OUTREACH_SES_SECRET_ACCESS_KEY": "secret",
        "OUTREACH_SES_REGION": "eu-central-1",
        "OUTREACH_SES_CONFIGURATION_SET": "outreach",
        "OUTREACH_SES_TOPIC_ARNS": TOPIC,
    }
