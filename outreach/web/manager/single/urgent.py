"""Something urgent: one message of its own, approved by a second person, before all others."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from outreach.campaigns.definition import Recipients
from outreach.campaigns.definition.single import Single
from outreach.core.clock import now
from outreach.organisation.models import School
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs
from outreach.web.manager.single.forms import UrgentForm
from outreach.web.manager.single.making import Look, Made, make
from outreach.web.templatetags.shown import language_words

_STEP = "message"
# With what every message has to say: in whose name, where help is, how to stop.
_SMS = "{{ school.name }}: … {{ help.sms_line }}. {{ sms.stop_line }}"
_EMAIL = """# …

…

{% if links.advice %}
[…]({{ links.advice }})

{% endif %}"""


@needs(Right.MANAGE_LAUNCHES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def urgent(request: StaffRequest) -> HttpResponse:
    """`?languages=en&languages=de`: in which it is written; those of the schools without it."""
    known = _known_languages()
    asked = request.GET.getlist("languages")
    languages = [tag for tag in known if tag in asked] or known[:1]
    form = UrgentForm(
        request.POST if request.method == "POST" else None,
        languages=languages,
        initial=_initial(languages),
    )
    look: Look | None = None
    if request.method == "POST" and form.is_valid():
        look, launch = make(request, form, _made(form, languages))
        if launch is not None:
            return redirect("launch", uuid=launch.uuid)
    page = {
        "form": form,
        "look": look,
        "languages": [(tag, language_words(tag), tag in languages) for tag in known],
        "has_schools": bool(known),
    }
    return render(request, "manager/single/urgent.html", page)


def slug_now(kind: str) -> str:
    """A name that no other campaign has: kind, day and second."""
    return f"{kind}-{now():%Y%m%d-%H%M%S}"


def _known_languages() -> list[str]:
    """Those in which schools teach or write, the most common first."""
    found: dict[str, int] = {}
    for tags in School.objects.values_list("languages", flat=True):
        for tag in tags:
            found[tag] = found.get(tag, 0) + 1
    return sorted(found, key=lambda tag: (-found[tag], tag))


def _initial(languages: list[str]) -> dict[str, object]:
    words: dict[str, object] = {"key": slug_now("urgent"), "worth_days": 1}
    for tag in languages:
        words |= {f"{tag}.sms.body": _SMS, f"{tag}.email.body": _EMAIL}
        words[f"{tag}.email.preheader"] = "{{ school.name }}"
    return words


def _made(form: UrgentForm, languages: list[str]) -> Made:
    given = form.cleaned_data
    channels = form.chosen_channels()
    single = Single(
        slug=given["key"],
        key=_STEP,
        title=given["title"],
        topic=given["topic"],
        recipients=Recipients(given["to"]),
        channels=channels,
        languages=tuple(languages),
        worth_days=given["worth_days"],
        words=form.words(channels),
    )
    return Made(single, list(given["schools"]), goes_first=True)
