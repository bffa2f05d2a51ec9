"""Who may be reached at all (promise 13).

Owns the rules of the three modes: demo reaches only servers on this machine, trial only
verified staff, live everybody once the checks are green. Refuses to send and to count.
"""

from __future__ import annotations

from outreach.config.environment import Environment, Mode, environment
from outreach.core.channels import Channel
from outreach.core.errors import NotAllowed, Problem
from outreach.organisation.models import Organisation, Sender, Staff
from outreach.organisation.readiness import has_duty_contact
from outreach.providers.port import ProviderName
from outreach.providers.transport import is_loopback

LIVE_SENTENCE = "send to real people"
TRIAL = "trial"
_SETTINGS = {
    ProviderName.TWILIO: "OUTREACH_TWILIO_BASE_URL",
    ProviderName.SENDGRID: "OUTREACH_SENDGRID_BASE_URL",
    ProviderName.SMTP: "OUTREACH_SMTP_URL",
    ProviderName.VONAGE: "OUTREACH_VONAGE_BASE_URL",
    ProviderName.SES: "OUTREACH_SES_BASE_URL",
}


def check_mode() -> list[Problem]:
    """What forbids sending now; empty when the mode's checks are green.

    Called at start-up and before every send. Reads one row in mode live, none otherwise.
    """
    env = environment()
    if env.mode is Mode.DEMO:
        found = (demo_problem(env, name) for name in ProviderName)
        return [problem for problem in found if problem is not None]
    return _live_problems(env) if env.mode is Mode.LIVE else []


def require_mode(name: ProviderName) -> None:
    """Raises NotAllowed when the mode forbids to use this provider now."""
    env = environment()
    found = [demo_problem(env, name)] if env.mode is Mode.DEMO else check_mode()
    for problem in found:
        if problem is not None:
            raise NotAllowed(problem.message, where=problem.where, remedy=problem.remedy)


def may_reach(channel: Channel, address: str) -> str | None:
    """None when the mode allows this address, else the reason for the ledger ("trial").

    `address`: E.164, or a mail address in any case. In trial only addresses that active
    staff have proved to be theirs.
    """
    if environment().mode is not Mode.TRIAL:
        return None
    staff = Staff.objects.filter(is_active=True)
    if channel == Channel.SMS:
        known = staff.filter(phone=address, phone_verified_at__isnull=False)
    else:
        known = staff.filter(email=address.casefold(), email_verified_at__isnull=False)
    return None if known.exists() else TRIAL


def demo_problem(env: Environment, name: ProviderName) -> Problem | None:
    """Why mode demo refuses this provider; None when it is not set up, or on this machine."""
    url = _base_urls(env)[name]
    if not url or is_loopback(url):
        return None
    return Problem(
        "demo-not-loopback",
        f"Mode demo sends only to a sandbox on this machine, and {_SETTINGS[name]} is elsewhere.",
        where=_SETTINGS[name],
        remedy="Point it at http://127.0.0.1:…, or choose OUTREACH_MODE=trial.",
    )


def _base_urls(env: Environment) -> dict[ProviderName, str]:
    """Where each provider that is set up would be called; "" for one that is not."""
    return {
        ProviderName.TWILIO: env.twilio_base_url if env.twilio_account_sid else "",
        ProviderName.SENDGRID: env.sendgrid_base_url if env.sendgrid_api_key else "",
        ProviderName.SMTP: env.smtp_url,
        ProviderName.VONAGE: env.vonage_base_url if env.vonage_api_key else "",
        ProviderName.SES: (env.ses_base_url or "https://amazonaws.com")
        if env.ses_access_key_id
        else "",
    }


def _live_problems(env: Environment) -> list[Problem]:
    organisation = Organisation.objects.filter(pk=1).first()
    problems: list[Problem] = []
    if env.live_confirmed != LIVE_SENTENCE:
        problems.append(
            Problem(
                "live-not-confirmed",
                "Mode live has not been confirmed.",
                where="OUTREACH_LIVE_CONFIRMED",
                remedy=f"Set it to: {LIVE_SENTENCE}",
            )
        )
    if not has_duty_contact():
        problems.append(
            Problem(
                "no-duty-contact",
                "There is no duty contact who acknowledged a test alert.",
                remedy="Give somebody the role duty_contact, then: outreach readiness test EMAIL.",
            )
        )
    if organisation is None or organisation.caps_confirmed_at is None:
        problems.append(
            Problem(
                "caps-not-confirmed",
                "Nobody has confirmed how much may be spent.",
                remedy="Confirm the spending caps in the organisation's settings.",
            )
        )
    return problems + _ways_back(env)


def _ways_back(env: Environment) -> list[Problem]:
    """What is missing to hear the people we write to: nobody is written to who cannot answer."""
    used = Sender.objects.filter(is_active=True).values_list("channel", "provider").distinct()
    return [
        problem
        for channel, provider in sorted(used)
        if (problem := _deaf(env, channel, provider)) is not None
    ]


def _deaf(env: Environment, channel: str, provider: str) -> Problem | None:
    if is_loopback(env.webhook_url) and (channel, provider) != (Channel.EMAIL, ProviderName.SMTP):
        return Problem(
            "no-way-back",
            f"{provider.title()} cannot reach our webhooks, so a stop by {channel} is not heard.",
            where="OUTREACH_WEBHOOK_URL",
            remedy="Set it to the public address of the webhooks.",
        )
    if channel == Channel.EMAIL and not env.inbound_domain:
        return Problem(
            "no-way-back",
            "Nobody reads answers by mail, so a stop by mail is not heard.",
            where="OUTREACH_INBOUND_DOMAIN",
            remedy="Set the mail domain of answers, and how they reach us (docs/opting-out.md).",
        )
    missing = _missing_way(env, provider)
    if missing is None:
        return None
    return Problem(
        "no-way-back",
        "Answers, bounces or complaints by mail do not reach us."
        if channel == Channel.EMAIL
        else "What comes from the provider of texts is not believed, so a stop is not heard.",
        where=missing,
        remedy="Set it up as docs/opting-out.md says.",
    )


def _missing_way(env: Environment, provider: str) -> str | None:
    """The setting without which what comes back from this provider reaches nobody."""
    if provider == ProviderName.TWILIO:
        return None  # it signs with the auth token, without which nothing is sent either
    if provider == ProviderName.VONAGE:
        return None if env.vonage_signature_secrets else "OUTREACH_VONAGE_SIGNATURE_SECRETS"
    if provider == ProviderName.SMTP:
        return None if env.imap_url or env.inbound_secret else "OUTREACH_IMAP_URL"
    if not (env.inbound_secret or env.imap_url):
        return "OUTREACH_INBOUND_SECRET"
    if provider == ProviderName.SES:
        return None if env.ses_topic_arns else "OUTREACH_SES_TOPIC_ARNS"
    return None if env.sendgrid_webhook_public_keys else "OUTREACH_SENDGRID_WEBHOOK_PUBLIC_KEYS"
