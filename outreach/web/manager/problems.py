"""What is wrong with a send, each in words, with what helps and where.

Owns the words. Reads counters, counts and a handful of rows, never the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop, ngettext

from outreach.campaigns.models import Launch, LaunchState
from outreach.core.clock import now
from outreach.delivery.failures import HOPELESS, TO_MEND
from outreach.delivery.history import why_words
from outreach.delivery.models import Batch, DeliveryState, HealthState
from outreach.delivery.queries import LaunchProgress
from outreach.delivery.rules import Reason
from outreach.organisation.models import Sender
from outreach.organisation.permissions import Right
from outreach.organisation.standstill import standstill
from outreach.providers.registry import kind_of_code
from outreach.reports.live import live_groups
from outreach.reports.models import LiveDimension
from outreach.web.access import Viewer
from outreach.web.templatetags.shown import thousands
from outreach.web.words import Tone

_MOST_CAUSES = 3


@dataclass(frozen=True)
class Trouble:
    """`what`: in our words, `why`: in a provider's or a colleague's; `remedy`: what helps.

    `address`, `link`: the page where it is mended, "" for none.
    """

    tone: Tone
    what: str
    remedy: str
    why: str = ""
    address: str = ""
    link: str = ""


def problems_of(launch: Launch, progress: LaunchProgress, viewer: Viewer) -> list[Trouble]:
    """The gravest first; [] when all is well."""
    may_manage = viewer.rights.has(Right.MANAGE_LAUNCHES)
    is_open = launch.state in {LaunchState.RUNNING, LaunchState.PAUSED}
    found = [*(_standstill() if is_open else ()), *(_senders(launch, viewer) if is_open else ())]
    found += _standing(launch, progress)
    found += _failed(launch, progress, may_retry=may_manage and is_open)
    found += _late(progress)
    return found


def _standstill() -> Iterator[Trouble]:
    found = standstill()
    if found is not None:
        yield Trouble(
            Tone.BAD,
            gettext("Nothing goes out at all: this installation stands still."),
            gettext("Whoever runs the machine ends it, once what they look into is settled."),
        )


def _senders(launch: Launch, viewer: Viewer) -> Iterator[Trouble]:
    """Those that write what still waits of it, and cannot."""
    open_batches = Batch.objects.filter(step_run__launch=launch, is_done=False)
    is_broken = Q(health__state=HealthState.TRIPPED) | Q(health__forced=HealthState.TRIPPED)
    troubled = Sender.objects.filter(pk__in=open_batches.values("sender")).filter(
        is_broken | Q(paused_until__gt=Now()) | Q(is_active=False)
    )
    may_change = viewer.rights.has(Right.MANAGE_SENDERS)
    for sender in troubled.select_related("health", "stand_in").order_by("pk"):
        yield _sender(sender, may_change=may_change)


def _sender(sender: Sender, *, may_change: bool) -> Trouble:
    if not sender.is_active:
        return Trouble(
            Tone.BAD,
            gettext("{identity} is out of use.").format(identity=sender.identity),
            gettext("Bring it into use again, or let the send go on with another version."),
        )
    health = getattr(sender, "health", None)
    if health is not None and HealthState.TRIPPED in {health.state, health.forced}:
        helps = (
            gettext("{identity} writes in its place meanwhile.").format(
                identity=sender.stand_in.identity
            )
            if sender.stand_in
            else gettext("It is tried again by itself. A stand-in would write meanwhile.")
        )
        return Trouble(
            Tone.BAD,
            gettext("{identity} does not work at the moment.").format(identity=sender.identity),
            helps,
            health.forced_why or health.why,
            reverse("sender-health"),
            gettext("Do the senders work?"),
        )
    return Trouble(
        Tone.HALT,
        gettext("The provider asked {identity} to wait.").format(identity=sender.identity),
        gettext("It goes on by itself when that time is over."),
        sender.paused_why,
        reverse("senders") if may_change else "",
        gettext("Senders") if may_change else "",
    )


def _standing(launch: Launch, progress: LaunchProgress) -> Iterator[Trouble]:
    """Its hours are open, messages wait, and none goes out."""
    waiting = progress.count(DeliveryState.PENDING)
    if launch.state != LaunchState.RUNNING or not waiting:
        return
    is_moving = progress.rate_per_minute or progress.count(DeliveryState.SENDING)
    if not is_moving and _hours_are_open(launch):
        yield Trouble(
            Tone.ASK,
            gettext("Its hours are open, and nothing has gone out for three minutes."),
            gettext(
                "Some of it may wait for another time zone, for another send, or for a school that "
                "is stopped. If not, whoever runs the machine looks whether the workers run "
                "(outreach doctor)."
            ),
        )


def _hours_are_open(launch: Launch) -> bool:
    """Of something that waits: between two days of one step it is night."""
    return Batch.objects.filter(
        step_run__launch=launch, is_done=False, opens_at__lte=now(), closes_at__gt=now()
    ).exists()


def _failed(launch: Launch, progress: LaunchProgress, *, may_retry: bool) -> Iterator[Trouble]:
    """Why messages failed, by the last count; without one, only how many."""
    failed = progress.count(DeliveryState.FAILED)
    bounced = progress.count(DeliveryState.BOUNCED)
    if not failed + bounced:
        return
    causes = [
        (sum(group.by_state.values()), group.key)
        for group in live_groups(launch, LiveDimension.CAUSE).groups
    ]
    retry = reverse("launch-retry", args=[launch.uuid]) if may_retry and failed else ""
    button = gettext("Send the failed again") if retry else ""
    if not causes:
        yield Trouble(Tone.BAD, _number(failed + bounced), "", "", retry, button)
    for number, cause in sorted(causes, reverse=True)[:_MOST_CAUSES]:
        provider, _, reason = cause.partition(":")
        remedy = _remedy(kind_of_code(provider, reason))
        yield Trouble(Tone.BAD, _number(number), remedy, why_words(provider, reason), retry, button)
        retry = button = ""  # one button is enough


def _number(number: int) -> str:
    words = ngettext("%(number)s message failed.", "%(number)s messages failed.", number)
    return words % {"number": thousands(number)}


def _remedy(kind: str) -> str:
    if kind in HOPELESS:
        return gettext("The address takes no messages. The school can ask for another.")
    if kind in TO_MEND:
        return gettext("Mend it at the provider, or in the text; then send them again.")
    return gettext("It may pass. What is still worth trying is tried again by itself.")


def _late(progress: LaunchProgress) -> Iterator[Trouble]:
    number = progress.count(DeliveryState.EXPIRED)
    if number:
        words = ngettext(
            "%(number)s message was too late to be sent.",
            "%(number)s messages were too late to be sent.",
            number,
        )
        yield Trouble(
            Tone.HALT,
            words % {"number": thousands(number)},
            gettext(
                "Longer hours, a higher rate of the senders, or a step that is worth reading for "
                "longer would let them through the next time."
            ),
        )


# What helps where people were left out; nothing stands for what is as it should be.
_REASON_REMEDIES: Mapping[str, str] = {
    Reason.NO_ADDRESS: gettext_noop("The school can add one to its list."),
    Reason.NOT_TEXTABLE: gettext_noop("The school can ask for a mobile number."),
    Reason.NO_SENDER: gettext_noop("Add a sender for that country and channel."),
    Reason.NO_PRICE: gettext_noop("Set the price of texts to that country."),
    Reason.NO_CONSENT: gettext_noop("The school can ask them; nobody else may decide it."),
    Reason.HELD: gettext_noop("Decide about their replies, on the page Replies."),
    Reason.TRIAL: gettext_noop("Go live when everything is ready."),
    Reason.NOT_READY: gettext_noop("Send their contact a test alert, on the page Alerts."),
    Reason.NOT_BRIEFED: gettext_noop("Give the school a contact, and the brief more time."),
    Reason.MISSING_VALUE: gettext_noop("Fill in the value, or take it out of the text."),
    Reason.TOO_LATE: gettext_noop("Longer hours would let them through the next time."),
}


def remedies(reasons: Iterable[str]) -> dict[str, str]:
    """Reason -> what helps, "" where it is as it should be."""
    return {
        reason: gettext(words) if (words := _REASON_REMEDIES.get(reason)) else ""
        for reason in reasons
    }
