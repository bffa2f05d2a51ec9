"""The provider adapters of this process, under the rules of the mode (promise 13).

Owns the one event loop on which adapters keep their connections, the accounts made from
the settings, and the addresses at which providers reach us. Refuses to build an adapter
that the mode forbids.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from outreach.config.environment import Environment, Mode, environment
from outreach.core.errors import BadInput, NotAllowed
from outreach.core.tokens import TokenSealer
from outreach.organisation.models import Sender
from outreach.organisation.modes import may_reach, require_mode
from outreach.providers.port import EmailProvider, OptOutLists, ProviderName, SmsProvider
from outreach.providers.registry import (
    EMAIL,
    OPT_OUT_LISTS,
    SETUP,
    SMS,
    Account,
    build_email,
    build_opt_out_lists,
    build_setup,
    build_sms,
    status_path,
)
from outreach.providers.sendgrid.account import SendGridAccount
from outreach.providers.ses.account import SesAccount
from outreach.providers.setup import AccountSetup
from outreach.providers.smtp.account import SmtpAccount, SmtpTls
from outreach.providers.smtp.imap_account import ImapAccount
from outreach.providers.transport import is_loopback
from outreach.providers.twilio.account import TwilioAccount
from outreach.providers.vonage.account import VonageAccount

__all__ = [
    "account_setup",
    "email_provider",
    "has_account",
    "mail_server",
    "mailbox_account",
    "may_reach",
    "opt_out_lists",
    "run_async",
    "sealer",
    "sms_provider",
    "status_urls",
]

Result = TypeVar("Result")
_SHORTEST_SECRET = 32
_SMTP_PORTS = {"smtp": 587, "smtps": 465}
_IMAP_PORTS = {"imap": 143, "imaps": 993}


class _Process:
    """What belongs to this process; a forked child makes its own."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.sms: dict[Account, SmsProvider] = {}
        self.email: dict[Account, EmailProvider] = {}
        self.lists: dict[Account, OptOutLists] = {}
        self.loop = asyncio.new_event_loop()
        # A thread, so that idle connections are seen to close while nobody sends: a stale
        # one would turn the next message into an unknown outcome.
        threading.Thread(target=self.loop.run_forever, name="provider-calls", daemon=True).start()


class _Current:
    process: _Process | None = None
    lock = threading.Lock()


def _process() -> _Process:
    with _Current.lock:
        if _Current.process is None or _Current.process.pid != os.getpid():
            _Current.process = _Process()
        return _Current.process


os.register_at_fork(after_in_child=lambda: setattr(_Current, "lock", threading.Lock()))


def run_async(work: Coroutine[Any, Any, Result]) -> Result:
    """Runs `work` on this process's one event loop and waits for it, from any other thread.

    Raises what it raises. When the caller is interrupted, the work is cancelled.
    """
    future = asyncio.run_coroutine_threadsafe(work, _process().loop)
    try:
        return future.result()
    finally:
        if not future.done():
            future.cancel()


def sms_provider(sender: Sender) -> SmsProvider:
    """The adapter that carries this sender's texts, to be used on `run_async`'s loop.

    Raises NotAllowed when the mode forbids it, BadInput when its account is not set up.
    """
    name = _name_of(sender)
    require_mode(name)
    account = _account(name) if name in SMS else None
    if account is None:
        raise _not_set_up(sender)
    adapters = _process().sms
    if account not in adapters:
        adapters[account] = build_sms(name, account)
    return adapters[account]


def email_provider(sender: Sender) -> EmailProvider:
    """The adapter that carries this sender's mail; see `sms_provider`."""
    name = _name_of(sender)
    require_mode(name)
    account = _account(name) if name in EMAIL else None
    if account is None:
        raise _not_set_up(sender)
    adapters = _process().email
    if account not in adapters:
        adapters[account] = build_email(name, account)
    return adapters[account]


def has_account(sender: Sender) -> bool:
    """Whether the settings have the account of its provider."""
    try:
        return _account(_name_of(sender)) is not None
    except BadInput:
        return False


def opt_out_lists() -> dict[ProviderName, OptOutLists]:
    """The own lists of the providers that are set up; see `sms_provider`.

    Raises NotAllowed when the mode forbids one of them.
    """
    accounts = {name: account for name in OPT_OUT_LISTS if (account := _account(name))}
    for name in accounts:
        require_mode(name)
    known = _process().lists
    for name, account in accounts.items():
        if account not in known:
            known[account] = build_opt_out_lists(name, account)
    return {name: known[account] for name, account in accounts.items()}


def account_setup(name: ProviderName) -> AccountSetup | None:
    """The provider's console, fresh, to be closed by the caller; None when it is not set up.

    Raises NotAllowed when the mode forbids it.
    """
    account = _account(name) if name in SETUP else None
    if account is None:
        return None
    require_mode(name)
    return build_setup(name, account)


def status_urls(provider: str) -> Callable[[str], str]:
    """From a token to the address at which this provider reports on its text.

    What the provider wants at the end of it, such as how often it is to come back, is in the
    registry. A provider of no texts reports nowhere: "".
    """

    def status_url(token: str) -> str:
        path = status_path(provider, token)
        return f"{environment().webhook_url.rstrip('/')}{path}" if path else ""

    return status_url


def sealer() -> TokenSealer:
    """Seals and opens public tokens with the settings' keys. Raises BadInput without one."""
    env = environment()
    return _sealer((env.secret_key, *env.secret_key_old))


