"""Which providers there are: one line each.

Owns nothing else. A new provider is a folder and a line here (docs/add-a-provider.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from outreach.providers.port import EmailProvider, OptOutLists, ProviderName, SmsProvider
from outreach.providers.sendgrid.account import SendGridAccount
from outreach.providers.sendgrid.client import SendGridEmail
from outreach.providers.sendgrid.setup import SendGridSetup
from outreach.providers.sendgrid.suppressions import SendGridOptOuts
from outreach.providers.ses import codes as ses_codes
from outreach.providers.ses.account import SesAccount
from outreach.providers.ses.client import SesEmail
from outreach.providers.ses.setup import SesSetup
from outreach.providers.setup import AccountSetup
from outreach.providers.smtp import replies as smtp_replies
from outreach.providers.smtp.account import SmtpAccount
from outreach.providers.smtp.client import SmtpEmail
from outreach.providers.twilio import codes as twilio_codes
from outreach.providers.twilio.account import TwilioAccount
from outreach.providers.twilio.client import TwilioSms
from outreach.providers.twilio.setup import TRY_AGAIN, TwilioSetup
from outreach.providers.vonage import codes as vonage_codes
from outreach.providers.vonage.account import VonageAccount
from outreach.providers.vonage.client import VonageSms
from outreach.providers.vonage.setup import VonageSetup

Provider = TypeVar("Provider", SmsProvider, EmailProvider, OptOutLists, AccountSetup)
Account = TwilioAccount | SendGridAccount | SmtpAccount | VonageAccount | SesAccount


@dataclass(frozen=True)
class Entry(Generic[Provider]):
    """`build` takes an account of type `account` and does no I/O. `status_ending`: what the
    provider wants at the end of the address to which it reports on a text."""

    account: type[Account]
    build: Callable[[Any], Provider]
    status_ending: str = ""


SMS: Mapping[ProviderName, Entry[SmsProvider]] = {
    ProviderName.TWILIO: Entry(TwilioAccount, TwilioSms, TRY_AGAIN),
    ProviderName.VONAGE: Entry(VonageAccount, VonageSms),
}
EMAIL: Mapping[ProviderName, Entry[EmailProvider]] = {
    ProviderName.SENDGRID: Entry(SendGridAccount, SendGridEmail),
    ProviderName.SMTP: Entry(SmtpAccount, SmtpEmail),
    ProviderName.SES: Entry(SesAccount, SesEmail),
}
# Those that keep a list of addresses which may be read and written.
OPT_OUT_LISTS: Mapping[ProviderName, Entry[OptOutLists]] = {
    ProviderName.SENDGRID: Entry(SendGridAccount, SendGridOptOuts),
}
# Those whose console can be read and set by command.
SETUP: Mapping[ProviderName, Entry[AccountSetup]] = {
    ProviderName.TWILIO: Entry(TwilioAccount, TwilioSetup),
    ProviderName.SENDGRID: Entry(SendGridAccount, SendGridSetup),
    ProviderName.VONAGE: Entry(VonageAccount, VonageSetup),
    ProviderName.SES: Entry(SesAccount, SesSetup),
}

# Those whose codes say more than their number.
_WORDS: Mapping[ProviderName, Callable[[str], str]] = {
    ProviderName.TWILIO: twilio_codes.words_of,
    ProviderName.VONAGE: vonage_codes.words_of,
    ProviderName.SES: ses_codes.words_of,
    ProviderName.SMTP: smtp_replies.words_of,
}
_KINDS: Mapping[ProviderName, Callable[[str], str]] = {
    ProviderName.TWILIO: twilio_codes.kind_of,
    ProviderName.VONAGE: vonage_codes.kind_of,
}


def words_of_code(provider: str, code: str) -> str:
    """What a provider's code means, as a sentence for people; "" where nothing is known."""
    words = _WORDS.get(ProviderName(provider)) if provider in set(ProviderName) else None
    return words(code) if words else ""


def code_sentences() -> Iterator[str]:
    """Every sentence that `words_of_code` can give."""
    yield from (row.meaning for row in twilio_codes.CODES.values())
    yield from (row.meaning for row in vonage_codes.CODES.values())
    yield from (meaning for _, meaning in ses_codes.CODES.values())
    yield from smtp_replies.CODES.values()


def kind_of_code(provider: str, code: str) -> str:
    """The `Refusal` that a provider's code stands for, "" where nothing is known."""
    kind = _KINDS.get(ProviderName(provider)) if provider in set(ProviderName) else None
    return kind(code) if kind else ""


def status_path(provider: str, token: str) -> str:
    """Where a provider of texts reports on the message of `token`, below our webhooks' address;
    "" for a provider of no texts."""
    entry = SMS.get(ProviderName(provider)) if provider in set(ProviderName) else None
    return f"/webhooks/{provider}/status/{token}{entry.status_ending}" if entry else ""


def build_sms(name: ProviderName, account: Account) -> SmsProvider:
    """The provider of that name. Raises KeyError when it carries no texts, TypeError when
    the account is another provider's."""
    return _build(SMS[name], account)


def build_email(name: ProviderName, account: Account) -> EmailProvider:
    """The provider of that name. Raises KeyError when it carries no mail, TypeError when
    the account is another provider's."""
    return _build(EMAIL[name], account)


def build_opt_out_lists(name: ProviderName, account: Account) -> OptOutLists:
    """The provider's own lists. Raises KeyError when it keeps none, TypeError when the account
    is another provider's."""
    return _build(OPT_OUT_LISTS[name], account)


def build_setup(name: ProviderName, account: Account) -> AccountSetup:
    """The provider's console. Raises KeyError when there is none, TypeError when the account is
    another provider's."""
    return _build(SETUP[name], account)


def _build(entry: Entry[Provider], account: Account) -> Provider:
    if not isinstance(account, entry.account):
        raise TypeError(f"{type(account).__name__} is not {entry.account.__name__}")
    return entry.build(account)
