"""The words and tones in which pages speak of states.

Owns how a state is said and shown; what a state means stands in its own room. A tone
is never shown by colour alone: each has its own mark beside the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext, gettext_noop

from outreach.campaigns.models import LaunchState, StepRunState
from outreach.delivery.history import why_words
from outreach.delivery.models import DeliveryState
from outreach.delivery.rules import REASON_WORDS
from outreach.notices.models import Notice, NoticeState
from outreach.organisation.members import MemberState
from outreach.web.sentences import sentence


class Tone(StrEnum):
    """How a state feels; the style sheet gives each a colour, the page a mark."""

    CALM = "calm"  # nothing to do yet
    ASK = "ask"  # somebody has to decide
    GO = "go"  # under way
    GOOD = "good"  # done as hoped
    HALT = "halt"  # held on purpose
    BAD = "bad"  # did not work


MARKS: Mapping[Tone, str] = {
    Tone.CALM: "○",
    Tone.ASK: "?",
    Tone.GO: "▸",
    Tone.GOOD: "✓",
    Tone.HALT: "Ⅱ",
    Tone.BAD: "✕",
}


@dataclass(frozen=True)
class Badge:
    """A state as a page shows it."""

    words: str
    tone: Tone

    @property
    def mark(self) -> str:
        return MARKS[self.tone]


_LAUNCH_TONES: Mapping[str, Tone] = {
    LaunchState.DRAFT: Tone.CALM,
    LaunchState.IN_REVIEW: Tone.ASK,
    LaunchState.APPROVED: Tone.CALM,
    LaunchState.SCHEDULED: Tone.CALM,
    LaunchState.RUNNING: Tone.GO,
    LaunchState.PAUSED: Tone.HALT,
    LaunchState.FINISHED: Tone.GOOD,
    LaunchState.CANCELLED: Tone.BAD,
}
_LAUNCH_WORDS: Mapping[str, str] = {LaunchState.APPROVED: gettext_noop("Approved, not started")}

_STEP_TONES: Mapping[str, Tone] = {
    StepRunState.WAITING: Tone.CALM,
    StepRunState.PLANNED: Tone.CALM,
    StepRunState.FINISHED: Tone.GOOD,
}

_MEMBER_BADGES: Mapping[MemberState, tuple[str, Tone]] = {
    MemberState.OPEN: (gettext_noop("Open"), Tone.GOOD),
    MemberState.INVITED: (gettext_noop("Invited"), Tone.ASK),
    MemberState.INVITATION_OVER: (gettext_noop("Invitation too old"), Tone.HALT),
    MemberState.CLOSED: (gettext_noop("Closed"), Tone.BAD),
}

# In the order in which a message passes through them; the page keeps this order.
STATE_ORDER: tuple[DeliveryState, ...] = (
    DeliveryState.DELIVERED,
    DeliveryState.ACCEPTED,
    DeliveryState.SENDING,
    DeliveryState.UNKNOWN,
    DeliveryState.PENDING,
    DeliveryState.BOUNCED,
    DeliveryState.FAILED,
    DeliveryState.EXPIRED,
    DeliveryState.CANCELLED,
    DeliveryState.SKIPPED,
)
_STATE_MEANING: Mapping[str, str] = {
    DeliveryState.DELIVERED: gettext_noop("The provider says it arrived."),
    DeliveryState.ACCEPTED: gettext_noop("The provider took it; no word yet whether it arrived."),
    DeliveryState.SENDING: gettext_noop("With the provider at this moment."),
    DeliveryState.UNKNOWN: gettext_noop(
        "We asked the provider and got no answer. It is never sent again by itself."
    ),
    DeliveryState.PENDING: gettext_noop("Goes out when its window opens."),
    DeliveryState.BOUNCED: gettext_noop("Came back: the address does not work."),
    DeliveryState.FAILED: gettext_noop("The provider refused it or could not deliver it."),
    DeliveryState.EXPIRED: gettext_noop("It could not go out while it was still worth reading."),
    DeliveryState.CANCELLED: gettext_noop("The send was cancelled first."),
    DeliveryState.SKIPPED: gettext_noop("Left out on purpose; the reasons are below."),
}


def launch_badge(state: str) -> Badge:
    """How a launch stands."""
    words = _LAUNCH_WORDS.get(state) or LaunchState(state).label
    return Badge(gettext(words), _LAUNCH_TONES[state])


def step_badge(state: str) -> Badge:
    """How one step run stands."""
    return Badge(gettext(StepRunState(state).label), _STEP_TONES[state])


def member_badge(state: MemberState) -> Badge:
    """How the account of a member of staff stands."""
    words, tone = _MEMBER_BADGES[state]
    return Badge(gettext(words), tone)


def state_words(state: str) -> str:
    """One word or two for the state of a message."""
    return gettext(DeliveryState(state).label)


def state_meaning(state: str) -> str:
    """One sentence for the state of a message."""
    return gettext(_STATE_MEANING[state])


def reason_words(reason: str) -> str:
    """Why somebody was left out; a reason without words of its own is shown as it is."""
    words = REASON_WORDS.get(reason)
    return gettext(words) if words else reason.replace("_", " ").capitalize()


def notice_reason(notice: Notice) -> str:
    """Why a single message did not go, as a sentence."""
    if notice.state == NoticeState.SKIPPED:
        return reason_words(notice.reason)
    provider = notice.sender.provider if notice.sender else ""
    return sentence(why_words(provider, notice.reason))
