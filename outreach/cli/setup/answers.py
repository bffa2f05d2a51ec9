"""What the person who sets up decides, and what each answer has to look like."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError
from babel.numbers import list_currencies

from outreach.config.environment import Mode
from outreach.core.emails import normalise_email
from outreach.core.errors import BadAddress, BadInput

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LONGEST_DOMAIN = 253
_SMTP_SCHEMES = ("smtp", "smtps")
_MOST_PROXIES = 10


MODES = {
    Mode.DEMO: "nobody outside of this machine is written to",
    Mode.TRIAL: "only staff whose address is confirmed, 50 messages a day",
    Mode.LIVE: "everybody who agreed",
}


class Mail(StrEnum):
    """By which way mails go."""

    SMTP = "smtp"
    SENDGRID = "sendgrid"
    NONE = "none"


@dataclass(frozen=True)
class Answers:
    """`domain`, `hooks_domain`: names of the pages and of the webhooks. `proxies`: how many proxies
    stand before the pages. `mail_secret`: the relay's address or the account's key.
    `encrypts_addresses`: in the database."""

    domain: str
    hooks_domain: str
    mode: Mode
    bundled_proxy: bool
    proxies: int
    organisation: str
    language: str
    currency: str
    administrator: str
    administrator_email: str
    mail: Mail
    mail_from: str = ""
    mail_secret: str = ""
    encrypts_addresses: bool = False


def checked(answers: Answers) -> Answers:
    """The answers in their normal form. Raises BadInput with the option and what to write."""
    domain = checked_answer("domain", answers.domain)
    return replace(
        answers,
        domain=domain,
        hooks_domain=checked_hooks(answers.hooks_domain, domain),
        proxies=_proxies(answers),
        mail_from=""
        if answers.mail is Mail.NONE
        else checked_answer("mail_from", answers.mail_from),
        mail_secret=checked_secret(answers.mail, answers.mail_secret),
        organisation=checked_answer("organisation", answers.organisation),
        language=checked_answer("language", answers.language),
        currency=checked_answer("currency", answers.currency),
        administrator=checked_answer("administrator", answers.administrator),
        administrator_email=checked_answer("administrator_email", answers.administrator_email),
    )


def checked_answer(name: str, text: str) -> str:
    """One answer in its normal form, as far as it can be judged by itself. `name`: its field.

    Raises BadInput.
    """
    check = _CHECKS.get(name)
    return check(text, f"--{name.replace('_', '-')}") if check else text


def checked_mode(text: str, known: str) -> Mode:
    """The mode. `known`: that of the installation so far, "" of a new one. Raises BadInput."""
    if text not in {mode.value for mode in MODES}:
        raise BadInput(f"{text!r} is no mode.", where="--mode", remedy="Write demo, trial or live.")
    if text == Mode.LIVE.value and known not in {Mode.TRIAL.value, Mode.LIVE.value}:
        raise BadInput(
            "A new installation does not begin in mode live.",
            where="--mode",
            remedy="Begin with trial; docs/guides/operators.md says how to go on.",
        )
    return Mode(text)


def checked_hooks(text: str, domain: str) -> str:
    """The name of the webhooks. `domain`: that of the pages. Raises BadInput."""
    name = checked_answer("hooks_domain", text)
    if name == domain:
        raise BadInput(
            "Pages and webhooks cannot have the same name.",
            where="--hooks-domain",
            remedy=f"Take another one, like hooks.{domain}.",
        )
    return name


def domain_name(text: str, option: str) -> str:
    """A public name without scheme, port or path. Raises BadInput."""
    name = text.strip().casefold().rstrip(".")
    remedy = "Write the name alone, like outreach.example.org."
    if "/" in name or ":" in name or "@" in name:
        raise BadInput(f"{text!r} is more than a name.", where=option, remedy=remedy)
    if _is_number(name):
        raise BadInput(
            f"{text!r} is an address of a machine, and no certificate is made for it.",
            where=option,
            remedy=remedy,
        )
    labels = _in_ascii(name).split(".")
    fits = len(name) <= _LONGEST_DOMAIN and all(_LABEL.fullmatch(label) for label in labels)
    if len(labels) == 1 or not fits or labels[-1].isdigit():
        raise BadInput(f"{text!r} is not a public name.", where=option, remedy=remedy)
    return ".".join(labels)


def _in_ascii(name: str) -> str:
    """As the DNS has it; unchanged when it cannot be written so."""
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return name


def _is_number(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _proxies(answers: Answers) -> int:
    if answers.bundled_proxy:
        return 1
    if not 0 < answers.proxies <= _MOST_PROXIES:
        raise BadInput(
            f"{answers.proxies} proxies cannot be: TLS needs one of yours.",
            where="--proxies",
            remedy="Say how many stand before the pages, or take --tls.",
        )
    return answers.proxies


def _words(text: str, option: str) -> str:
    if not text.strip() or not text.isprintable():
        raise BadInput("A name is missing.", where=option, remedy="People read it.")
    return text.strip()


def _language(code: str, option: str) -> str:
    try:
        return Locale.parse(code.strip(), sep="-").language
    except (UnknownLocaleError, ValueError) as error:
        raise BadInput(
            f"{code!r} is not a language.", where=option, remedy="Write it like en."
        ) from error


def _currency(code: str, option: str) -> str:
    wanted = code.strip().upper()
    if wanted not in list_currencies():
        raise BadInput(f"{code!r} is not a currency.", where=option, remedy="Like EUR.")
    return wanted


def _address(text: str, option: str) -> str:
    try:
        return normalise_email(text).address
    except BadAddress as error:
        raise BadInput(error.message, where=option, remedy=error.remedy) from error


def checked_secret(mail: Mail, secret: str) -> str:
    """What this way for mails needs, "" for none. Raises BadInput."""
    value = secret.strip()
    if mail is Mail.NONE:
        return ""
    if mail is Mail.SENDGRID:
        if not value.startswith("SG."):
            raise BadInput(
                "That is not an API key of SendGrid.",
                where="OUTREACH_SENDGRID_API_KEY",
                remedy="It begins with SG.; the console shows it once, when it is made.",
            )
        return value
    parts = urlsplit(value)
    if parts.scheme not in _SMTP_SCHEMES or not parts.hostname:
        raise BadInput(
            "That is not the address of a mail server.",
            where="OUTREACH_SMTP_URL",
            remedy="Write it like smtp://user:password@mail.example.org:587.",
        )
    return value


_CHECKS: Mapping[str, Callable[[str, str], str]] = {
    "domain": domain_name,
    "hooks_domain": domain_name,
    "organisation": _words,
    "language": _language,
    "currency": _currency,
    "administrator": _words,
    "administrator_email": _address,
    "mail_from": _address,
}
