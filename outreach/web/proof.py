"""How a session proved whose it is: when last, and whether by more than a password.

Kept in the session. Exports, erasure, changes of staff and large launches ask for a proof of
the last ten minutes, so that an open browser on a desk is not enough for them.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from outreach.organisation.visible_schools import SAFE_METHODS

FRESH_FOR = timedelta(minutes=10)
_PROVED = "proved"
_SECOND = "second"


def note_proof(request: HttpRequest, *, by_second_factor: bool) -> None:
    """Just now. A second factor stays proved for as long as the session lasts."""
    request.session[_PROVED] = int(timezone.now().timestamp())
    if by_second_factor:
        request.session[_SECOND] = True


def is_fresh(request: HttpRequest) -> bool:
    """Whether the last proof is recent enough for what cannot be taken back."""
    proved = int(request.session.get(_PROVED, 0))
    return timezone.now().timestamp() - proved <= FRESH_FOR.total_seconds()


def has_second_factor(request: HttpRequest) -> bool:
    """Whether this session was opened, or continued, with a second factor."""
    return bool(request.session.get(_SECOND))


def ask_again(request: HttpRequest) -> HttpResponse:
    """To the page that asks for a proof, and from there back."""
    is_read = request.method in SAFE_METHODS
    if not is_read:
        messages.warning(request, _("Nothing was done yet: please do it once more."))
    wanted = request.get_full_path() if is_read else _page_before(request)
    address = f"{reverse('confirm')}?{urlencode({'next': wanted})}"
    if getattr(request, "htmx", False):
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def own_page(request: HttpRequest, wanted: str) -> str:
    """`wanted` when it is a page of ours, else the start: a link must not lead anywhere else."""
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else "/"


def _page_before(request: HttpRequest) -> str:
    """The page with the form that was sent."""
    before = urlsplit(request.headers.get("Referer", ""))
    if before.netloc != request.get_host():
        return "/"
    return f"{before.path}?{before.query}" if before.query else before.path
