"""Whether the mail server lets us in: tried without a message."""

from __future__ import annotations

from collections.abc import Iterator

from outreach.config.environment import Mode, environment
from outreach.core.errors import ProviderBusy, ProviderRefused
from outreach.operations.doctor.finding import Finding, Verdict
from outreach.organisation import lanes
from outreach.organisation.models import Channel, Sender
from outreach.providers.port import ProviderName
from outreach.providers.registry import words_of_code
from outreach.providers.smtp.account import SmtpAccount, SmtpTls
from outreach.providers.smtp.knocking import knock

_WHAT = "mail server"
_SETTING = "OUTREACH_SMTP_URL (in secrets/smtp_url, where `outreach setup` wrote it)"
_HOW = {
    SmtpTls.NONE: "without encryption, on this machine",
    SmtpTls.STARTTLS: "over STARTTLS",
    SmtpTls.TLS: "over TLS",
}


def lets_us_in() -> Iterator[Finding]:
    """Nothing is said where no mail goes by SMTP; in mode demo nobody is called."""
    used = Sender.objects.filter(
        channel=Channel.EMAIL, provider=ProviderName.SMTP.value, is_active=True
    ).exists()
    if environment().mode is Mode.DEMO:
        if used:
            yield Finding(_WHAT, Verdict.SKIPPED, "Not tried: mode demo sends no mail by SMTP.")
        return
    account = lanes.mail_server()
    if account is not None:
        yield _tried(account, Verdict.BAD if used else Verdict.LOOK)
    elif used:
        words = "Mails of a sender in use go by SMTP, and no mail server is set: none can go."
        yield Finding(_WHAT, Verdict.BAD, words, f"Set {_SETTING}.")


def _tried(account: SmtpAccount, worst: Verdict) -> Finding:
    """`worst`: LOOK where no sender in use depends on it."""
    where = f"{account.host}:{account.port}"
    try:
        lanes.run_async(knock(account))
    except (ProviderBusy, ProviderRefused) as error:
        why = words_of_code(ProviderName.SMTP, error.provider_code) or error.message
        words = f"{where}: {why}{_heard(error)}"
        remedy = f"Correct {_SETTING}, restart the processes, then: outreach doctor."
        return Finding(_WHAT, worst, words, remedy)
    signed_in = f", signed in as {account.username}" if account.username else ""
    words = f"{where} lets us in {_HOW[account.tls]}{signed_in}; no mail was sent."
    return Finding(_WHAT, Verdict.GOOD, words)


def _heard(error: ProviderBusy | ProviderRefused) -> str:
    """What was seen on the way there, or the server's code."""
    cause = error.__cause__
    seen = str(cause) if isinstance(cause, OSError) else error.provider_code
    return f" ({seen})" if seen else ""
