"""What stands elsewhere: the DNS of our mail domains, the providers' consoles."""

from __future__ import annotations

from collections.abc import Iterator

from outreach.config.environment import Mode, environment
from outreach.operations.doctor.finding import Finding, Verdict
from outreach.operations.doctor.mail_dns import Names, look_at_domain, look_at_inbound
from outreach.operations.provider_setup import look
from outreach.organisation.models import Channel, Sender
from outreach.providers.port import ProviderName
from outreach.providers.registry import SETUP


def mail_names() -> Iterator[Finding]:
    env = environment()
    if env.mode is Mode.DEMO and not env.dns_server:
        yield Finding("dns", Verdict.SKIPPED, "Mode demo sends no mail.")
        return
    names = Names(env.dns_server)
    mails = Sender.objects.filter(channel=Channel.EMAIL, is_active=True)
    domains: dict[str, set[ProviderName]] = {}
    for identity, provider in mails.values_list("identity", "provider"):
        domains.setdefault(identity.partition("@")[2], set()).add(ProviderName(provider))
    for domain, senders in sorted(domains.items()):
        yield from look_at_domain(names, domain, env, senders)
    if env.inbound_domain:
        yield look_at_inbound(names, env.inbound_domain)


def providers() -> Iterator[Finding]:
    used = set(Sender.objects.filter(is_active=True).values_list("provider", flat=True).distinct())
    for name in SETUP:
        if name.value in used:
            yield from _provider(name)


def _provider(name: ProviderName) -> Iterator[Finding]:
    what = f"provider {name.value}"
    found = look(name)
    verdict = Verdict.GOOD if found.state.is_good else Verdict.BAD
    if found.state.is_good and environment().mode is Mode.DEMO:
        words = "The sandbox on this machine stands in for it: nothing to set."
        yield Finding(what, Verdict.GOOD, words)
        return
    yield Finding(what, verdict, found.state.words, found.state.remedy)
    mend = f"Run: outreach providers setup {name.value} --set"
    for hook in found.hooks:
        if not hook.is_right:
            words = f"The webhook for {hook.name} is {hook.current or 'not set'}."
            yield Finding(what, Verdict.BAD, words, hook.by_hand or mend)
    if found.signing is not None and not found.signing.is_good:
        yield Finding(what, Verdict.BAD, found.signing.words, found.signing.remedy)
