"""The API's addresses: /api/v1/…, its OpenAPI document, and what an error looks like."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from ninja.errors import AuthenticationError, ValidationError

from outreach.api.cases import router as cases
from outreach.api.document import DocumentedAPI
from outreach.api.hooks import router as hooks
from outreach.api.launches import router as launches
from outreach.api.opt_outs import router as opt_outs
from outreach.api.people import router as people
from outreach.api.schools import router as schools
from outreach.core.errors import BadInput, NotAllowed, NotFound, NotNow, OutreachError
from outreach.organisation.api_keys import TooMany
from outreach.organisation.permissions import Audience, Rule

api = DocumentedAPI(
    title="Outreach",
    version="1",
    urls_namespace="api-1",
    description="For systems of the organisation and of schools. Make a key with `outreach api "
    "create`; send it as `Authorization: Bearer ok_…`.",
    docs_url=None,  # its page loads scripts from elsewhere
    openapi_url="/openapi.json",
)
api.add_router("/opt-outs", opt_outs)
api.add_router("/schools", schools)
api.add_router("", people)
api.add_router("/launches", launches)
api.add_router("/cases", cases)
api.add_router("/hooks", hooks)
_STATUSES = ((TooMany, 429), (NotFound, 404), (NotAllowed, 403), (NotNow, 409), (BadInput, 400))


@api.exception_handler(OutreachError)
def _ours(request: HttpRequest, error: OutreachError) -> HttpResponse:
    status = next((number for kind, number in _STATUSES if isinstance(error, kind)), 500)
    body = {"code": error.code, "message": error.message, "remedy": error.remedy}
    answer = api.create_response(request, body, status=status)
    if status == 429:  # noqa: PLR2004  # the status that asks to come back
        answer["Retry-After"] = "60"
    return answer


@api.exception_handler(AuthenticationError)
def _no_key(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    body = {
        "code": "no-key",
        "message": "This needs a key that is in force.",
        "remedy": "Send it as Authorization: Bearer ok_…",
    }
    return api.create_response(request, body, status=401)


@api.exception_handler(ValidationError)
def _malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Says which field; never repeats what stood in it."""
    first = error.errors[0]
    place = ".".join(str(part) for part in first["loc"][2:]) or "body"
    body = {"code": "bad-input", "message": f"{place}: {first['msg']}", "remedy": ""}
    return api.create_response(request, body, status=422)


def _declared(pattern: URLPattern) -> URLPattern:
    """The document is for everybody; everything else checks a key."""
    audience = Audience.ANYONE if pattern.name == "openapi-json" else Audience.KEY
    pattern.callback = _saying_the_rate(pattern.callback)
    pattern.callback.access_rule = Rule(audience)  # type: ignore[attr-defined]  # as web declares it
    return pattern


def _saying_the_rate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Each answer to a key says how much of its minute is left."""

    @wraps(view)
    def answered(request: HttpRequest, *args: object, **named: object) -> HttpResponse:
        answer = view(request, *args, **named)
        used = getattr(request, "used", None)
        if used is not None:
            answer["X-RateLimit-Limit"] = str(used.most)
            answer["X-RateLimit-Remaining"] = str(max(used.most - used.times, 0))
        return answer

    return answered


app_name = "ninja"
urlpatterns = [_declared(each) for each in api.urls[0] if isinstance(each, URLPattern)]
