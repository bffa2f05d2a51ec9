"""Why did this parent get that message, or not: search for a person, then read their story.

Searching and looking are POSTs: no address stands in an address bar, and each look is a line of
the audit log.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from outreach.consent.models import SuppressionReason
from outreach.notices.models import NoticeState
from outreach.organisation.permissions import Right
from outreach.reports.person import Kind, StoryLine, find_people, look_up
from outreach.web.access import StaffRequest, needs
from outreach.web.audit_words import actor_words, reason_words
from outreach.web.manager.inbox.lines import MEANINGS
from outreach.web.manager.people.preview import steps_to_preview
from outreach.web.rule_words import rule_words
from outreach.web.sentences import sentence
from outreach.web.templatetags.shown import said
from outreach.web.words import state_words

_LONGEST_SEARCH = 320
_KINDS: dict[Kind, Promise] = {
    Kind.MEMBERSHIP: gettext_lazy("School"),
    Kind.CONSENT: gettext_lazy("Consent"),
    Kind.STOP: gettext_lazy("Stop"),
    Kind.HOLD: gettext_lazy("Hold"),
    Kind.MESSAGE: gettext_lazy("Message"),
    Kind.NOTICE: gettext_lazy("Notice"),
    Kind.REPLY: gettext_lazy("Reply"),
}
_ACTS: dict[str, Promise] = {
    "began": gettext_lazy("On the list"),
    "ended": gettext_lazy("Ended"),
    "granted": gettext_lazy("Agreed"),
    "withdrawn": gettext_lazy("Withdrawn or lapsed"),
    "held": gettext_lazy("Put on hold until a person decides"),
    "released": gettext_lazy("Released"),
}


class SearchForm(forms.Form):
    """Exactly one address, or a name."""

    what = forms.CharField(
        label=gettext_lazy("Email address, phone number or name"),
        max_length=_LONGEST_SEARCH,
        help_text=gettext_lazy(
            "All of it, as the list has it; a number with its country code, like +44 7700 900123. "
            "Whom you look at is written into the audit log."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@dataclass(frozen=True)
class Line:
    """A line of the story with the words for it."""

    line: StoryLine

    @property
    def kind(self) -> Promise:
        return _KINDS[self.line.kind]

    @property
    def what(self) -> str:
        line = self.line
        if line.kind is Kind.MESSAGE:
            return state_words(line.what)
        if line.kind is Kind.REPLY:
            return gettext(MEANINGS.get(line.what, line.what))
        if line.kind is Kind.STOP and line.what in set(SuppressionReason):
            about = line.title or gettext("everything")
            return f"{gettext(SuppressionReason(line.what).label)} ({about})"
        if line.kind is Kind.NOTICE:
            return gettext(NoticeState(line.what).label)
        return str(_ACTS.get(line.what, line.what))

    @property
    def detail(self) -> str:
        """Why, or which words."""
        words = self.line.detail
        match self.line.kind:
            case Kind.MESSAGE | Kind.NOTICE:
                return sentence(words) if words else ""
            case Kind.HOLD:
                return reason_words(actor_words(words))
            case Kind.REPLY:
                return rule_words(words)
            case _:  # words that were shown to the person, or that a colleague wrote
                return words

    @property
    def about(self) -> str:
        """What it is about, where `what` does not say so."""
        title = self.line.title
        if self.line.kind is Kind.MEMBERSHIP:
            title = said(title)
        parts = ("" if self.line.kind is Kind.STOP else title, self.line.school)
        return ", ".join(part for part in parts if part)


@needs(Right.MANAGE_AUDIENCE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: StaffRequest) -> HttpResponse:
    """The form, and who was found."""
    form = SearchForm(request.POST if request.method == "POST" else None)
    page: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        page |= {"found": find_people(form.cleaned_data["what"]), "searched": True}
    return render(request, "manager/people/search.html", page)


@needs(Right.MANAGE_AUDIENCE)
@never_cache
@require_POST
def person(request: StaffRequest) -> HttpResponse:
    """The story of one person, after noting who looked."""
    try:
        uuid = UUID(request.POST.get("person", ""))
    except ValueError:
        raise Http404 from None
    rights = request.viewer.rights
    story = look_up(
        uuid, actor=request.viewer.actor, sees_crises=Right.SEE_CRISES in rights.everywhere
    )
    may_see_messages = Right.SEE_LAUNCHES in rights.everywhere
    page = {
        "story": story,
        "lines": [Line(each) for each in story.lines],
        "may_see_messages": may_see_messages,
        "steps": steps_to_preview() if may_see_messages else [],
        "may_see_cases": Right.SEE_CASES in rights.everywhere,
    }
    return render(request, "manager/people/person.html", page)
