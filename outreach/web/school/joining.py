"""How parents of a school sign up: its page, its poster in each language, the word to text."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from outreach.config.environment import environment
from outreach.organisation.permissions import Right
from outreach.subscriptions.joining import text_sender
from outreach.subscriptions.text_in import join_text
from outreach.subscriptions.wording import choose_wording_language, wording_languages
from outreach.web.access import StaffRequest, needs
from outreach.web.public.words import languages_of_words
from outreach.web.school.finding import school_of
from outreach.web.school.tabs import of_school


@needs(Right.MANAGE_AUDIENCE)
@require_safe
def joining(request: StaffRequest, school: UUID) -> HttpResponse:
    """What to hand out."""
    found = school_of(request.viewer, school)
    sender = text_sender(found.country)
    by_text = sender is not None and sender.identity.startswith("+")
    language = choose_wording_language(*found.languages)
    written = set(languages_of_words())
    context = {
        "address": f"{environment().public_url.rstrip('/')}{reverse('join', args=[found.slug])}",
        "languages": [(tag, name) for tag, name in wording_languages().items() if tag in written],
        "number": sender.identity if sender and by_text else "",
        "word": join_text(language, found, sender) if sender and by_text else "",
    }
    return render(request, "school/joining.html", of_school(request, found) | context)
