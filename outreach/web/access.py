"""Who may open which page, and which schools' rows a request can see.

Every view declares its rule with `@public`, `@signed_in` or `@needs(Right.X)`;
`AccessMiddleware` answers 404 for a view without one, and a test walks all of them.
Row-level security is the second wall: for role outreach_app PostgreSQL shows only the
schools in `outreach.schools`, which is set here for the length of one request. The API is a
door of its own: it checks its keys and sets its rows itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext

from outreach.core.errors import NotAllowed, NotFound
from outreach.organisation.audit import Actor
from outreach.organisation.models import Staff
from outreach.organisation.permissions import NOBODY, Audience, Right, Rights, Rule, rights_of
from outreach.organisation.second_factor import must_have_one
from outreach.organisation.sessions import SessionStore
from outreach.organisation.staff import actor_of
from outreach.organisation.visible_schools import (
    EVERY_SCHOOL,
    NO_SCHOOL,
    SAFE_METHODS,
    limit_to,
    seeing,
)
from outreach.web.proof import ask_again, has_second_factor, is_fresh
from outreach.web.zone import zone_of

_LOG = logging.getLogger(__name__)

View = Callable[..., HttpResponse]
ViewType = TypeVar("ViewType", bound=View)


@dataclass(frozen=True)
class Viewer:
    """Who looks at the page."""

    staff: Staff | None
    rights: Rights

    @property
    def actor(self) -> Actor:
        """How the viewer appears in the audit log; only for views with a sign-in."""
        if self.staff is None:
            raise TypeError("a public view has no member of staff as its actor")
        return actor_of(self.staff)

    @property
    def schools(self) -> str:
        """The value of `outreach.schools`: '*', or school ids, or nothing."""
        if self.rights.sees_all_schools:
            return EVERY_SCHOOL
        return ",".join(str(school) for school in sorted(self.rights.by_school))


class StaffRequest(HttpRequest):
    """A request that the middleware has let through: it carries its viewer."""

    viewer: Viewer


NOBODY_IN_PARTICULAR = Viewer(None, NOBODY)


def public(view: ViewType) -> ViewType:
    """For everybody, without sign-in; sees no school's rows by itself."""
    return _declare(view, Rule(Audience.ANYONE))


def without_database(view: ViewType) -> ViewType:
    """For everybody, and never touches PostgreSQL."""
    return _declare(view, Rule(Audience.ANYONE, uses_database=False))


def with_token(view: ViewType) -> ViewType:
    """For another system, with a token that the view itself checks before it reads a row."""
    return _declare(view, Rule(Audience.KEY))


def signed_in(view: ViewType) -> ViewType:
    """For every member of staff."""
    return _declare(view, Rule(Audience.STAFF))


def own_account(*, fresh: bool = False) -> Callable[[ViewType], ViewType]:
    """For every member of staff, also before they set up a second factor that they need.

    `fresh`: see `needs`.
    """

    def declare(view: ViewType) -> ViewType:
        rule = Rule(Audience.STAFF, is_fresh=fresh, before_second_factor=True)
        return _declare(view, rule)

    return declare


def needs(right: Right, *, fresh: bool = False) -> Callable[[ViewType], ViewType]:
    """For staff with `right` in the organisation or in a school.

    The view still has to look for its objects among those that the right covers. `fresh`: asks
    for the password or a code again unless that was within the last ten minutes.
    """

    def declare(view: ViewType) -> ViewType:
        return _declare(view, Rule(Audience.STAFF, right, is_fresh=fresh))

    return declare


def _declare(view: ViewType, rule: Rule) -> ViewType:
    view.access_rule = rule  # type: ignore[attr-defined]  # Django's own decorators do the same
    return view


def rule_of(view: View) -> Rule | None:
    """The rule that a view declared, None when it did not."""
    return getattr(view, "access_rule", None)


class AccessMiddleware:
    """Checks the rule, then calls the view within the rows that the viewer may see."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse:
        """Answers in place of the view, or with what the view answered."""
        rule = rule_of(view)
        if rule is None:
            _LOG.critical("the view %s.%s declares no rule", view.__module__, view.__qualname__)
            raise Http404
        if not rule.uses_database or rule.audience is Audience.KEY:
            return view(request, *args, **kwargs)
        viewer = _viewer(request) if rule.audience is Audience.STAFF else NOBODY_IN_PARTICULAR
        if rule.audience is Audience.STAFF and viewer.staff is None:
            return _to_sign_in(request)
        cast("StaffRequest", request).viewer = viewer
        if (stopped := _stopped(request, rule, viewer)) is not None:
            return stopped
        with seeing(request.method or "", viewer.schools), timezone.override(zone_of(request)):
            response = _answer(view, request, *args, **kwargs)
        if rule.audience is Audience.STAFF:
            _note_visit(request)
            # Nobody reads it by the back button after a sign-out.
            patch_cache_control(response, private=True, no_store=True)
        return response


@contextmanager
def seeing_every_school(method: str) -> Iterator[None]:
    """For the pages of parents: what they show belongs to a school that nobody signed in for.

    Around calls that open a sealed code before they read a row, and around signing up, whose
    school is in the address; never around a query that the request shapes otherwise.
    """
    with seeing(method, EVERY_SCHOOL):
        yield
    if method in SAFE_METHODS:  # the page's own transaction goes on
        limit_to(NO_SCHOOL, for_transaction=True)


def _stopped(request: HttpRequest, rule: Rule, viewer: Viewer) -> HttpResponse | None:
    """What a member of staff has to do first, or may not do at all."""
    if rule.right is not None and not viewer.rights.has_somewhere(rule.right):
        return _refused(request, rule.right)
    if rule.audience is not Audience.STAFF:
        return None
    if not (rule.before_second_factor or has_second_factor(request)) and must_have_one(
        viewer.rights.roles
    ):
        return HttpResponseRedirect(reverse("account"))
    return ask_again(request) if rule.is_fresh and not is_fresh(request) else None


def _note_visit(request: HttpRequest) -> None:
    """Only pages that somebody opened: one that asks for news by itself keeps no session open."""
    by_itself = request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
    session = request.session
    if isinstance(session, SessionStore) and not by_itself:
        session.touch()


def _answer(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    try:
        return view(request, *args, **kwargs)
    except NotFound as error:
        raise Http404(error.message) from error
    except NotAllowed as error:
        return render(request, "403.html", {"sentence": str(error)}, status=403)


def _viewer(request: HttpRequest) -> Viewer:
    user = request.user
    if not isinstance(user, Staff) or not user.is_authenticated:
        return NOBODY_IN_PARTICULAR
    return Viewer(user, rights_of(user))


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """A page goes to the sign-in; a part of a page tells the whole page to go there."""
    if getattr(request, "htmx", False):
        return HttpResponse(status=401, headers={"HX-Redirect": reverse("sign-in")})
    if request.method not in SAFE_METHODS:
        return redirect_to_login("/")
    return redirect_to_login(request.get_full_path())


def _refused(request: HttpRequest, right: Right) -> HttpResponse:
    sentence = gettext(
        "Your account may not {do}. Ask an administrator for a role that may."
    ).format(do=gettext(right.value))
    return render(request, "403.html", {"sentence": sentence}, status=403)
