"""The names in the DNS without which mail is refused or answers get lost.

Sources: RFC 7208 (SPF), RFC 6376 (DKIM), RFC 7489 (DMARC), "Email sender guidelines" of Gmail and
Yahoo for bulk senders (November 2026).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from urllib.parse import urlsplit

import dns.exception
import dns.resolver

from outreach.config.environment import Environment
from outreach.operations.doctor.finding import Finding, Verdict
from outreach.providers.port import ProviderName

_SECONDS = 5.0
_DNS_PORT = 53
# What a domain includes so that the provider may send in its name: the providers' own pages.
_INCLUDES = {
    ProviderName.SENDGRID: "include:sendgrid.net",
    ProviderName.SES: "include:amazonses.com",
}
# Automated Security of SendGrid puts them there; others' selectors are their own.
_SENDGRID_SELECTORS = ("s1", "s2")
_NOBODY = (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer)


class Names:
    """Asks the DNS. `server`: "address:port" of the one to ask, "" for this machine's."""

    def __init__(self, server: str = "") -> None:
        self._resolver = dns.resolver.Resolver(configure=not server)
        self._resolver.lifetime = _SECONDS
        if server:
            parts = urlsplit(f"//{server}")
            self._resolver.nameservers = [parts.hostname or server]
            self._resolver.port = parts.port or _DNS_PORT

    def texts(self, name: str) -> list[str]:
        """TXT records, each put together; a CNAME is followed. Raises DNSException."""
        try:
            found = self._resolver.resolve(name, "TXT")
        except _NOBODY:
            return []
        return [b"".join(each.strings).decode(errors="replace") for each in found]

    def has(self, name: str, kind: str) -> list[str]:
        """Records of a kind as text; raises as `texts`."""
        try:
            return [each.to_text() for each in self._resolver.resolve(name, kind)]
        except _NOBODY:
            return []


def look_at_domain(
    names: Names, domain: str, env: Environment, providers: Set[ProviderName]
) -> Iterator[Finding]:
    """SPF, DKIM and DMARC of a domain from which we write. `providers`: who sends for it."""
    where = f"dns {domain}"
    try:
        yield _spf(where, names.texts(domain), providers)
        yield _dmarc(where, names, domain)
        yield _dkim(where, names, domain, env.dkim_selectors or _selectors(providers))
    except dns.exception.DNSException as error:
        yield _no_answer(where, error)


def look_at_inbound(names: Names, domain: str) -> Finding:
    """Whether mails to the domain of answers arrive anywhere."""
    where = f"dns {domain}"
    try:
        servers = names.has(domain, "MX")
    except dns.exception.DNSException as error:
        return _no_answer(where, error)
    if servers and not all(each.endswith(" .") for each in servers):
        return Finding(where, Verdict.GOOD, f"Mails to it go to {', '.join(sorted(servers))}.")
    return Finding(
        where,
        Verdict.BAD,
        "It has no MX, so answers and stops by mail are lost.",
        "Add an MX: `10 mx.sendgrid.net.` for Inbound Parse, or the server of your mailbox.",
    )


def _spf(where: str, texts: Sequence[str], providers: Set[ProviderName]) -> Finding:
    found = [each for each in texts if each.casefold().split(" ")[0] == "v=spf1"]
    if not found:
        return Finding(
            where,
            Verdict.BAD,
            "It has no SPF.",
            f"Add a TXT record, for instance `v=spf1 {_allowed(providers)} -all` (who runs the "
            "mail server says what belongs there).",
        )
    if len(found) > 1:
        return Finding(
            where, Verdict.BAD, f"It has {len(found)} SPF records: none counts.", "Merge them."
        )
    if "+all" in found[0].split() or found[0].split()[-1].casefold() == "all":
        return Finding(
            where,
            Verdict.BAD,
            "Its SPF allows everybody to write in its name.",
            "End it with -all.",
        )
    return Finding(where, Verdict.GOOD, "SPF is there.")


def _allowed(providers: Set[ProviderName]) -> str:
    """Of a mail server of one's own: itself, where it also takes mail in."""
    known = [words for name, words in _INCLUDES.items() if name in providers]
    own = ["mx"] if providers - {*_INCLUDES} else []
    return " ".join([*own, *known]) or "mx"


def _selectors(providers: Set[ProviderName]) -> Sequence[str]:
    return _SENDGRID_SELECTORS if ProviderName.SENDGRID in providers else ()


def _dmarc(where: str, names: Names, domain: str) -> Finding:
    """The domain's own record, else that of the domain above it."""
    for name in (domain, domain.partition(".")[2]):
        if "." not in name:
            break
        found = [t for t in names.texts(f"_dmarc.{name}") if t.casefold().startswith("v=dmarc1")]
        if len(found) == 1:
            return _policy(where, found[0])
    return Finding(
        where,
        Verdict.BAD,
        "It has no DMARC, which Gmail and Yahoo ask of bulk senders.",
        f"Add a TXT record at _dmarc.{domain}, at first `v=DMARC1; p=none; rua=mailto:…`.",
    )


def _policy(where: str, record: str) -> Finding:
    parts = _tags(record.casefold())
    policy = parts.get("p", "")
    if policy in {"quarantine", "reject"}:
        return Finding(where, Verdict.GOOD, f"DMARC is there, policy {policy}.")
    if policy == "none":
        return Finding(
            where,
            Verdict.LOOK,
            "DMARC is there, and only watches (p=none): others may forge the domain.",
            "When its reports are clean, choose p=quarantine, later p=reject.",
        )
    return Finding(where, Verdict.BAD, "Its DMARC has no policy.", "Write p=none at least.")


def _dkim(where: str, names: Names, domain: str, selectors: Sequence[str]) -> Finding:
    if not selectors:
        return Finding(
            where,
            Verdict.LOOK,
            "Whether it has a DKIM key cannot be seen: the name of the key is not known.",
            "Ask who runs the mail server for the DKIM selector; name it in "
            "OUTREACH_DKIM_SELECTORS.",
        )
    there = [each for each in selectors if _has_key(names.texts(f"{each}._domainkey.{domain}"))]
    if there:
        return Finding(where, Verdict.GOOD, f"DKIM keys: {', '.join(there)}.")
    tried = ", ".join(selectors)
    return Finding(
        where,
        Verdict.BAD,
        f"No DKIM key was found (tried: {tried}).",
        "Have the domain signed for where your mails are sent (SendGrid: Sender Authentication) "
        "and enter the records; name other selectors in OUTREACH_DKIM_SELECTORS.",
    )


def _has_key(texts: Sequence[str]) -> bool:
    """An empty p= is a key that was taken back."""
    return any(_tags(text).get("p") for text in texts)


def _tags(record: str) -> dict[str, str]:
    """`v=DMARC1; p=none` -> {"v": "DMARC1", "p": "none"}."""
    pairs = (part.partition("=") for part in record.replace(" ", "").split(";"))
    return {name: value for name, _, value in pairs if name}


def _no_answer(where: str, error: Exception) -> Finding:
    return Finding(
        where,
        Verdict.LOOK,
        f"The DNS does not answer ({type(error).__name__}).",
        "Try again, or name a server that does: OUTREACH_DNS_SERVER.",
    )
