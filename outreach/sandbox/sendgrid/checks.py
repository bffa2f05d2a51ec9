"""What SendGrid refuses in a Mail Send body, with the field it names.

Source: SendGrid's page of Mail Send errors and the limits in its OpenAPI file (read
in November 2026).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from outreach.sandbox.sendgrid.answers import FieldError

MOST_PERSONALIZATIONS = 1000
_MOST_RECIPIENTS = 1000
_MOST_BYTES = 10_000
_FURTHEST = timedelta(hours=72)
_ADDRESS = re.compile(r"[^\s@\"(),:;<>\[\]\\]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
_RESERVED_HEADERS = frozenset(
    {"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type"}
    | {"content-transfer-encoding", "to", "from", "subject", "reply-to", "cc", "bcc"}
)
_NO_ADDRESS = "Does not contain a valid address."
_OBJECTS = ("headers", "substitutions", "custom_args")
_LISTS = ("to", "cc", "bcc")
Body = Mapping[str, Any]


def problems(body: Body, now: datetime) -> list[FieldError]:
    """Everything wrong with a parsed Mail Send body, in SendGrid's order; empty to accept."""
    personalizations = body.get("personalizations")
    if not isinstance(personalizations, list) or not personalizations:
        return [_field("personalizations", "The personalizations field is required and must have "
                       "at least one personalization.")]  # fmt: skip
    if not all(isinstance(each, dict) for each in personalizations):
        return [_field("personalizations", "Each personalization must be an object.")]
    misshapen = list(_shapes(body, personalizations))
    if misshapen:
        return misshapen
    found = list(_envelope(body, personalizations))
    found += _counts(personalizations)
    for index, each in enumerate(personalizations):
        found += _personalization(f"personalizations.{index}", each, body, now)
    return found


def _shapes(body: Body, personalizations: list[Body]) -> Iterator[FieldError]:
    """Lists that are no lists and objects that are no objects; the other checks trust these."""
    for name in _OBJECTS:
        if not isinstance(body.get(name) or {}, dict):
            yield _field(name, "This must be an object.")
    for index, each in enumerate(personalizations):
        for name in _OBJECTS:
            if not isinstance(each.get(name) or {}, dict):
                yield _field(f"personalizations.{index}.{name}", "This must be an object.")
        for name in _LISTS:
            if not isinstance(each.get(name) or [], list):
                yield _field(f"personalizations.{index}.{name}", "This must be an array.")


def _envelope(body: Body, personalizations: list[Body]) -> Iterator[FieldError]:
    if not is_address(body.get("from")):
        yield _field("from.email", "The from object must be provided for every email send. It is "
                     "an object that requires the email parameter.")  # fmt: skip
    if body.get("reply_to") is not None and not _reply_is_good(body):
        yield _field("reply_to.email", _NO_ADDRESS)
    if not _text(body.get("subject")) and not all(
        _text(p.get("subject")) for p in personalizations
    ):
        yield _field("subject", "The subject is required. You can get around this requirement if "
                     "you use a template with a subject defined or if every personalization has a "
                     "subject defined.")  # fmt: skip
    yield from _content(body.get("content"))
    yield from _headers("headers", body.get("headers"))


def _content(content: object) -> Iterator[FieldError]:
    if not isinstance(content, list) or not content:
        yield _field("content", "Unless a valid template_id is provided, the content parameter is "
                     "required. There must be at least one defined content block.")  # fmt: skip
        return
    for index, block in enumerate(content):
        if not isinstance(block, dict) or not _text(block.get("type")):
            yield _field(f"content.{index}.type", "The content type is required.")
        elif not _text(block.get("value")):
            yield _field(f"content.{index}.value", "The content value must be a string at least "
                         "one character in length.")  # fmt: skip
    types = [block.get("type") for block in content if isinstance(block, dict)]
    if "text/plain" in types[1:]:
        yield _field("content", "If present, text/plain must be first, followed by text/html, "
                     "followed by any other content.")  # fmt: skip


def _counts(personalizations: list[Body]) -> Iterator[FieldError]:
    if len(personalizations) > MOST_PERSONALIZATIONS:
        yield _field("personalizations", "The personalization block is limited to 1000 "
                     f"personalizations per API request. You have provided {len(personalizations)} "
                     "personalizations. Please consider splitting this into multiple requests and "
                     "resending your request.")  # fmt: skip
    recipients = sum(len(each.get(kind) or ()) for each in personalizations for kind in _LISTS)
    if recipients > _MOST_RECIPIENTS:
        yield _field("personalizations", "There is a limit of 1000 total recipients "
                     "(to + cc + bcc) per request.")  # fmt: skip


