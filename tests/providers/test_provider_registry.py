"""Every provider has one line, and gets its own kind of account."""

from __future__ import annotations

import pytest

from outreach.providers.port import ProviderName
from outreach.providers.registry import EMAIL, SMS, build_email, build_sms
from outreach.providers.sendgrid.account import SendGridAccount
from outreach.providers.sendgrid.client import SendGridEmail
from outreach.providers.smtp.account import SmtpAccount
from outreach.providers.smtp.client import SmtpEmail
from outreach.providers.transport import Transport
from outreach.providers.twilio.account import TwilioAccount
from outreach.providers.twilio.client import TwilioSms


def test_every_provider_is_registered_once() -> None:
    assert sorted([*SMS, *EMAIL]) == sorted(ProviderName)


async def test_name_and_account_give_the_provider() -> None:
    built = [
        build_sms(ProviderName.TWILIO, TwilioAccount("AC1", "t")),
        build_email(ProviderName.SENDGRID, SendGridAccount("SG.k")),
        build_email(ProviderName.SMTP, SmtpAccount("localhost", 25)),
    ]
    assert [type(one) for one in built] == [TwilioSms, SendGridEmail, SmtpEmail]


def test_account_of_another_provider_is_refused() -> None:
    with pytest.raises(TypeError, match="SmtpAccount"):
        build_email(ProviderName.SENDGRID, SmtpAccount("localhost", 25))
    with pytest.raises(KeyError):
        build_sms(ProviderName.SMTP, SmtpAccount("localhost", 25))


@pytest.mark.parametrize("url", ["", "api.twilio.com", "ftp://x.test", "https://"])
def test_base_url_without_scheme_or_host_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="base URL"):
        Transport(url)


def test_secrets_do_not_show_in_a_printed_account() -> None:
    accounts = (
        TwilioAccount("AC1", "hush"),
        SendGridAccount("hush"),
        SmtpAccount("h", 25, "u", "hush"),
    )
    assert "hush" not in repr(accounts)
