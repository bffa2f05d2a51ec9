"""Signing in and out."""

from __future__ import annotations

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from outreach.web.access import public, signed_in
from outreach.web.manager.forms import SignInForm

_TOO_MANY = 429


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form; after it the page that was asked for."""
    if request.method != "POST":
        return _page(request, SignInForm())
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    email = form.cleaned_data["email"].casefold()
    if not AxesProxyHandler.is_allowed(request, {"username": email}):
        return _locked_out(request)
    user = authenticate(request, username=email, password=form.cleaned_data["password"])
    if user is None:
        return _refused(request, form)
    login(request, user)
    return HttpResponseRedirect(_next_page(request))


@signed_in
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session."""
    logout(request)
    return redirect("sign-in")


def _refused(request: HttpRequest, form: SignInForm) -> HttpResponse:
    if getattr(request, "axes_locked_out", False):
        # Its middleware would replace our page by one bare English line.
        request.axes_locked_out = False  # type: ignore[attr-defined]  # set by django-axes
        return _locked_out(request)
    form.add_error(None, "Email address and password do not match an account here.")
    return _page(request, form)


def _locked_out(request: HttpRequest) -> HttpResponse:
    return render(request, "manager/locked_out.html", status=_TOO_MANY)


def _page(request: HttpRequest, form: SignInForm) -> HttpResponse:
    wanted = {"form": form, "next": request.POST.get("next") or request.GET.get("next", "")}
    return render(request, "manager/sign_in.html", wanted)


def _next_page(request: HttpRequest) -> str:
    """Only a page of ours: a link to the sign-in must not lead anywhere else."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else "/"
