"""The audit log in words: what was done, by whom if by nobody, and what its details say.

Owns how an entry is said on a page. The log itself keeps its codes, which stay the same for good;
an entry whose code has no words here is shown by its code, never left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from django.utils.translation import gettext, gettext_noop

from outreach.core.channels import Channel
from outreach.organisation.models import ConsentBasis, Role
from outreach.outbound.models import HookEvent
from outreach.web.sentences import sentence

# By the part of the code before its dot, in the order in which people look for them.
GROUPS: Mapping[str, str] = {
    "launch": gettext_noop("Sends"),
    "campaign": gettext_noop("Campaigns"),
    "school": gettext_noop("Schools"),
    "roster": gettext_noop("Lists of parents"),
    "case": gettext_noop("Replies"),
    "hold": gettext_noop("Holds"),
    "opt-out": gettext_noop("Stops"),
    "sign-ups": gettext_noop("Sign-ups"),
    "person": gettext_noop("People"),
    "address": gettext_noop("Addresses"),
    "staff": gettext_noop("Staff"),
    "readiness": gettext_noop("Alerts"),
    "sender": gettext_noop("Senders"),
    "account": gettext_noop("Accounts at providers"),
    "provider": gettext_noop("Providers"),
    "price": gettext_noop("Prices"),
    "organisation": gettext_noop("Settings"),
    "calendar": gettext_noop("Days"),
    "hook": gettext_noop("Other systems"),
    "api-key": gettext_noop("Keys of the API"),
    "audit": gettext_noop("Audit log"),
    "standstill": gettext_noop("Standstill"),
}
ACTIONS: Mapping[str, str] = {
    "account.limits": gettext_noop("Limits of an account at a provider set"),
    "address.erased": gettext_noop("Everything about an address erased, as its owner asked"),
    "address.forgotten": gettext_noop("Address of nobody any more deleted"),
    "address.merged": gettext_noop("Two records of one address made one"),
    "api-key.created": gettext_noop("Key of the API made"),
    "api-key.revoked": gettext_noop("Key of the API withdrawn"),
    "audit.exported": gettext_noop("Audit log taken along as a file"),
    "calendar.entered": gettext_noop("Days entered"),
    "calendar.forgotten": gettext_noop("Days taken out"),
    "campaign.import": gettext_noop("Version of a campaign brought in"),
    "campaign.test-sent": gettext_noop("Test message sent"),
    "case closed": gettext_noop("Reply decided and closed"),
    "case kept held": gettext_noop("Reply kept on hold"),
    "case looked at": gettext_noop("Words of a reply looked at"),
    "case made a stop": gettext_noop("Reply counted as a stop"),
    "case put back": gettext_noop("Reply put back for others"),
    "case released": gettext_noop("Hold after a reply ended"),
    "case taken": gettext_noop("Reply taken on"),
    "case text erased": gettext_noop("Words of a reply erased after their time"),
    "hold released": gettext_noop("Hold on an address ended"),
    "hook.active": gettext_noop("Other system told again"),
    "hook.created": gettext_noop("Other system added"),
    "hook.ended": gettext_noop("Other system ended"),
    "hook.paused": gettext_noop("Other system paused"),
    "hook.retried": gettext_noop("What was given up sent to the other system again"),
    "hook.secret-renewed": gettext_noop("Secret of another system made anew"),
    "launch.alone-asked": gettext_noop("Asked to approve alone"),
    "launch.approved": gettext_noop("Send approved"),
    "launch.cancelled": gettext_noop("Send cancelled"),
    "launch.changed": gettext_noop("Draft of a send changed"),
    "launch.decide_again": gettext_noop("Messages of unknown outcome to be sent again"),
    "launch.decide_sent": gettext_noop("Messages of unknown outcome counted as sent"),
    "launch.draft": gettext_noop("Send made or put back to a draft"),
    "launch.finished": gettext_noop("Send finished"),
    "launch.in_review": gettext_noop("Approval of a send asked for"),
    "launch.move-asked": gettext_noop("Asked to go on with another version"),
    "launch.move-declined": gettext_noop("Going on with another version declined"),
    "launch.moved": gettext_noop("Send goes on with another version"),
    "launch.pace": gettext_noop("Pace of a send set"),
    "launch.paused": gettext_noop("Send paused"),
    "launch.retry": gettext_noop("Failed messages put back to be sent again"),
    "launch.running": gettext_noop("Send started or resumed"),
    "launch.scheduled": gettext_noop("Send scheduled"),
    "launch.school-bounds": gettext_noop("What schools may move or leave out set"),
    "launch.unreviewed-accepted": gettext_noop("Texts that no native speaker has read accepted"),
    "launch.urgent-approved": gettext_noop("Right of way of a send approved"),
    "launch.urgent-asked": gettext_noop("Right of way of a send asked for"),
    "launch.urgent-ended": gettext_noop("Right of way of a send ended"),
    "opt-out.entered": gettext_noop("Stop of a person entered by hand"),
    "opt-out.lifted": gettext_noop("Stop of a person lifted"),
    "organisation.caps-confirmed": gettext_noop("Spending caps confirmed"),
    "organisation.set": gettext_noop("Settings of the organisation changed"),
    "person.looked-up": gettext_noop("What is known of a person looked at"),
    "person.prefers-channel": gettext_noop("Channel that a person prefers set"),
    "person.previewed": gettext_noop("Message to a person previewed"),
    "price.set": gettext_noop("Price of texts to a country set"),
    "provider.webhooks-set": gettext_noop("Webhooks set at a provider"),
    "readiness.acknowledged": gettext_noop("Test alert confirmed"),
    "readiness.test-sent": gettext_noop("Test alert sent"),
    "roster.confirmed": gettext_noop("List of parents confirmed"),
    "roster.import": gettext_noop("List of parents brought in"),
    "roster.invited": gettext_noop("Parents asked whether they agree"),
    "roster.memberships-ended": gettext_noop("Parents who left the school ended"),
    "roster.rolled-over": gettext_noop("Parents carried over into the new school year"),
    "roster.year-closed": gettext_noop("School year closed"),
    "school.added": gettext_noop("School added"),
    "school.changed": gettext_noop("School changed"),
    "school.consent-basis": gettext_noop("Basis of consent of a school set"),
    "school.join-word": gettext_noop("Word to join by text set"),
    "school.lift_stop": gettext_noop("Stop of a school ended"),
    "school.step-as-planned": gettext_noop("Change for a school taken back"),
    "school.step-moved": gettext_noop("Message moved for a school"),
    "school.step-skipped": gettext_noop("Message left out for a school"),
    "school.stop": gettext_noop("School stopped"),
    "sender.added": gettext_noop("Sender added"),
    "sender.forced": gettext_noop("Sender counted as working or not by a person"),
    "sender.left-to-itself": gettext_noop("Sender left to its own checks again"),
    "sender.limits": gettext_noop("Limits of a sender set"),
    "sender.pause-lifted": gettext_noop("Pause of a sender ended early"),
    "sender.recovered": gettext_noop("Sender works again"),
    "sender.stand-in-named": gettext_noop("Stand-in of a sender named"),
    "sender.switched-off": gettext_noop("Sender taken out of use"),
    "sender.switched-on": gettext_noop("Sender brought into use"),
    "sender.tripped": gettext_noop("Sender found not to work"),
    "sender.warm-up": gettext_noop("Warm-up of a sender set"),
    "sender.warm-up-ended": gettext_noop("Warm-up of a sender ended"),
    "sign-ups.held-back": gettext_noop("Too many sign-ups at once held back"),
    "staff.address-verified": gettext_noop("Address of a member of staff confirmed"),
    "staff.app-added": gettext_noop("Second factor added: app"),
    "staff.app-removed": gettext_noop("Second factor removed: app"),
    "staff.closed": gettext_noop("Account closed"),
    "staff.created": gettext_noop("Account made"),
    "staff.invitation-withdrawn": gettext_noop("Invitation withdrawn"),
    "staff.invited": gettext_noop("Member of staff invited"),
    "staff.invited-again": gettext_noop("Member of staff invited once more"),
    "staff.joined": gettext_noop("Invitation taken up"),
    "staff.passkey-added": gettext_noop("Second factor added: passkey"),
    "staff.passkey-removed": gettext_noop("Second factor removed: passkey"),
    "staff.password-changed": gettext_noop("Password changed"),
    "staff.password-reset": gettext_noop("New password set after a reset"),
    "staff.phone-set": gettext_noop("Phone number of a member of staff set"),
    "staff.recovery-code-used": gettext_noop("Recovery code used"),
    "staff.recovery-codes-made": gettext_noop("Recovery codes made"),
    "staff.reset-asked": gettext_noop("New password asked for"),
    "staff.role-given": gettext_noop("Role given"),
    "staff.role-taken": gettext_noop("Role taken away"),
    "staff.second-factor-reset": gettext_noop("Second factor taken away"),
    "staff.session-ended": gettext_noop("Session ended"),
    "staff.sessions-ended": gettext_noop("Other sessions ended"),
    "staff.signed-in": gettext_noop("Signed in"),
    "standstill.began": gettext_noop("Everything stopped"),
    "standstill.ended": gettext_noop("Everything goes on"),
}
_ACTORS: Mapping[str, str] = {
    "recipient": gettext_noop("The person themselves"),
    "operator:command-line": gettext_noop("Somebody at the command line"),
    "system:alerts": gettext_noop("By itself: alerts"),
    "system:clock": gettext_noop("By itself: the clock"),
    "system:provider-lists": gettext_noop("By itself: lists of the provider"),
    "system:receipts": gettext_noop("By itself: news from a provider"),
    "system:reconciler": gettext_noop("By itself: unknown outcomes looked up"),
    "system:replies": gettext_noop("By itself: replies read"),
    "system:restore": gettext_noop("By itself: after a restore"),
    "system:retention": gettext_noop("By itself: what is kept no longer"),
    "system:sign-up-limits": gettext_noop("By itself: limits of sign-ups"),
    "system:worker": gettext_noop("By itself: sending"),
}
# A process that sends, as the ledger knows it: email@machine#3.
_WORKER = re.compile(r"[a-z-]+@[^@\s]*#\d+|pid\d+")
# Reasons that the installation itself gives; what a person wrote is shown as they wrote it.
_REASONS = frozenset(
    {
        gettext_noop("A second factor is new."),
        gettext_noop("An administrator did."),
        gettext_noop("It answered that it is gone (410)."),
        gettext_noop("The password was changed."),
        gettext_noop("The password was reset."),
        gettext_noop("Understood as: stop."),
        gettext_noop("by the API"),
        gettext_noop("made a stop"),
        gettext_noop("may be in distress"),
        gettext_noop("no phone number"),
        gettext_noop("no sender for this channel and country"),
        gettext_noop("perhaps a stop"),
        gettext_noop("the demo"),
        gettext_noop("the restore is finished"),
        gettext_noop("the text could not be written"),
    }
)
_REASON_WITH_A_VALUE = gettext_noop("Nothing has reached it since {0}.")
# The names of details that need a word; the others are words already, or names of settings.
_DETAILS: Mapping[str, str] = {
    "basis": gettext_noop("basis"),
    "before": gettext_noop("before"),
    "changed": gettext_noop("changed"),
    "channel": gettext_noop("channel"),
    "consents": gettext_noop("consents"),
    "country": gettext_noop("country"),
    "day": gettext_noop("day"),
    "days": gettext_noop("days"),
    "events": gettext_noop("events"),
    "first_day": gettext_noop("first day"),
    "from": gettext_noop("from"),
    "language": gettext_noop("language"),
    "languages": gettext_noop("languages"),
    "limit": gettext_noop("limit"),
    "may_skip": gettext_noop("may leave out"),
    "messages": gettext_noop("messages"),
    "micros": gettext_noop("millionths"),
    "minutes": gettext_noop("minutes"),
    "most_a_day": gettext_noop("most a day"),
    "move_days": gettext_noop("may move by days"),
    "narrowed_by": gettext_noop("narrowed by"),
    "number": gettext_noop("number"),
    "provider": gettext_noop("provider"),
    "rate_per_second": gettext_noop("a second"),
    "role": gettext_noop("role"),
    "school": gettext_noop("school"),
    "source": gettext_noop("source"),
    "stand_in": gettext_noop("stand-in"),
    "state": gettext_noop("state"),
    "step": gettext_noop("step"),
    "to": gettext_noop("to"),
    "until": gettext_noop("until"),
    "word": gettext_noop("word"),
    "wording": gettext_noop("wording"),
}
# By the name of a detail, the words for its values that are codes.
_VALUES: Mapping[str, Mapping[str, str]] = {
    "basis": dict(ConsentBasis.choices),
    "before": dict(ConsentBasis.choices),
    "channel": {Channel.EMAIL: gettext_noop("Email"), Channel.SMS: gettext_noop("Text message")},
    "events": dict(HookEvent.choices),
    "role": dict(Role.choices),
}
_YES_OR_NO: Mapping[str, str] = {"true": gettext_noop("yes"), "false": gettext_noop("no")}


def action_words(action: str) -> str:
    """What was done; a code without words is shown as it is."""
    words = ACTIONS.get(action)
    return gettext(words) if words else action


def actor_words(name: str) -> str:
    """Who did it: an address of staff as it is, the installation itself in words."""
    words = _ACTORS["system:worker"] if _WORKER.fullmatch(name) else _ACTORS.get(name)
    return gettext(words) if words else name


def reason_words(why: str) -> str:
    """Why: the installation's own reasons in the page's language."""
    is_ours = why in _REASONS or why.startswith(_REASON_WITH_A_VALUE.partition("{")[0])
    return sentence(why) if is_ours else why


def detail_words(name: str) -> str:
    """What a detail is."""
    words = _DETAILS.get(name)
    return gettext(words) if words else name.replace("_", " ")


def value_words(name: str, value: str) -> str:
    """The value of the detail called `name`: codes in words, several with commas between."""
    if value in _YES_OR_NO:
        return gettext(_YES_OR_NO[value])
    listed = json.loads(value) if value.startswith("[") else [value]
    words = _VALUES.get(name, {})
    return ", ".join(gettext(words.get(str(each)) or str(each)) for each in listed)


def action_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every action under its group, each group with one choice for all of it."""
    return [
        (gettext(title), [(group, gettext("All: {group}").format(group=gettext(title))), *found])
        for group, title in GROUPS.items()
        if (found := _choices_of(group))
    ]


def _choices_of(group: str) -> list[tuple[str, str]]:
    own = [code for code in ACTIONS if code.replace(" ", ".").partition(".")[0] == group]
    return sorted(((code, gettext(ACTIONS[code])) for code in own), key=lambda each: each[1])
