"""Staff: who there is, inviting somebody, their roles, closing an account.

Only administrators come here, and whatever they change asks for a proof of the last minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outreach.core.errors import NotFound, OutreachError
from outreach.notices.models import NoticeState
from outreach.notices.staff_letters import mail_link, mail_of
from outreach.organisation.accounts import (
    Invited,
    invite_again,
    invite_staff,
    withdraw_invitation,
)
from outreach.organisation.address_keys import address_keys
from outreach.organisation.members import member_by_uuid, members, roles_held
from outreach.organisation.models import Role, School, Staff, StaffRole
from outreach.organisation.permissions import Right
from outreach.organisation.second_factor import take_away_factors
from outreach.organisation.sessions import end_sessions, sessions_of
from outreach.organisation.sign_in_models import LinkKind, StaffLink
from outreach.organisation.staff import close_account, give_role, take_role
from outreach.web.access import StaffRequest, needs
from outreach.web.staff.forms import InviteForm, RoleForm, WhyForm
from outreach.web.words import member_badge

_MOST_SHOWN = 50  # the rest is searched for
_NOT_SENT = {NoticeState.SKIPPED, NoticeState.FAILED, NoticeState.EXPIRED}


@needs(Right.MANAGE_STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def staff(request: StaffRequest) -> HttpResponse:
    """Everybody; asked by POST, as an address is to be in no log, who has `name` in their name,
    address or school. The first fifty of them, with what they may do."""
    named = request.POST.get("name", "").strip()
    found = members(named, _MOST_SHOWN)
    page = {
        "lines": [(each, member_badge(each.state)) for each in found.members],
        "more": found.more,
        "named": named,
        "needs_whole_address": address_keys() is not None,
        "is_alone": not named and len(found.members) == 1,
    }
    return render(request, "staff/people.html", page)


@needs(Right.MANAGE_STAFF, fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: StaffRequest) -> HttpResponse:
    """The form of an invitation; its mail goes out at once."""
    form = InviteForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "staff/invite.html", {"form": form})
    invited = Invited(form.cleaned_data["email"], form.cleaned_data["name"], form.roles())
    try:
        link = invite_staff(invited, actor=request.viewer.actor)
    except OutreachError as error:
        form.add_error(None, str(error))
        return render(request, "staff/invite.html", {"form": form})
    _mail(request, link)
    return redirect("staff-member", uuid=link.staff.uuid)


@needs(Right.MANAGE_STAFF)
@require_safe
def member(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """One member of staff."""
    return _member_page(request, uuid, RoleForm(), WhyForm())


@needs(Right.MANAGE_STAFF, fresh=True)
@require_POST
def give(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Gives a role, in one school or several."""
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _member_page(request, uuid, form, WhyForm())
    found = _staff(uuid)
    for role, school in form.roles():
        give_role(found, role, school=school, actor=request.viewer.actor)
    messages.success(request, _("The role is given."))
    return redirect("staff-member", uuid=uuid)


@needs(Right.MANAGE_STAFF, fresh=True)
@require_POST
def take(request: StaffRequest, uuid: UUID, number: int) -> HttpResponse:
    """Takes one role away."""
    found = _staff(uuid)
    held = StaffRole.objects.filter(staff=found, pk=number).select_related("school").first()
    if held is None:
        raise NotFound("There is no such role.")
    role, school = held.role, held.school
    return _done(
        request,
        uuid,
        lambda: take_role(found, Role(role), school=school, actor=request.viewer.actor),
        _("The role is taken away."),
    )


@needs(Right.MANAGE_STAFF, fresh=True)
@require_POST
def close(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Closes the account; every browser is signed out at once."""
    form = WhyForm(request.POST)
    if not form.is_valid():
        return _member_page(request, uuid, RoleForm(), form)
    found, why = _staff(uuid), form.cleaned_data["why"]
    return _done(
        request,
        uuid,
        lambda: close_account(found, actor=request.viewer.actor, why=why),
        _("The account is closed, and every browser signed out."),
    )


@needs(Right.MANAGE_STAFF, fresh=True)
@require_POST
def again(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """A new invitation: for who did not come yet, or whose account was closed."""
    found = _staff(uuid)
    try:
        link = invite_again(found, actor=request.viewer.actor)
    except OutreachError as error:
        messages.error(request, str(error))
    else:
        _mail(request, link)
    return redirect("staff-member", uuid=uuid)


@needs(Right.MANAGE_STAFF, fresh=True)
@require_POST
def withdraw(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """The invitation's link works no more."""
    withdraw_invitation(_staff(uuid), actor=request.viewer.actor)
    messages.success(request, _("The invitation is withdrawn."))
    return redirect("staff-member", uuid=uuid)


@needs(Right.MANAGE_STAFF, fresh=True)
@require_POST
def reset_factor(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """For somebody who lost phone, passkeys and recovery codes; ends their sessions."""
    form = WhyForm(request.POST)
    if not form.is_valid():
        return _member_page(request, uuid, RoleForm(), form)
    found, why = _staff(uuid), form.cleaned_data["why"]
    take_away_factors(found, actor=request.viewer.actor, why=why)
    end_sessions(found, actor=request.viewer.actor, why=why)
    messages.success(request, _("The second factor is taken away; the password alone signs in."))
    return redirect("staff-member", uuid=uuid)


@needs(Right.MANAGE_STAFF, fresh=True)
@require_POST
def sign_out_everywhere(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Ends every session of somebody."""
    end_sessions(_staff(uuid), actor=request.viewer.actor, why="An administrator did.")
    messages.success(request, _("Every browser of theirs is signed out."))
    return redirect("staff-member", uuid=uuid)


def _done(
    request: StaffRequest, uuid: UUID, act: Callable[[], object], sentence: str
) -> HttpResponse:
    try:
        act()
    except OutreachError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, sentence)
    return redirect("staff-member", uuid=uuid)


def _mail(request: StaffRequest, link: StaffLink) -> None:
    if mail_link(link, actor=request.viewer.actor) is None:
        messages.error(request, _("There is no sender for email, so the invitation cannot go."))
        return
    messages.success(request, _("The invitation goes to %(email)s.") % {"email": link.staff.email})


def _staff(uuid: UUID) -> Staff:
    return member_by_uuid(uuid)[0]


def _member_page(
    request: StaffRequest, uuid: UUID, role_form: RoleForm, why_form: forms.Form
) -> HttpResponse:
    found, shown = member_by_uuid(uuid)
    school = request.GET.get("school", "").strip()
    page = {
        "member": shown,
        "held": roles_held(found, school, _MOST_SHOWN),
        "named": school,
        "badge": member_badge(shown.state),
        "sessions": sessions_of(found),
        "role_form": role_form,
        "why_form": why_form,
        "has_schools": School.objects.exists(),
        "mail_problem": _mail_problem(found),
        "is_own": request.viewer.staff == found,
    }
    return render(request, "staff/member.html", page)


def _mail_problem(found: Staff) -> str:
    """Why the newest invitation did not go out; "" when it did, or will."""
    links = found.links.filter(kind=LinkKind.INVITATION, used_at=None)
    link = links.order_by("-pk").first()
    mail = mail_of(link) if link else None
    return mail.reason or mail.state if mail and mail.state in _NOT_SENT else ""
