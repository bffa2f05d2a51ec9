"""From the words of a form to a send that a second person decides about.

Owns that nothing is made that nobody looked at: what is made carries the fingerprint of what was
shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.utils.translation import gettext

from outreach.campaigns.actions import ask_urgent, create_launch, import_pack, request_review
from outreach.campaigns.definition import CampaignPack, make_pack
from outreach.campaigns.definition.single import Single, written
from outreach.campaigns.kept_checks import check_known
from outreach.campaigns.models import Launch
from outreach.core.clock import now
from outreach.core.errors import BadFile, OutreachError, Problem
from outreach.organisation.audit import Actor
from outreach.organisation.models import School
from outreach.web.access import StaffRequest
from outreach.web.manager.single.forms import WordsForm


@dataclass
class Look:
    """What the checks say. `pack`: None where it cannot even be read. `seen`: its fingerprint."""

    pack: CampaignPack | None
    problems: list[Problem]
    seen: str = ""

    @property
    def may_send(self) -> bool:
        return self.pack is not None and not any(each.blocks for each in self.problems)


@dataclass(frozen=True)
class Made:
    """What is to be made of it. `goes_first`: before all other sends, if a second person agrees."""

    single: Single
    schools: Sequence[School]
    goes_first: bool


def look_at(single: Single) -> Look:
    """The same checks as those of any campaign."""
    source, files = written(single)
    try:
        pack = make_pack(source, files)
    except BadFile as error:
        return Look(None, error.problems)
    return Look(pack, check_known(pack), pack.sha256)


def make(request: StaffRequest, form: WordsForm, made: Made) -> tuple[Look, Launch | None]:
    """The look, and the send where what was looked at was asked for and is without fault."""
    look = look_at(made.single)
    asks = request.POST.get("do") == "send" and request.POST.get("seen") == look.seen
    if not asks or look.pack is None or not look.may_send:
        return look, None
    try:
        launch = _launch(look.pack, made, form.cleaned_data["why"], request.viewer.actor)
    except OutreachError as error:
        form.add_error(None, str(error))
        return look, None
    messages.success(
        request, gettext("It waits for a second person. Nothing goes out before that.")
    )
    return look, launch


@transaction.atomic
def _launch(pack: CampaignPack, made: Made, why: str, actor: Actor) -> Launch:
    """All of it or nothing: no campaign is left behind without its send."""
    launch = create_launch(
        import_pack(pack, actor=actor),
        name=made.single.title,
        starts_on=now().date(),
        schools=made.schools,
        actor=actor,
    )
    if made.goes_first:
        launch = ask_urgent(launch, actor=actor, why=why)
    return request_review(launch, actor=actor, accepts_unreviewed=True)