@lru_cache(maxsize=2)
def _sealer(keys: tuple[str, ...]) -> TokenSealer:
    if len(keys[0]) < _SHORTEST_SECRET:
        raise BadInput(
            f"OUTREACH_SECRET_KEY needs at least {_SHORTEST_SECRET} characters.",
            remedy="Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'.",
        )
    return TokenSealer([key.encode() for key in keys])


def _name_of(sender: Sender) -> ProviderName:
    try:
        return ProviderName(sender.provider)
    except ValueError:
        raise _not_set_up(sender) from None


def _account(name: ProviderName) -> Account | None:
    """The account in the settings; None when it is not set up."""
    env = environment()
    if name is ProviderName.TWILIO and env.twilio_account_sid and env.twilio_auth_token:
        return TwilioAccount(env.twilio_account_sid, env.twilio_auth_token, env.twilio_base_url)
    if name is ProviderName.SENDGRID and env.sendgrid_api_key:
        return SendGridAccount(env.sendgrid_api_key, env.sendgrid_base_url)
    if name is ProviderName.SMTP and env.smtp_url:
        return _smtp_account(env)
    if name is ProviderName.VONAGE and env.vonage_api_key and env.vonage_private_key:
        return _vonage_account(env)
    if name is ProviderName.SES and env.ses_access_key_id and env.ses_secret_access_key:
        return _ses_account(env)
    return None


def _ses_account(env: Environment) -> SesAccount:
    if not env.ses_region:
        raise BadInput(
            "The SES account is not complete.", remedy="Set OUTREACH_SES_REGION, like eu-central-1."
        )
    if env.ses_base_url and not is_loopback(env.ses_base_url):
        raise BadInput(
            "OUTREACH_SES_BASE_URL is not on this machine.", remedy="Leave it empty for Amazon."
        )
    return SesAccount(
        access_key_id=env.ses_access_key_id,
        secret_access_key=env.ses_secret_access_key,
        region=env.ses_region,
        configuration_set=env.ses_configuration_set,
        topic_arn=next(iter(env.ses_topic_arns), ""),
        stand_in=env.ses_base_url.rstrip("/"),
    )


def _vonage_account(env: Environment) -> VonageAccount:
    if not env.vonage_api_secret or not env.vonage_application_id:
        raise BadInput(
            "The Vonage account is not complete.",
            remedy="Set OUTREACH_VONAGE_API_SECRET and OUTREACH_VONAGE_APPLICATION_ID.",
        )
    return VonageAccount(
        api_key=env.vonage_api_key,
        api_secret=env.vonage_api_secret,
        application_id=env.vonage_application_id,
        # In an environment file a key stands in one line.
        private_key=env.vonage_private_key.replace("\\n", "\n"),
        base_url=env.vonage_base_url,
    )


def _smtp_account(env: Environment) -> SmtpAccount:
    parts = urlsplit(env.smtp_url)
    if parts.scheme not in _SMTP_PORTS or not parts.hostname:
        raise BadInput(
            "OUTREACH_SMTP_URL cannot be read.",
            remedy="Write it like smtp://user:password@host:587 or smtps://host.",
        )
    return SmtpAccount(
        host=parts.hostname,
        port=parts.port or _SMTP_PORTS[parts.scheme],
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=_tls(env.smtp_url, "smtps"),
        # Reports to an address that nobody reads would be lost.
        return_domain=env.inbound_domain if env.imap_url else "",
    )


def _tls(url: str, tls_scheme: str) -> SmtpTls:
    """A server on this machine, a relay or the sandbox, has no certificate."""
    if urlsplit(url).scheme == tls_scheme:
        return SmtpTls.TLS
    return SmtpTls.NONE if is_loopback(url) else SmtpTls.STARTTLS


def mail_server() -> SmtpAccount | None:
    """The mail server by which mails go; None when there is none. Raises BadInput for a setting
    that cannot be used."""
    env = environment()
    return _smtp_account(env) if env.smtp_url else None


def mailbox_account() -> ImapAccount | None:
    """The mailbox to read answers from; None when there is none.

    Raises BadInput for a setting that cannot be used, NotAllowed for one that is not on this
    machine in mode demo.
    """
    env = environment()
    if not env.imap_url:
        return None
    if env.mode is Mode.DEMO and not is_loopback(env.imap_url):
        raise NotAllowed(
            "Mode demo reads no mailbox but one on this machine.", where="OUTREACH_IMAP_URL"
        )
    return _imap_account(env)


def _imap_account(env: Environment) -> ImapAccount:
    parts = urlsplit(env.imap_url)
    good = parts.scheme in _IMAP_PORTS and parts.hostname and parts.username
    if not good or not env.inbound_domain:
        raise BadInput(
            "OUTREACH_IMAP_URL cannot be used."
            if not good
            else "A mailbox needs the mail domain of replies.",
            where="OUTREACH_IMAP_URL" if not good else "OUTREACH_INBOUND_DOMAIN",
            remedy="Write it like imaps://user:password@host/INBOX; set OUTREACH_INBOUND_DOMAIN.",
        )
    return ImapAccount(
        host=parts.hostname or "",
        port=parts.port or _IMAP_PORTS[parts.scheme],
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        domain=env.inbound_domain,
        folder=unquote(parts.path.strip("/")) or "INBOX",
        done_folder=env.imap_done_folder,
        tls=_tls(env.imap_url, "imaps"),
    )


def _not_set_up(sender: Sender) -> BadInput:
    return BadInput(
        f"The provider {sender.provider} is not set up for {sender.channel}.",
        remedy="Enter its account in the settings, or deactivate the sender.",
    )
