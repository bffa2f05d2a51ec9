"""Setting up and taking away a second factor: app, recovery codes, passkeys."""

from __future__ import annotations

from uuid import UUID

import segno
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from outreach.core.errors import BadInput, NotNow
from outreach.organisation.models import Organisation
from outreach.organisation.second_factor import factors_of
from outreach.organisation.second_factor.app_codes import (
    add_app,
    address_of_secret,
    new_secret,
    remove_app,
)
from outreach.organisation.second_factor.passkeys import add_passkey, ask_for_new, remove_passkey
from outreach.organisation.second_factor.recovery_codes import new_codes
from outreach.organisation.sessions import end_sessions
from outreach.web.access import StaffRequest, own_account
from outreach.web.proof import has_second_factor, note_proof
from outreach.web.staff.account import owner
from outreach.web.staff.challenges import question, site_of, take_challenge
from outreach.web.staff.forms import AppForm, PasskeyForm

_SECRET = "new_app"  # noqa: S105  # the name under which the session keeps it meanwhile
_LETTERS_TOGETHER = 4


@own_account(fresh=True)
@require_POST
def begin_app(request: StaffRequest) -> HttpResponse:
    """A new secret, which counts once the app has shown a right code."""
    request.session[_SECRET] = new_secret()
    return redirect("account-app")


@own_account(fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
def app(request: StaffRequest) -> HttpResponse:
    """The picture for the app, and its first code; then the recovery codes."""
    secret = request.session.get(_SECRET)
    if not secret:
        return redirect("account")
    form = AppForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _app_page(request, form, secret)
    staff = owner(request)
    try:
        add_app(staff, secret, form.cleaned_data["code"], actor=request.viewer.actor)
    except BadInput as error:
        form.add_error("code", str(error))
        return _app_page(request, form, secret)
    del request.session[_SECRET]
    return _set_up(request, _("Your app is set up. The next sign-in asks for its code."))


@own_account(fresh=True)
@require_POST
def drop_app(request: StaffRequest) -> HttpResponse:
    """The app's codes count no more."""
    try:
        remove_app(owner(request), actor=request.viewer.actor)
    except NotNow as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The app is removed."))
    return redirect("account")


@own_account(fresh=True)
@require_POST
def recovery_codes(request: StaffRequest) -> HttpResponse:
    """Ten new ones, shown this once."""
    if not factors_of(owner(request)).has_any:
        messages.error(request, _("Set up an app or a passkey first."))
        return redirect("account")
    return _show_codes(request)


@own_account(fresh=True)
@require_POST
def passkey_question(request: StaffRequest) -> HttpResponse:
    """What the page's script asks the browser."""
    return question(request, ask_for_new(owner(request), site_of(request), _organisation()))


@own_account(fresh=True)
@require_http_methods(["GET", "HEAD", "POST"])
def new_passkey(request: StaffRequest) -> HttpResponse:
    """Takes the passkey that the browser made."""
    form = PasskeyForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _passkey_page(request, form)
    try:
        add_passkey(
            owner(request),
            form.cleaned_data["answer"],
            take_challenge(request),
            site_of(request),
            name=form.cleaned_data["name"],
            actor=request.viewer.actor,
        )
    except BadInput as error:
        form.add_error(None, str(error))
        return _passkey_page(request, form)
    return _set_up(request, _("Your passkey is set up. It signs in without the password."))


@own_account(fresh=True)
@require_POST
def drop_passkey(request: StaffRequest, uuid: UUID) -> HttpResponse:
    """It signs in no more."""
    remove_passkey(owner(request), uuid, actor=request.viewer.actor)
    messages.success(request, _("The passkey is removed."))
    return redirect("account")


def _set_up(request: StaffRequest, sentence: str) -> HttpResponse:
    """Browsers that signed in by the password alone are signed out: one may be a thief's."""
    staff = owner(request)
    is_first = not has_second_factor(request)
    note_proof(request, by_second_factor=True)
    messages.success(request, sentence)
    if is_first:
        key = request.session.session_key
        end_sessions(staff, actor=request.viewer.actor, keep=key, why="A second factor is new.")
    if factors_of(staff).recovery_codes == 0:
        return _show_codes(request)
    return redirect("account")


def _passkey_page(request: StaffRequest, form: PasskeyForm) -> HttpResponse:
    page = {"form": form, "can_have_passkeys": site_of(request).can_have_passkeys}
    return render(request, "staff/passkey.html", page)


def _show_codes(request: StaffRequest) -> HttpResponse:
    codes = new_codes(owner(request), actor=request.viewer.actor)
    return render(request, "staff/recovery_codes.html", {"codes": codes})


def _app_page(request: StaffRequest, form: AppForm, secret: str) -> HttpResponse:
    address = address_of_secret(secret, owner(request), _organisation())
    drawing = segno.make_qr(address, error="m").svg_inline(
        omitsize=True, border=3, dark="#000", light="#fff", title=_("QR code for your app")
    )
    groups = [
        secret[at : at + _LETTERS_TOGETHER] for at in range(0, len(secret), _LETTERS_TOGETHER)
    ]
    page = {
        "form": form,
        "qr": mark_safe(drawing),  # noqa: S308  # drawn by segno; what it says is only dots
        "secret": " ".join(groups),
        "address": address,
    }
    return render(request, "staff/app.html", page)


def _organisation() -> str:
    name = Organisation.objects.values_list("name", flat=True).first()
    return name or "Outreach"
