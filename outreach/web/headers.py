"""The one header that neither Django nor django-csp sets: what a page may ask a browser for."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_NOBODY = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "encrypted-media",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "screen-wake-lock",
    "usb",
    "xr-spatial-tracking",
)
# Passkeys are made and used on our own pages.
_OURSELVES = ("publickey-credentials-create", "publickey-credentials-get")
POLICY = ", ".join(
    [*(f"{each}=()" for each in _NOBODY), *(f"{each}=(self)" for each in _OURSELVES)]
)


class PermissionsPolicyMiddleware:
    """Adds `Permissions-Policy` to every answer, those of files too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        response.headers["Permissions-Policy"] = POLICY
        return response