def _personalization(path: str, each: Body, body: Body, now: datetime) -> Iterator[FieldError]:
    yield from _recipients(path, each)
    yield from _headers(f"{path}.headers", each.get("headers"))
    yield from _sized(f"{path}.substitutions", each.get("substitutions") or {})
    yield from _sized(
        f"{path}.custom_args",
        {**(body.get("custom_args") or {}), **(each.get("custom_args") or {})},
    )
    send_at = each.get("send_at")
    if send_at is not None and not _soon_enough(send_at, now):
        yield _field(f"{path}.send_at", "Scheduling more than 72 hours in advance is forbidden.")
    if each.get("from") is not None and not _same_domain(each["from"], body.get("from")):
        yield _field(f"{path}.from.email", "The from email must be a valid address of the same "
                     "domain as the from object of the message.")  # fmt: skip


def _recipients(path: str, each: Body) -> Iterator[FieldError]:
    if not isinstance(each.get("to"), list) or not each["to"]:
        yield _field(f"{path}.to", "The to array is required for all personalization objects, and "
                     "must have at least one email object with a valid email address.")  # fmt: skip
        return
    seen: set[str] = set()
    for kind in _LISTS:
        for index, one in enumerate(each.get(kind) or ()):
            if not is_address(one):
                yield _field(f"{path}.{kind}.{index}.email", _NO_ADDRESS)
            elif (key := one["email"].casefold()) in seen:
                yield _field(path, "Each email address in the personalization block should be "
                             "unique between to, cc, and bcc. We found the first duplicate instance"
                             f" of [{one['email']}] in the {path}.{kind} field.")  # fmt: skip
            else:
                seen.add(key)


def _headers(path: str, headers: Mapping[str, object] | None) -> Iterator[FieldError]:
    for name, value in (headers or {}).items():
        if name.lower() in _RESERVED_HEADERS:
            yield _field(path, f"The header {name} may not be overridden.")
        elif not isinstance(value, str):
            yield _field(path, f"The value of the header {name} must be a string.")


def _sized(path: str, pairs: Mapping[str, object]) -> Iterator[FieldError]:
    texts = [value for value in pairs.values() if isinstance(value, str)]
    if len(texts) < len(pairs):
        yield _field(path, "Every value of this object must be a string.")
        return
    # The short form decides nearly always without building JSON a thousand times a request.
    if (sum(map(len, pairs)) + sum(map(len, texts))) * 4 < _MOST_BYTES:
        return
    size = len(json.dumps(pairs, ensure_ascii=False, separators=(",", ":")).encode())
    if size > _MOST_BYTES:
        yield _field(path, f"The total size of this field may not exceed 10,000 bytes per "
                     f"personalization; it has {size}.")  # fmt: skip


def is_address(one: object) -> bool:
    """True for an email object with an address that SendGrid would take."""
    if not isinstance(one, dict):
        return False
    email = one.get("email")
    return isinstance(email, str) and bool(_ADDRESS.fullmatch(email))


def _reply_is_good(body: Body) -> bool:
    """A reply-to may hold substitution keys, so it need not be an address before substitution."""
    reply_to = body["reply_to"]
    keys = [key for each in body["personalizations"] for key in each.get("substitutions") or ()]
    email = reply_to.get("email") if isinstance(reply_to, dict) else None
    if not isinstance(email, str) or not email:
        return False
    return is_address(reply_to) or any(key in email for key in keys)


def _same_domain(own: object, general: object) -> bool:
    if not is_address(own) or not is_address(general):
        return False
    assert isinstance(own, dict)  # noqa: S101 - narrows what is_address has proved
    assert isinstance(general, dict)  # noqa: S101 - as above
    return _domain(own["email"]) == _domain(general["email"])


def _domain(email: str) -> str:
    return email.rpartition("@")[2].casefold()


def _soon_enough(send_at: object, now: datetime) -> bool:
    return isinstance(send_at, int) and send_at <= (now + _FURTHEST).timestamp()


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _field(path: str, message: str) -> FieldError:
    return FieldError(message, path)
