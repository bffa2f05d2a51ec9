"""Pages behind the links of mails: an invitation, a new password; and asking for one.

The answer to asking is the same for every address.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from outreach.core.errors import BadInput, BadToken
from outreach.notices.staff_letters import mail_link
from outreach.organisation.accounts import accept_invitation, ask_for_reset, reset_password
from outreach.organisation.links import open_link
from outreach.organisation.sign_in_models import LinkKind
from outreach.organisation.staff import actor_of
from outreach.organisation.tries import Door, TooManyTries, begin_try
from outreach.web.access import public, seeing_every_school
from outreach.web.public.visitor import network_of
from outreach.web.staff.forms import EmailForm, NewPasswordForm
from outreach.web.staff.sign_in import slow_down
from outreach.web.staff.visits import let_in


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Asks for the address, and says the same whether it is known or not."""
    form = EmailForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "staff/forgotten.html", {"form": form})
    email = form.cleaned_data["email"].casefold()
    try:
        begin_try(Door.RESET, email, network_of(request))
    except TooManyTries as error:
        return slow_down(request, error)
    link = ask_for_reset(email)
    if link is not None:
        with seeing_every_school("POST"):
            mail_link(link, actor=actor_of(link.staff))
    return render(request, "staff/forgotten_done.html")


@public
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the link of a reset; afterwards the sign-in, with its second factor."""
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    try:
        staff = open_link(LinkKind.PASSWORD_RESET, token).staff
        if request.method != "POST" or not form.is_valid():
            return render(request, "staff/new_password.html", {"form": form, "staff": staff})
        reset_password(token, form.cleaned_data["password"])
    except BadToken as error:
        return _over(request, error)
    except BadInput as error:
        form.add_error("password", str(error))
        return render(request, "staff/new_password.html", {"form": form, "staff": staff})
    messages.success(request, _("Your password is new. Sign in with it."))
    return redirect("sign-in")


@public
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the link of an invitation; afterwards one's own account."""
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    try:
        staff = open_link(LinkKind.INVITATION, token).staff
        if request.method != "POST" or not form.is_valid():
            return render(request, "staff/welcome.html", {"form": form, "staff": staff})
        joined = accept_invitation(token, form.cleaned_data["password"])
    except BadToken as error:
        return _over(request, error)
    except BadInput as error:
        form.add_error("password", str(error))
        return render(request, "staff/welcome.html", {"form": form, "staff": staff})
    let_in(request, joined, by_second_factor=False)
    messages.success(request, _("Welcome. Your account is open."))
    return redirect("account")


def _over(request: HttpRequest, error: BadToken) -> HttpResponse:
    return render(request, "staff/link_over.html", {"sentence": str(error)}, status=404)
