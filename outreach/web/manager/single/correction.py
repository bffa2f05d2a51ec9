"""Correcting a message that went out: to exactly those whom it may have reached."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from outreach.campaigns.definition import CampaignDefinition, Step, template_name
from outreach.campaigns.definition.single import Single
from outreach.campaigns.models import CampaignVersion, Launch, StepRun, StepRunState
from outreach.campaigns.queries import launch_by_uuid
from outreach.campaigns.versions import definition_for, version_id_of
from outreach.content.source import read_source
from outreach.delivery.models import DeliveryState
from outreach.delivery.queries import counts_of_runs
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs
from outreach.web.manager.single.forms import WordsForm
from outreach.web.manager.single.making import Look, Made, make
from outreach.web.manager.single.urgent import slug_now

_STEP = "correction"
# As planning chooses them: whom it may have reached.
_MAY_HAVE_COME = (
    DeliveryState.ACCEPTED,
    DeliveryState.DELIVERED,
    DeliveryState.SENDING,
    DeliveryState.UNKNOWN,
)


@needs(Right.MANAGE_LAUNCHES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: StaffRequest, uuid: UUID, run: UUID) -> HttpResponse:
    """The words that went out, to be changed; in the languages and ways of that message."""
    launch = launch_by_uuid(str(uuid))
    sent = _sent(launch, run)
    definition = definition_for(sent)
    step = definition.step(sent.step_key)
    form = WordsForm(
        request.POST if request.method == "POST" else None,
        languages=definition.languages,
        channels=step.channels,
        initial=_initial(sent, definition, step),
    )
    look: Look | None = None
    if request.method == "POST" and form.is_valid():
        look, made = make(request, form, _made(form, launch, sent, definition))
        if made is not None:
            return redirect("launch", uuid=made.uuid)
    counts = counts_of_runs([sent.pk]).get(sent.pk, {})
    page = {
        "form": form,
        "look": look,
        "launch": launch,
        "step": step,
        "reached": sum(counts.get(state, 0) for state in _MAY_HAVE_COME),
    }
    return render(request, "manager/single/correct.html", page)


def _sent(launch: Launch, run: UUID) -> StepRun:
    """Raises Http404 for a step that is not planned yet: that one can still be moved."""
    planned = StepRun.objects.exclude(state=StepRunState.WAITING).select_related("launch")
    found = planned.filter(launch=launch, uuid=run).first()
    if found is None:
        raise Http404
    return found


def _initial(sent: StepRun, definition: CampaignDefinition, step: Step) -> dict[str, object]:
    files = CampaignVersion.objects.get(pk=version_id_of(sent)).files
    found: dict[str, object] = {
        "key": slug_now("correction"),
        "title": gettext("Correction: %(title)s") % {"title": step.title},
    }
    for language in definition.languages:
        for channel in step.channels:
            name = template_name(language, step.key, channel)
            text = read_source(name, files.get(name, ""), channel)
            start = f"{language}.{channel.value}"
            found[f"{start}.body"] = text.body.strip("\n")
            for key in ("subject", "preheader"):
                found[f"{start}.{key}"] = text.head.get(key) or ""
    return found


def _made(form: WordsForm, launch: Launch, sent: StepRun, definition: CampaignDefinition) -> Made:
    given, step = form.cleaned_data, definition.step(sent.step_key)
    default = definition.default_language
    single = Single(
        slug=given["key"],
        key=_STEP,
        title=given["title"],
        topic=definition.topic,
        recipients=step.recipients,
        channels=tuple(step.channels),
        languages=(default, *(tag for tag in definition.languages if tag != default)),
        worth_days=given["worth_days"],
        words=form.words(step.channels),
        corrects=sent.step_key,
        corrects_in=f"{launch.uuid}",
    )
    return Made(single, list(launch.schools.all()), goes_first=True)
