"""The poster of a school, for its staff and for managers to print."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from outreach.config.environment import environment
from outreach.organisation.models import School
from outreach.organisation.permissions import Right
from outreach.organisation.settings import organisation
from outreach.subscriptions.joining import text_sender
from outreach.subscriptions.text_in import join_text, topics_offered
from outreach.subscriptions.wording import topic_name
from outreach.web.access import StaffRequest, Viewer, needs
from outreach.web.public.poster_pdf import Poster, draw_poster
from outreach.web.public.words import languages_of_words, words_in


@needs(Right.MANAGE_AUDIENCE)
@require_safe
def poster(request: StaffRequest, school: UUID, language: str) -> HttpResponse:
    """An A4 page as PDF. 404 for another's school, or a language without words."""
    found = School.objects.filter(uuid=school).first()
    if found is None or not _may(request.viewer, found) or language not in languages_of_words():
        raise Http404
    pdf = draw_poster(_poster(found, language))
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="poster-{found.slug}-{language}.pdf"'
    return answer


def _may(viewer: Viewer, school: School) -> bool:
    return viewer.rights.has(Right.MANAGE_AUDIENCE, school.pk)


def _poster(school: School, language: str) -> Poster:
    words = words_in(language)
    topics = ", ".join(topic_name(language, topic) for topic in topics_offered())
    sender = text_sender(school.country)
    by_text = ("", "")
    if sender is not None and sender.identity.startswith("+"):
        by_text = (join_text(language, school, sender), sender.identity)
    address = f"{environment().public_url.rstrip('/')}{reverse('join', args=[school.slug])}"
    return Poster(
        language=language,
        school=school.name,
        organisation=organisation().name,
        title=words.poster["title"],
        lead=words.poster["lead"].format(topics=topics),
        scan=words.poster["scan"],
        open=words.poster["open"],
        address=address,
        text=words.poster["text"],
        word=by_text[0],
        number=by_text[1],
        free=words.poster["free"],
        link=f"{address}?lang={language}",
    )
