"""The language of the staff's pages: chosen in the page's foot, else the browser's.

Owns the choice, kept in a cookie as the time zone is, so that it also holds on the sign-in
page. Refuses the pages of parents (they have words and a choice of their own, see
`public.words`) and the API: both are left in the language of the settings.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from outreach.web.access import View, public

_STAFF_PAGES = "outreach.web."
_PARENTS_PAGES = "outreach.web.public."


class LanguageMiddleware:
    """Stands before the view's own middleware, so that a refusal is in the language too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(translation.get_language_from_request(request)):
            return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """Back to the language of the settings for what is not a page of staff."""
        name = f"{view.__module__}."
        if not name.startswith(_STAFF_PAGES) or name.startswith(_PARENTS_PAGES):
            translation.activate(settings.LANGUAGE_CODE)


@public
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Keeps the choice and goes back to the page (`next`), if it is one of ours."""
    response = set_language(request)
    patch_vary_headers(response, ("Cookie",))
    return response
