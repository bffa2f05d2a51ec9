"""The JSON that Twilio answers with: the Message resource and the error.

Source: Twilio OpenAPI file, schema api.v2010.account.message; error codes from
twilio.com/docs/api/errors.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

from aiohttp import web

from outreach.sandbox.config import SandboxConfig
from outreach.sandbox.records import RANK, SmsRecord, SmsStatus

API_VERSION = "2010-04-01"
_PRICE_OF_SEGMENT = 0.0075
_ERROR_MESSAGES = {
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    30036: "Validity Period Expired",
}


@dataclass(frozen=True)
class Refusal:
    """One error answer. `status`: HTTP. `code`: Twilio's own."""

    status: int
    code: int
    message: str

    def response(self) -> web.Response:
        body = {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
        return web.json_response(body, status=self.status)


UNAUTHORISED = Refusal(401, 20003, "Authenticate")
TOO_MANY = Refusal(429, 20429, "Too Many Requests")


def new_sid(prefix: str) -> str:
    """A fresh SID. Reading the system's randomness for each costs a system call per message."""
    return f"{prefix}{random.getrandbits(128):032x}"


def not_found(path: str) -> Refusal:
    return Refusal(404, 20404, f"The requested resource {path} was not found")


def message_json(config: SandboxConfig, record: SmsRecord) -> dict[str, object]:
    """The Message resource of one record."""
    uri = f"/{API_VERSION}/Accounts/{config.twilio_account_sid}/Messages/{record.sid}"
    done = RANK[record.status] >= RANK[SmsStatus.DELIVERED]
    return {
        "account_sid": config.twilio_account_sid,
        "api_version": API_VERSION,
        "body": record.body,
        "date_created": _date(record.created_at),
        "date_sent": _date(record.sent_at),
        "date_updated": _date(record.updated_at),
        "direction": record.direction.value,
        "error_code": record.error_code,
        "error_message": _ERROR_MESSAGES.get(record.error_code) if record.error_code else None,
        "from": record.sender,
        "messaging_service_sid": record.service_sid,
        "num_media": str(len(record.media_types)),
        # A service has not chosen a sender yet, so Twilio does not know the parts either.
        "num_segments": str(record.segments) if record.sender else "0",
        "price": f"-{record.segments * _PRICE_OF_SEGMENT:.5f}" if done else None,
        "price_unit": "USD",
        "sid": record.sid,
        "status": record.status.value,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": record.to,
        "uri": f"{uri}.json",
    }


def messages_path(config: SandboxConfig) -> str:
    return f"/{API_VERSION}/Accounts/{quote(config.twilio_account_sid)}/Messages.json"


def _date(moment: datetime | None) -> str | None:
    return format_datetime(moment) if moment else None
