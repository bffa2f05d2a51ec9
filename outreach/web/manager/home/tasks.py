"""What waits for the viewer: each line one thing to do, the gravest first.

Owns which things are whose. Refuses to decide any of them: each line leads to the page that does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from outreach.campaigns.models import CampaignVersion, Launch, LaunchMove, LaunchState, MoveState
from outreach.campaigns.reviews import unreviewed_languages
from outreach.core.clock import now
from outreach.delivery.models import HealthState, SchoolStop
from outreach.delivery.queries import unknown_by_launch
from outreach.organisation.models import School, Sender
from outreach.organisation.permissions import Right
from outreach.organisation.readiness import has_duty_contact, unready_schools
from outreach.replies.models import CaseKind, CaseState
from outreach.web.access import Viewer
from outreach.web.manager.inbox.visible import visible_cases
from outreach.web.templatetags.shown import language_words
from outreach.web.words import Badge, Tone

_MOST_NAMES = 3
_OPEN = (
    LaunchState.DRAFT,
    LaunchState.IN_REVIEW,
    LaunchState.APPROVED,
    LaunchState.SCHEDULED,
    LaunchState.RUNNING,
    LaunchState.PAUSED,
)
_NOT_STARTED = (LaunchState.APPROVED, LaunchState.SCHEDULED)


@dataclass(frozen=True)
class Task:
    """One line. `address`: the page where it is decided; `detail`: one sentence, or nothing."""

    badge: Badge
    words: str
    address: str
    detail: str = ""


def tasks_of(viewer: Viewer) -> list[Task]:
    """Everything that waits for somebody with these rights, the gravest first."""
    launches = _open_launches()
    found = [
        *_cases(viewer),
        *_launches(viewer, launches),
        *_moves(viewer),
        *(_senders(viewer) if viewer.rights.has(Right.MANAGE_LAUNCHES) else ()),
        *(_readiness() if viewer.rights.has(Right.MANAGE_LAUNCHES) else ()),
        *_languages(viewer, launches),
        *_stopped(viewer),
    ]
    return sorted(found, key=lambda task: task.badge.tone is not Tone.BAD)


def _cases(viewer: Viewer) -> Iterator[Task]:
    """By kind, calls for help on top."""
    if not viewer.rights.has_somewhere(Right.SEE_CASES):
        return
    waiting = visible_cases(viewer, Right.SEE_CASES).filter(state=CaseState.OPEN)
    numbers = dict(waiting.order_by().values_list("kind").annotate(number=Count("pk")))
    for kind, words_for in _CASE_TASKS.items():
        if number := numbers.get(kind, 0):
            yield words_for(number, reverse("cases"))


def _crises(number: int, address: str) -> Task:
    words = ngettext(
        "%(number)d person may be in distress", "%(number)d people may be in distress", number
    )
    return Task(
        Badge(gettext("Call for help"), Tone.BAD),
        words % {"number": number},
        address,
        gettext("Read it now, before anything else."),
    )


def _holds(number: int, address: str) -> Task:
    words = ngettext(
        "%(number)d reply of which we are not sure what is meant",
        "%(number)d replies of which we are not sure what is meant",
        number,
    )
    return Task(
        Badge(gettext("On hold"), Tone.ASK),
        words % {"number": number},
        address,
        gettext("Nothing goes to these people until somebody decides."),
    )


def _questions(number: int, address: str) -> Task:
    words = ngettext(
        "%(number)d reply waits to be read", "%(number)d replies wait to be read", number
    )
    return Task(Badge(gettext("To read"), Tone.ASK), words % {"number": number}, address)


_CASE_TASKS = {CaseKind.CRISIS: _crises, CaseKind.HOLD: _holds, CaseKind.QUESTION: _questions}


def _open_launches() -> list[Launch]:
    found = Launch.objects.filter(state__in=_OPEN).select_related("version__campaign", "created_by")
    return list(
        found.defer("version__files", "version__definition").order_by("starts_on", "pk")[:200]
    )


def _launches(viewer: Viewer, launches: Sequence[Launch]) -> Iterator[Task]:
    may_manage = viewer.rights.has(Right.MANAGE_LAUNCHES)
    unknown = unknown_by_launch([launch.pk for launch in launches]) if may_manage else {}
    for launch in launches:
        address = reverse("launch", args=[launch.uuid])
        if launch.pk in unknown:
            yield _unknown(launch, unknown[launch.pk])
        if launch.state == LaunchState.IN_REVIEW:
            yield from _approval(viewer, launch, address)
        if _asks_for_urgency(viewer, launch):
            yield Task(
                Badge(gettext("You decide"), Tone.ASK),
                gettext("%(name)s asks to go before all others") % {"name": launch.name},
                reverse("launch-approve-urgent", args=[launch.uuid]),
                launch.urgent_why,
            )
        if may_manage and launch.state == LaunchState.PAUSED:
            yield Task(
                Badge(gettext("Paused"), Tone.HALT),
                gettext("%(name)s is paused") % {"name": launch.name},
                address,
                launch.state_reason,
            )
        if may_manage and launch.state in _NOT_STARTED:
            yield _start(launch, address)


def _moves(viewer: Viewer) -> Iterator[Task]:
    """Running sends that are to go on with another version."""
    if not viewer.rights.has(Right.APPROVE_LAUNCHES) or viewer.staff is None:
        return
    asked = LaunchMove.objects.filter(state=MoveState.ASKED).exclude(asked_by=viewer.staff)
    for move in asked.select_related("launch", "to_version", "asked_by").defer(
        "to_version__files", "to_version__definition"
    ):
        yield Task(
            Badge(gettext("You decide"), Tone.ASK),
            gettext("%(name)s is to go on with version %(number)d")
            % {"name": move.launch.name, "number": move.to_version.number},
            reverse("launch-move", args=[move.launch.uuid]),
            f"{move.asked_by.name}: {move.why}",
        )


def _unknown(launch: Launch, number: int) -> Task:
    return Task(
        Badge(gettext("You decide"), Tone.ASK),
        ngettext(
            "%(number)d message of %(name)s with unknown outcome",
            "%(number)d messages of %(name)s with unknown outcome",
            number,
        )
        % {"number": number, "name": launch.name},
        reverse("launch-unknown", args=[launch.uuid]),
        gettext("The provider never answered. Count them as sent, or send again?"),
    )


def _approval(viewer: Viewer, launch: Launch, address: str) -> Iterator[Task]:
    is_maker = viewer.staff is not None and viewer.staff.pk == launch.created_by_id
    if viewer.rights.has(Right.APPROVE_LAUNCHES) and not is_maker:
        yield Task(
            Badge(gettext("You decide"), Tone.ASK),
            gettext("%(name)s waits for your approval") % {"name": launch.name},
            address,
            gettext("Made by %(maker)s.") % {"maker": launch.created_by.name},
        )
    elif viewer.rights.has(Right.MANAGE_LAUNCHES):
        yield Task(
            Badge(gettext("Waiting"), Tone.CALM),
            gettext("%(name)s waits for a second person") % {"name": launch.name},
            address,
        )


def _asks_for_urgency(viewer: Viewer, launch: Launch) -> bool:
    asked = launch.urgent_asked_by_id is not None and not launch.is_urgent
    is_asker = viewer.staff is not None and viewer.staff.pk == launch.urgent_asked_by_id
    return asked and not is_asker and viewer.rights.has(Right.APPROVE_URGENT)


def _start(launch: Launch, address: str) -> Task:
    is_due = launch.starts_on <= now().date()
    return Task(
        Badge(gettext("Approved"), Tone.BAD if is_due else Tone.ASK),
        gettext("%(name)s is approved and not started") % {"name": launch.name},
        address,
        gettext("Its first day is %(day)s. Nothing goes out until somebody starts it.")
        % {"day": f"{launch.starts_on:%d %b %Y}"},
    )


def _senders(viewer: Viewer) -> Iterator[Task]:
    """Senders that do not work, or that staff put aside."""
    failing = Sender.objects.filter(is_active=True).filter(
        Q(health__forced="", health__state__in=[HealthState.TRIPPED, HealthState.PROBING])
        | Q(health__forced=HealthState.TRIPPED)
        | Q(paused_until__gt=Now())  # by the database's clock: the provider's time
    )
    for sender in failing.select_related("health").order_by("pk"):
        health = getattr(sender, "health", None)
        yield Task(
            Badge(gettext("Sender"), Tone.BAD),
            gettext("%(sender)s does not work") % {"sender": sender.identity},
            reverse("sender-health"),
            sender.paused_why or (health.forced_why or health.why if health else ""),
        )


def _readiness() -> Iterator[Task]:
    if not has_duty_contact():
        yield Task(
            Badge(gettext("Not ready"), Tone.BAD),
            gettext("Nobody of the organisation is alerted to calls for help"),
            reverse("readiness"),
            gettext("No send to parents can be approved before a duty contact confirmed a test."),
        )
        return
    schools = dict(School.objects.order_by("name").values_list("pk", "name"))
    unready = unready_schools(list(schools))
    if unready:
        yield Task(
            Badge(gettext("Not ready"), Tone.ASK),
            ngettext(
                "%(number)d school without a child-protection contact who confirmed a test",
                "%(number)d schools without a child-protection contact who confirmed a test",
                len(unready),
            )
            % {"number": len(unready)},
            reverse("readiness"),
            _some([schools[each] for each in unready]),
        )


def _languages(viewer: Viewer, launches: Sequence[Launch]) -> Iterator[Task]:
    """Texts that nobody read as a native speaker, of versions that are to go out."""
    if not viewer.rights.has(Right.MANAGE_LAUNCHES):
        return
    versions: dict[int, CampaignVersion] = {each.version_id: each.version for each in launches}
    for version in versions.values():
        languages = unreviewed_languages(version)
        if languages:
            yield Task(
                Badge(gettext("Not reviewed"), Tone.ASK),
                ngettext(
                    "%(title)s, version %(version)d: %(number)d language that nobody reviewed",
                    "%(title)s, version %(version)d: %(number)d languages that nobody reviewed",
                    len(languages),
                )
                % {
                    "title": version.campaign.title,
                    "version": version.number,
                    "number": len(languages),
                },
                reverse("campaign-version", args=[version.campaign.slug, version.number]),
                ", ".join(map(language_words, languages)),
            )


def _stopped(viewer: Viewer) -> Iterator[Task]:
    if not viewer.rights.has(Right.STOP_SCHOOL):
        return
    stops = SchoolStop.objects.filter(lifted_at__isnull=True, launch__isnull=True)
    names = list(stops.order_by("school__name").values_list("school__name", flat=True))
    if names:
        yield Task(
            Badge(gettext("School stopped"), Tone.HALT),
            ngettext(
                "Nothing goes out in the name of %(number)d school",
                "Nothing goes out in the name of %(number)d schools",
                len(names),
            )
            % {"number": len(names)},
            reverse("schools"),
            _some(names),
        )


def _some(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    if more <= 0:
        return shown
    return gettext("%(names)s and %(number)d more") % {"names": shown, "number": more}
