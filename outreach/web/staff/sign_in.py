"""Signing in and out: password, then a code where the account has one; or a passkey alone."""

from __future__ import annotations

from django.contrib.auth import authenticate, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
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
from outreach.web.access import own_account, public
from outreach.web.proof import own_page
from outreach.web.public.visitor import network_of
from outreach.web.staff.challenges import answer_of, question, site_of, take_challenge
from outreach.web.staff.forms import CodeForm, SignInForm
from outreach.web.staff.visits import half_way, let_in, wait_for_second_factor

_TOO_MANY = 429


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form; after it the code, or the page that was asked for."""
    if request.method != "POST":
        return _page(request, SignInForm())
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    email, network = form.cleaned_data["email"].casefold(), network_of(request)
    try:
        begin_try(Door.PASSWORD, email, network)
    except TooManyTries as error:
        return slow_down(request, error)
    staff = authenticate(request, username=email, password=form.cleaned_data["password"])
    if not isinstance(staff, Staff):
        form.add_error(None, _("Email address and password do not match an account here."))
        return _page(request, form)
    note_success(Door.PASSWORD, email, network)
    return _go_on(request, staff)


@public
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """The code after the password."""
    staff = half_way(request)
    if staff is None:
        return redirect("sign-in")
    if request.method != "POST":
        return _second_page(request, staff, CodeForm())
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _second_page(request, staff, form)
    try:
        right = is_second_factor(request, staff, form.cleaned_data["code"])
    except TooManyTries as error:
        return slow_down(request, error)
    if not right:
        form.add_error("code", _("This code is not right, or it was used before."))
        return _second_page(request, staff, form)
    wanted = _wanted(request)
    let_in(request, staff, by_second_factor=True)
    return HttpResponseRedirect(wanted)


@public
@never_cache
@require_POST
def passkey_question(request: HttpRequest) -> HttpResponse:
    """What the page's script asks the browser; it names no account."""
    return question(request, ask_to_sign_in(site_of(request)))


@public
@never_cache
@require_POST
def passkey(request: HttpRequest) -> HttpResponse:
    """A passkey alone signs in: it asked for a finger, face or PIN itself."""
    try:
        challenge = take_challenge(request)
        staff = staff_of_answer(answer_of(request), challenge, site_of(request))
    except BadInput as error:
        form = SignInForm()
        return _page(request, form, problem=str(error))
    wanted = _wanted(request)
    let_in(request, staff, by_second_factor=True)
    return HttpResponseRedirect(wanted)


@own_account()
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session."""
    logout(request)
    return redirect("sign-in")


def is_second_factor(request: HttpRequest, staff: Staff, code: str) -> bool:
    """Whether `code` is one of the app or a recovery code. Raises TooManyTries."""
    network = network_of(request)
    begin_try(Door.SECOND_FACTOR, staff.email, network)
    right = is_code_of_app(staff, code) or use_code(staff, code, actor=actor_of(staff))
    if right:
        note_success(Door.SECOND_FACTOR, staff.email, network)
    return right


def slow_down(request: HttpRequest, error: TooManyTries) -> HttpResponse:
    """Says how long to wait; nothing is closed for good."""
    page = {"seconds": error.seconds, "minutes": -(-error.seconds // 60)}
    answer = render(request, "staff/too_many.html", page, status=_TOO_MANY)
    answer["Retry-After"] = str(error.seconds)
    return answer


def _go_on(request: HttpRequest, staff: Staff) -> HttpResponse:
    wanted = _wanted(request)
    if not factors_of(staff).has_any:
        let_in(request, staff, by_second_factor=False)
        return HttpResponseRedirect(wanted)
    wait_for_second_factor(request, staff)
    request.session["wanted"] = wanted
    return redirect("sign-in-second")


def _wanted(request: HttpRequest) -> str:
    return own_page(request, request.POST.get("next", "") or request.session.pop("wanted", ""))


def _page(request: HttpRequest, form: SignInForm, *, problem: str = "") -> HttpResponse:
    page = {
        "form": form,
        "problem": problem,
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "can_have_passkeys": site_of(request).can_have_passkeys,
    }
    return render(request, "staff/sign_in.html", page)


def _second_page(request: HttpRequest, staff: Staff, form: CodeForm) -> HttpResponse:
    factors = factors_of(staff)
    has_passkey = factors.passkeys > 0 and site_of(request).can_have_passkeys
    page = {"form": form, "factors": factors, "has_passkey": has_passkey}
    return render(request, "staff/second_step.html", page)
