"""The pages that ask "are you sure": review, approve, start, pause, resume, cancel.

Each says the consequence first, asks for the reason where colleagues will want it, and
only its POST acts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods

from outreach.campaigns import actions
from outreach.campaigns.models import Launch
from outreach.campaigns.queries import launch_by_uuid, may_reach_more_than
from outreach.campaigns.reviews import unreviewed_languages
from outreach.config.environment import environment
from outreach.core.errors import OutreachError
from outreach.delivery.models import DeliveryState
from outreach.delivery.queries import launch_progress
from outreach.organisation.audit import Actor
from outreach.organisation.permissions import Right
from outreach.web.access import StaffRequest, needs
from outreach.web.manager.forms import ReasonForm, UnreviewedForm
from outreach.web.proof import ask_again, is_fresh


@dataclass(frozen=True)
class Given:
    """What the form said. `says_yes`: to languages that nobody has reviewed."""

    why: str = ""
    says_yes: bool = False


Act = Callable[[Launch, Actor, Given], Launch]


@dataclass(frozen=True)
class Verb:
    """`consequence`: sentences that hold whatever the numbers are. `tone`: of the button.

    `asks_proof`: for a large launch, whether it is still they.
    """

    key: str
    right: Right
    question: str
    button: str
    done: str
    consequence: tuple[str, ...]
    act: Act
    asks_why: bool = False
    tone: str = "go"
    asks_proof: bool = False


VERBS: dict[str, Verb] = {
    verb.key: verb
    for verb in (
        Verb(
            key="review",
            right=Right.MANAGE_LAUNCHES,
            question=gettext_noop("Send it for review?"),
            button=gettext_noop("Send for review"),
            done=gettext_noop("It now waits for a second person."),
            consequence=(
                gettext_noop("A second person reads the plan and approves it."),
                gettext_noop("Nothing goes out before that."),
            ),
            act=lambda launch, actor, given: actions.request_review(
                launch, actor=actor, accepts_unreviewed=given.says_yes
            ),
        ),
        Verb(
            key="approve",
            right=Right.APPROVE_LAUNCHES,
            question=gettext_noop("Approve it?"),
            button=gettext_noop("Approve"),
            done=gettext_noop("Approved. It can be started now."),
            consequence=(
                gettext_noop(
                    "You say in your name that these texts may go to these people on these days."
                ),
                gettext_noop("It still has to be started."),
            ),
            act=lambda launch, actor, _: actions.approve_launch(launch, actor=actor),
            asks_proof=True,
        ),
        Verb(
            key="start",
            right=Right.MANAGE_LAUNCHES,
            question=gettext_noop("Start it?"),
            button=gettext_noop("Start"),
            done=gettext_noop("Started."),
            consequence=(
                gettext_noop(
                    "Each step goes out by itself on its day, within its hours, in each time zone."
                ),
                gettext_noop("Only people who agreed and did not say stop get a message."),
                gettext_noop("You can pause at any moment."),
            ),
            act=lambda launch, actor, _: actions.start_launch(launch, actor=actor),
        ),
        Verb(
            key="pause",
            right=Right.MANAGE_LAUNCHES,
            question=gettext_noop("Pause it?"),
            button=gettext_noop("Pause"),
            done=gettext_noop("Paused. Nothing goes out until somebody resumes it."),
            consequence=(
                gettext_noop("From this moment no further message is handed to a provider."),
                gettext_noop("Messages that a provider already has cannot be called back."),
                gettext_noop(
                    "A message that misses its hours waits for those of the next day, as long as "
                    "it is still worth reading; after that it is not sent."
                ),
            ),
            act=lambda launch, actor, given: actions.pause_launch(
                launch, actor=actor, why=given.why
            ),
            asks_why=True,
            tone="halt",
        ),
        Verb(
            key="resume",
            right=Right.MANAGE_LAUNCHES,
            question=gettext_noop("Resume it?"),
            button=gettext_noop("Resume"),
            done=gettext_noop("Resumed."),
            consequence=(
                gettext_noop("What is still inside its hours goes out at once."),
                gettext_noop(
                    "What missed them goes out the next day if it is still worth reading."
                ),
            ),
            act=lambda launch, actor, _: actions.resume_launch(launch, actor=actor),
        ),
        Verb(
            key="cancel",
            right=Right.MANAGE_LAUNCHES,
            question=gettext_noop("Cancel it for good?"),
            button=gettext_noop("Cancel this send"),
            done=gettext_noop("Cancelled."),
            consequence=(
                gettext_noop("It cannot be started again; you would make a new send."),
                gettext_noop("Everything still waiting is marked as cancelled."),
                gettext_noop("Messages that a provider already has cannot be called back."),
            ),
            act=lambda launch, actor, given: actions.cancel_launch(
                launch, actor=actor, why=given.why
            ),
            asks_why=True,
            tone="bad",
        ),
        Verb(
            key="urgent",
            right=Right.MANAGE_LAUNCHES,
            question=gettext_noop("Ask that it goes before all other sends?"),
            button=gettext_noop("Ask"),
            done=gettext_noop("Asked. A second person decides."),
            consequence=(
                gettext_noop("A second person decides whether it goes first."),
                gettext_noop("Until then it takes turns with the other sends."),
            ),
            act=lambda launch, actor, given: actions.ask_urgent(launch, actor=actor, why=given.why),
            asks_why=True,
        ),
        Verb(
            key="approve-urgent",
            right=Right.APPROVE_URGENT,
            question=gettext_noop("Let it go before all other sends?"),
            button=gettext_noop("Let it go first"),
            done=gettext_noop("It goes first."),
            consequence=(
                gettext_noop(
                    "Other sends wait for its numbers and mail addresses until it is out."
                ),
                gettext_noop("Opt-outs, confirmations and alerts never wait for it."),
            ),
            act=lambda launch, actor, _: actions.approve_urgent(launch, actor=actor),
        ),
        Verb(
            key="end-urgent",
            right=Right.MANAGE_LAUNCHES,
            question=gettext_noop("Let it wait for its turn again?"),
            button=gettext_noop("Wait for its turn"),
            done=gettext_noop("It takes turns with the other sends."),
            consequence=(
                gettext_noop("It takes turns with the other sends from the next message on."),
            ),
            act=lambda launch, actor, given: actions.end_urgent(launch, actor=actor, why=given.why),
            asks_why=True,
        ),
    )
}


def decision(verb: Verb) -> Callable[..., HttpResponse]:
    """The view of one verb: GET asks, POST acts."""

    @needs(verb.right)
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: StaffRequest, uuid: UUID) -> HttpResponse:
        launch = launch_by_uuid(str(uuid))
        if verb.asks_proof and not is_fresh(request) and _is_large(launch):
            return ask_again(request)
        form = _form(request, verb, launch)
        if request.method != "POST" or (form is not None and not form.is_valid()):
            return _ask(request, verb, launch, form)
        return _act(request, verb, launch, form)

    return view


def _is_large(launch: Launch) -> bool:
    return may_reach_more_than(launch, environment().prove_above_people)


def _form(request: StaffRequest, verb: Verb, launch: Launch) -> forms.Form | None:
    """What the verb asks for beside the decision, None for nothing."""
    data = request.POST if request.method == "POST" else None
    if verb.asks_why:
        return ReasonForm(data)
    if verb.key == "review" and not launch.unreviewed_languages_accepted:
        languages = unreviewed_languages(launch.version)
        return UnreviewedForm(languages, data) if languages else None
    return None


def _act(
    request: StaffRequest, verb: Verb, launch: Launch, form: forms.Form | None
) -> HttpResponse:
    said = form.cleaned_data if form else {}
    given = Given(why=said.get("why", ""), says_yes=bool(said.get("says_yes")))
    try:
        verb.act(launch, request.viewer.actor, given)
    except OutreachError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext(verb.done))
    return redirect("launch", uuid=launch.uuid)


def _ask(
    request: StaffRequest, verb: Verb, launch: Launch, form: forms.Form | None
) -> HttpResponse:
    progress = launch_progress(launch)
    page = {
        "verb": verb,
        "launch": launch,
        "form": form,
        "waiting": progress.by_state.get(DeliveryState.PENDING, 0),
        "with_provider": progress.by_state.get(DeliveryState.SENDING, 0),
    }
    return render(request, "manager/decision.html", page)
