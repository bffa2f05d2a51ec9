"""A reply and a case with the words for them: what we understood, why, how sure, what was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext, gettext_noop

from outreach.core.channels import Channel
from outreach.replies.models import Case, CaseKind, CaseState, Reply
from outreach.replies.reading.mail import new_text
from outreach.replies.rules import Meaning
from outreach.web.templatetags.shown import inside, said
from outreach.web.words import notice_reason

# What the reading of a reply made of it, as people say it.
MEANINGS: Mapping[str, str] = {
    Meaning.STOP: gettext_noop("Wants no more messages"),
    Meaning.START: gettext_noop("Wants messages again"),
    Meaning.HELP: gettext_noop("Asks for help"),
    Meaning.JOIN: gettext_noop("Asks to be signed up"),
    Meaning.CRISIS: gettext_noop("May be in distress"),
    Meaning.UNCLEAR: gettext_noop("Perhaps wants no more messages"),
    Meaning.ANSWER: gettext_noop("An answer to the question of a message"),
    Meaning.AUTO_REPLY: gettext_noop("An automatic answer"),
    Meaning.OTHER: gettext_noop("Something that a person has to read"),
}
_DONE: Mapping[str, str] = {
    Meaning.STOP: gettext_noop("Blocked at once: nothing more goes there."),
    Meaning.START: gettext_noop("Counted where it was asked for."),
    Meaning.HELP: gettext_noop("Answered with who we are and who helps."),
    Meaning.JOIN: gettext_noop("Asked back; it counts after a yes."),
    Meaning.CRISIS: gettext_noop("Put on hold, answered with help lines, people alerted."),
    Meaning.UNCLEAR: gettext_noop("Put on hold: nothing goes there until somebody decides."),
    Meaning.ANSWER: gettext_noop("Counted, and nothing else."),
    Meaning.AUTO_REPLY: gettext_noop("Nothing: a machine wrote it."),
    Meaning.OTHER: gettext_noop("Nothing: it waits for a person."),
}
# The same once the case is closed.
_WAS_DONE: Mapping[str, str] = {
    Meaning.UNCLEAR: gettext_noop("Put on hold until somebody decided."),
    Meaning.OTHER: gettext_noop("Put here for a person to read."),
}
_NOTHING_PROVED = gettext_noop("Nothing: no one can tell whose address it is.")
# These are done to an address, so they need to know whose it is.
_ABOUT_AN_ADDRESS = frozenset({Meaning.STOP, Meaning.UNCLEAR})


@dataclass(frozen=True)
class ReplyLine:
    """One reply with the words for it."""

    reply: Reply

    @property
    def meaning(self) -> str:
        return gettext(MEANINGS.get(self.reply.meaning, self.reply.meaning))

    @property
    def name(self) -> str:
        """Who wrote, as far as a list may say."""
        way = gettext(self.reply.inbound.get_channel_display())
        if self.reply.school is None:
            return gettext("{way} from a sender we do not know").format(way=way)
        return gettext("{way} from {school}").format(way=way, school=self.reply.school.name)

    @property
    def own_words(self) -> str:
        """What they wrote themselves, without the mail that they answer and their signature."""
        inbound = self.reply.inbound
        own = new_text(inbound.text) if inbound.channel == Channel.EMAIL else ""
        return own or inbound.text

    @property
    def has_more(self) -> bool:
        """Whether what came has more than their own words."""
        return self.own_words.split() != self.reply.inbound.text.split()

    @property
    def is_unproven(self) -> bool:
        """A mail without the token of one of ours: nothing proves who wrote it, so nothing is
        held."""
        reply = self.reply
        return reply.address is None and reply.inbound.channel == Channel.EMAIL

    @property
    def matched(self) -> list[str]:
        """The words that decided; signs that the reading weighs too are no words."""
        return [words for words in self.reply.matched if any(map(str.isalpha, words))]

    @property
    def done(self) -> str:
        """What followed by itself."""
        if self.is_unproven and self.reply.meaning in _ABOUT_AN_ADDRESS:
            return gettext(_NOTHING_PROVED)
        case = self.reply.case
        if case is not None and case.state == CaseState.CLOSED and self.reply.meaning in _WAS_DONE:
            return gettext(_WAS_DONE[self.reply.meaning])
        return said(_DONE.get(self.reply.meaning, ""))

    @property
    def answer(self) -> str:
        """What became of what we wrote back; empty when nothing was due."""
        notice = self.reply.answer
        if notice is not None:
            why = f" ({notice_reason(notice)})" if notice.reason else ""
            return f"{said(notice.get_kind_display())}: {inside(notice.get_state_display())}{why}"
        is_call = self.reply.meaning == Meaning.CRISIS
        return gettext("Nothing could be sent: write or call yourself.") if is_call else ""

    @property
    def is_shut(self) -> bool:
        """Whether its words stand only in its case, where every look is noted."""
        case = self.reply.case
        return self.reply.meaning == Meaning.CRISIS or (
            case is not None and case.kind == CaseKind.CRISIS
        )


@dataclass(frozen=True)
class CaseLine:
    """A case with the words for it. `viewer_id`: of the member of staff who looks."""

    case: Case
    viewer_id: int | None = None

    @property
    def is_urgent(self) -> bool:
        return self.case.kind == CaseKind.CRISIS

    @property
    def is_held(self) -> bool:
        return self.case.kind == CaseKind.HOLD

    @property
    def is_open(self) -> bool:
        return self.case.state == CaseState.OPEN

    @property
    def is_unproven(self) -> bool:
        return self.first.is_unproven

    @property
    def is_mine(self) -> bool:
        return self.case.taken_by_id is not None and self.case.taken_by_id == self.viewer_id

    @cached_property
    def first(self) -> ReplyLine:
        reply = self.case.reply
        if reply.case_id == self.case.pk:
            reply.case = self.case  # which is at hand already
        return ReplyLine(reply)

    @property
    def name(self) -> str:
        return self.first.name
