"""The parents of a school: how many stand how, who they are, and what happened with each.

What is searched for is sent in the body of a POST: a name has no place in an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from outreach.audience.models import Membership, MembershipRole
from outreach.organisation.address_keys import address_keys
from outreach.organisation.permissions import Right
from outreach.subscriptions.parent_timeline import Happened, Moment, timeline_of
from outreach.subscriptions.school_parents import (
    PER_PAGE,
    Standing,
    find_parents,
    parents_named,
)
from outreach.subscriptions.wording import topic_names
from outreach.web.access import StaffRequest, needs
from outreach.web.school.finding import school_of
from outreach.web.school.standings import standing_badge, standing_lines
from outreach.web.school.tabs import of_school


class SearchForm(forms.Form):
    """Whom to look for."""

    text = forms.CharField(
        label=lazy("Name, email address or phone number"),
        required=False,
        max_length=120,
        strip=True,
        help_text=lazy("The beginning is enough."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "type": "search"}),
    )
    standing = forms.ChoiceField(label=lazy("State"), required=False)
    page = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, given: QueryDict | None) -> None:
        super().__init__(given)
        if address_keys() is not None:
            self.fields["text"].help_text = gettext(
                "Of a name the beginning is enough; of an address or a number all of it is needed."
            )


@needs(Right.MANAGE_AUDIENCE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def parents(request: StaffRequest, school: UUID) -> HttpResponse:
    """All of them, or those looked for."""
    found = school_of(request.viewer, school)
    form = SearchForm(request.POST if request.method == "POST" else None)
    choices = form.fields["standing"]
    if isinstance(choices, forms.ChoiceField):
        choices.choices = [("", lazy("All")), *((s, standing_badge(s).words) for s in Standing)]
    given = form.cleaned_data if form.is_valid() else {}
    page = given.get("page") or 1
    standing = Standing(given["standing"]) if given.get("standing") else None
    people, total = find_parents(
        found, text=given.get("text", ""), standing=standing, skip=(page - 1) * PER_PAGE
    )
    context = {
        "form": form,
        "parents": standing_lines(found),
        "people": [
            (
                each,
                standing_badge(each.standing),
                [(one, standing_badge(one.standing)) for one in each.addresses],
            )
            for each in people
        ],
        "total": total,
        "previous": page - 1 if page > 1 else None,
        "next": page + 1 if page * PER_PAGE < total else None,
        "is_search": bool(given.get("text") or standing),
    }
    return render(request, "school/parents.html", of_school(request, found) | context)


@needs(Right.MANAGE_AUDIENCE)
@never_cache
@require_safe
def parent(request: StaffRequest, school: UUID, uuid: UUID) -> HttpResponse:
    """One parent of this school, and what happened here."""
    found = school_of(request.viewer, school)
    membership = (
        Membership.objects.filter(school=found, uuid=uuid, role=MembershipRole.GUARDIAN)
        .select_related("person")
        .first()
    )
    if membership is None:
        raise Http404
    named = parents_named([membership.pk], found)
    addresses = [(one, standing_badge(one.standing)) for each in named for one in each.addresses]
    topics = topic_names(get_language() or "en")
    context = {
        "membership": membership,
        "addresses": addresses,
        "moments": [(_words(moment, topics), moment) for moment in timeline_of(membership)],
    }
    return render(request, "school/parent.html", of_school(request, found) | context)


def _words(moment: Moment, topics: Mapping[str, str]) -> str:
    """What happened, as a sentence of the page's language."""
    if moment.happened is Happened.MESSAGE:
        return gettext("“%(title)s”: %(state)s") % {
            "title": moment.about,
            "state": gettext(moment.state),
        }
    said = gettext(moment.happened)
    return f"{said}: {topics.get(moment.about, moment.about)}" if moment.about else said
