""" "Is it still you?": a proof of the last minutes, before what cannot be taken back."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from outreach.core.errors import BadInput
from outreach.organisation.models import Staff
from outreach.organisation.second_factor import factors_of
from outreach.organisation.second_factor.app_codes import is_code_of_app
from outreach.organisation.second_factor.passkeys import ask_to_sign_in, staff_of_answer
from outreach.organisation.second_factor.recovery_codes import use_code
from outreach.organisation.staff import actor_of
from outreach.organisation.tries import Door, TooManyTries, begin_try, note_success
from outreach.web.access import StaffRequest, own_account
from outreach.web.proof import note_proof, own_page
from outreach.web.public.visitor import network_of
from outreach.web.staff.account import owner
from outreach.web.staff.challenges import answer_of, question, site_of, take_challenge
from outreach.web.staff.forms import ProofForm
from outreach.web.staff.sign_in import slow_down


@own_account()
@sensitive_post_parameters("proof")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: StaffRequest) -> HttpResponse:
    """Password, code or passkey; then the page that asked."""
    if request.method != "POST":
        return _page(request, ProofForm())
    if "answer" in request.POST:
        return _by_passkey(request)
    form = ProofForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    staff, proof = owner(request), form.cleaned_data["proof"]
    try:
        begin_try(Door.SECOND_FACTOR, staff.email, network_of(request))
    except TooManyTries as error:
        return slow_down(request, error)
    by_code = is_code_of_app(staff, proof) or use_code(staff, proof, actor=actor_of(staff))
    if not by_code and not staff.check_password(proof):
        form.add_error("proof", _("This is not right."))
        return _page(request, form)
    note_success(Door.SECOND_FACTOR, staff.email, network_of(request))
    return _proved(request, by_second_factor=by_code)


@own_account()
@require_POST
def confirm_question(request: StaffRequest) -> HttpResponse:
    """What the page's script asks the browser."""
    return question(request, ask_to_sign_in(site_of(request)))


def _by_passkey(request: StaffRequest) -> HttpResponse:
    try:
        signed_by = staff_of_answer(answer_of(request), take_challenge(request), site_of(request))
        _require_same(signed_by, owner(request))
    except BadInput as error:
        return _page(request, ProofForm(), problem=str(error))
    return _proved(request, by_second_factor=True)


def _require_same(one: Staff, other: Staff) -> None:
    if one.pk != other.pk:
        raise BadInput("This passkey belongs to another account.", remedy="Choose your own.")


def _proved(request: StaffRequest, *, by_second_factor: bool) -> HttpResponse:
    note_proof(request, by_second_factor=by_second_factor)
    return HttpResponseRedirect(own_page(request, request.POST.get("next", "")))


def _page(request: StaffRequest, form: ProofForm, *, problem: str = "") -> HttpResponse:
    can = site_of(request).can_have_passkeys
    page = {
        "form": form,
        "problem": problem,
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "has_passkey": can and factors_of(owner(request)).passkeys > 0,
    }
    return render(request, "staff/confirm.html", page)
