"""How alerts go, by channel: whether the last one went, and what to do where it did not.

Looks at what the notices of alerts and test alerts say. Refuses to send, and to guess: without a
notice or an answer there was no alert.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from outreach.core.channels import Channel
from outreach.core.errors import Refusal
from outreach.core.phones import country_of_number
from outreach.delivery.history import why_words
from outreach.delivery.rules import REASON_WORDS
from outreach.notices.models import Notice, NoticeEvent, NoticeState
from outreach.organisation.models import AlertTest, Sender
from outreach.organisation.readiness import contact_roles
from outreach.organisation.senders import sender_for
from outreach.replies.alerts import key_of_test
from outreach.replies.models import CaseAlert

# A test that no notice carried by this channel says nothing about it; so many are looked through.
_NEWEST_TESTS = 20


class Way(StrEnum):
    """How far the last alert by a channel got."""

    NO_SENDER = "no_sender"
    NEVER = "never"
    UNDER_WAY = "under_way"
    TAKEN = "taken"
    ARRIVED = "arrived"
    UNKNOWN = "unknown"
    FAILED = "failed"


WAY_WORDS: Mapping[Way, str] = {
    Way.NO_SENDER: "No sender reaches everybody who is to be alerted.",
    Way.NEVER: "No alert was ever sent.",
    Way.UNDER_WAY: "The last alert has not gone yet.",
    Way.TAKEN: "The provider took the last alert; no word yet whether it arrived.",
    Way.ARRIVED: "The last alert arrived.",
    Way.UNKNOWN: "Nobody knows whether the last alert went.",
    Way.FAILED: "The last alert did not go.",
}
WAY_REMEDIES: Mapping[Way, str] = {
    Way.NO_SENDER: "Add one in the terminal: outreach sender add --help.",
    Way.NEVER: "Send a test alert: on the page Alerts, or outreach readiness test EMAIL.",
    Way.UNDER_WAY: "Wait a minute; then ask in the terminal why: outreach doctor.",
    Way.TAKEN: "",
    Way.ARRIVED: "",
    Way.UNKNOWN: "Ask who it was for, and send a test alert.",
    Way.FAILED: "Mend that first (in the terminal: outreach doctor), then send a test alert.",
}
NONE_IN_USE = "None is in use."
WITHOUT_ONE = "Without one: {0}."  # countries
_NOBODY_TOOK_IT = "Nobody took it on in time: does the process worker-control run?"
OUR_REASONS: Mapping[str, str] = {
    "mode": "The mode of this installation forbids it.",
    "restored": "The database was put back before it was known.",
    "not called": "Its turn did not come in time, so we did not call.",
    "worker lost": "The process that sent it is gone.",
    "no phone number": "There was no phone number.",
    "no sender for this channel and country": "There was no sender for this country.",
    "the text could not be written": "Its text could not be written.",
    "": _NOBODY_TOOK_IT,
}
_WAYS: Mapping[str, Way] = {
    NoticeState.PENDING: Way.UNDER_WAY,
    NoticeState.SENDING: Way.UNDER_WAY,
    NoticeState.ACCEPTED: Way.TAKEN,
    NoticeState.DELIVERED: Way.ARRIVED,
    NoticeState.UNKNOWN: Way.UNKNOWN,
}
_KINDS = frozenset(
    value for name, value in vars(Refusal).items() if name.isupper() and isinstance(value, str)
)


@dataclass(frozen=True)
class AlertWay:
    """`at`: of the last alert, aware UTC. `why`: a sentence, "" where there is nothing to say."""

    channel: Channel
    way: Way
    at: datetime | None = None
    why: str = ""

    @property
    def words(self) -> str:
        return WAY_WORDS[self.way]

    @property
    def remedy(self) -> str:
        return WAY_REMEDIES[self.way]


def alert_ways() -> list[AlertWay]:
    """Of each channel; calls for help and test alerts are looked at alike."""
    return [_now(channel) for channel in Channel]


def _now(channel: Channel) -> AlertWay:
    missing = _without_sender(channel)
    if missing is not None:
        return AlertWay(channel, Way.NO_SENDER, why=missing)
    tried = [each for each in (_last_test(channel), _last_call(channel)) if each is not None]
    return max(tried, key=_moment, default=AlertWay(channel, Way.NEVER))


def _moment(way: AlertWay) -> datetime:
    if way.at is None:
        raise ValueError("an alert that was tried has its moment")
    return way.at


def _without_sender(channel: Channel) -> str | None:
    """Who is not reached: a sentence; None where everybody is."""
    in_use = Sender.objects.filter(channel=channel, is_active=True).exists()
    if channel is Channel.EMAIL or not in_use:
        return None if in_use else NONE_IN_USE
    phones = set(contact_roles().values_list("staff__phone", flat=True)) - {""}
    countries = sorted({country_of_number(phone) for phone in phones})
    missing = [country for country in countries if sender_for(channel, country) is None]
    return WITHOUT_ONE.format(", ".join(missing)) if missing else None


def _last_test(channel: Channel) -> AlertWay | None:
    for test in AlertTest.objects.order_by("-pk")[:_NEWEST_TESTS]:
        if test.acknowledged_at is not None and test.acknowledged_by == channel:
            return AlertWay(channel, Way.ARRIVED, test.acknowledged_at)
        key = key_of_test(test, channel)
        if notice := Notice.objects.filter(dedupe_key=key).select_related("sender").first():
            return _of_notice(channel, notice, test.sent_at)
    return None


def _last_call(channel: Channel) -> AlertWay | None:
    tried = CaseAlert.objects.filter(channel=channel).select_related("notice__sender")
    alert = tried.order_by("-pk").first()
    if alert is None:
        return None
    if alert.notice is None:
        return AlertWay(channel, Way.FAILED, alert.at, OUR_REASONS.get(alert.problem, ""))
    return _of_notice(channel, alert.notice, alert.at)


def _of_notice(channel: Channel, notice: Notice, at: datetime) -> AlertWay:
    way = _WAYS.get(notice.state, Way.FAILED)
    if way in {Way.TAKEN, Way.ARRIVED}:
        return AlertWay(channel, way, at)
    why = _last_answer(notice) if notice.state == NoticeState.EXPIRED else notice.reason
    if not why and way is not Way.FAILED:
        return AlertWay(channel, way, at)
    return AlertWay(channel, way, at, _words(notice, why))


def _last_answer(notice: Notice) -> str:
    """What the provider said when it was last tried; "" when nobody tried."""
    back = NoticeEvent.objects.filter(
        notice=notice, from_state=NoticeState.SENDING, to_state=NoticeState.PENDING
    )
    return back.order_by("-pk").values_list("detail", flat=True).first() or ""


def _words(notice: Notice, reason: str) -> str:
    ours = OUR_REASONS.get(reason) or REASON_WORDS.get(reason)
    if ours:
        return ours
    kind, _, code = reason.partition(" ")
    provider = notice.sender.provider if notice.sender else ""
    return why_words(provider, code if kind in _KINDS and code else reason)
