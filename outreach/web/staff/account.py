"""One's own account: how it is protected, where it is signed in, a new password."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outreach.core.errors import BadInput
from outreach.organisation.models import Staff
from outreach.organisation.second_factor import factors_of, must_have_one
from outreach.organisation.sessions import end_session, end_sessions, sessions_of
from outreach.organisation.sign_in_models import Passkey
from outreach.organisation.staff import change_password
from outreach.web.access import StaffRequest, own_account
from outreach.web.proof import has_second_factor, note_proof
from outreach.web.staff.challenges import site_of
from outreach.web.staff.forms import NewPasswordForm


def owner(request: StaffRequest) -> Staff:
    """Who is signed in; the access rule of these pages lets nobody else come here."""
    staff = request.viewer.staff
    if staff is None:
        raise TypeError("a page of an account without a member of staff")
    return staff


@own_account()
@require_safe
def account(request: StaffRequest) -> HttpResponse:
    """The overview."""
    staff = owner(request)
    page = {
        "factors": factors_of(staff),
        "passkeys": Passkey.objects.filter(staff=staff).order_by("added_at"),
        "sessions": sessions_of(staff, key=request.session.session_key),
        "can_have_passkeys": site_of(request).can_have_passkeys,
        "must_have_one": must_have_one(request.viewer.rights.roles),
        "is_proved": has_second_factor(request),
    }
    return render(request, "staff/account.html", page)


@own_account(fresh=True)
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: StaffRequest) -> HttpResponse:
    """A new password; every other browser has to sign in anew."""
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "staff/password.html", {"form": form})
    staff, key = owner(request), request.session.session_key
    try:
        change_password(
            staff, form.cleaned_data["password"], actor=request.viewer.actor, keep_session=key
        )
    except BadInput as error:
        form.add_error("password", str(error))
        return render(request, "staff/password.html", {"form": form})
    update_session_auth_hash(request, staff)
    note_proof(request, by_second_factor=False)
    messages.success(request, _("Your password is new. Every other browser is signed out."))
    return redirect("account")


@own_account()
@require_POST
def end_one(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """Signs one browser out."""
    end_session(owner(request), uuid, actor=request.viewer.actor)
    messages.success(request, _("That browser is signed out."))
    return redirect("account")


@own_account()
@require_POST
def end_others(request: StaffRequest) -> HttpResponse:
    """Signs every browser out but this one."""
    gone = end_sessions(
        owner(request), actor=request.viewer.actor, keep=request.session.session_key
    )
    sentence = ngettext(
        "%(gone)d other browser is signed out.", "%(gone)d other browsers are signed out.", gone
    )
    messages.success(request, sentence % {"gone": gone})
    return redirect("account")
