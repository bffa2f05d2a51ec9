"""Twilio's account and its numbers: what they are set to, and changing it.

Source: OpenAPI file twilio_api_v2010: FetchAccount, ListIncomingPhoneNumber,
UpdateIncomingPhoneNumber. The pretended account owns every number that it is asked for.
"""

from __future__ import annotations

from email.utils import format_datetime
from urllib.parse import parse_qsl

from aiohttp import web

from outreach.core import clock
from outreach.sandbox.account import NumberSettings
from outreach.sandbox.config import SenderSetup
from outreach.sandbox.twilio.access import denied
from outreach.sandbox.twilio.answers import API_VERSION, new_sid, not_found
from outreach.sandbox.world import WORLD, World

_ACCOUNT = f"/{API_VERSION}/Accounts/{{account_sid}}"
_NUMBERS = f"{_ACCOUNT}/IncomingPhoneNumbers"


def routes() -> list[web.RouteDef]:
    return [
        web.get(f"{_ACCOUNT}.json", fetch_account),
        web.get(f"{_NUMBERS}.json", list_numbers),
        web.post(f"{_NUMBERS}/{{sid}}.json", update_number),
    ]


async def fetch_account(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    if refused := denied(world, request):
        return refused.response()
    sid = world.config.twilio_account_sid
    uri = f"/{API_VERSION}/Accounts/{sid}"
    moment = format_datetime(clock.now())
    return web.json_response(
        {
            "auth_token": "withheld",
            "date_created": moment,
            "date_updated": moment,
            "friendly_name": "Sandbox",
            "owner_account_sid": sid,
            "sid": sid,
            "status": "active",
            "subresource_uris": {},
            "type": "Full",
            "uri": f"{uri}.json",
        }
    )


async def list_numbers(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    if refused := denied(world, request):
        return refused.response()
    asked = request.query.get("PhoneNumber", "")
    known = world.account.numbers
    if asked and asked not in known:
        known[asked] = NumberSettings(new_sid("PN"))
    shown = [number for number in known if not asked or number == asked]
    path = request.path
    return web.json_response(
        {
            "incoming_phone_numbers": [_as_json(world, number) for number in shown],
            "first_page_uri": path,
            "next_page_uri": None,
            "previous_page_uri": None,
            "page": 0,
            "page_size": 50,
            "start": 0,
            "end": max(0, len(shown) - 1),
            "uri": path,
        }
    )


async def update_number(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    if refused := denied(world, request):
        return refused.response()
    sid = request.match_info["sid"]
    number = next((n for n, each in world.account.numbers.items() if each.sid == sid), None)
    if number is None:
        return not_found(request.path).response()
    form = dict(parse_qsl((await request.read()).decode(errors="replace"), keep_blank_values=True))
    settings = world.account.numbers[number]
    settings.sms_url = form.get("SmsUrl", settings.sms_url)
    settings.sms_method = form.get("SmsMethod", settings.sms_method)
    settings.voice_url = form.get("VoiceUrl", settings.voice_url)
    settings.voice_method = form.get("VoiceMethod", settings.voice_method)
    _follow(world, number, settings.sms_url)
    return web.json_response(_as_json(world, number))


def _follow(world: World, number: str, url: str) -> None:
    """Texts to the number come to its new address from now on."""
    before = world.settings.setup_of(number)
    world.settings.senders[number] = SenderSetup(
        number, before.opt_out_handled_by, before.advanced_opt_out, inbound_url=url
    )


def _as_json(world: World, number: str) -> dict[str, object]:
    settings, account = world.account.numbers[number], world.config.twilio_account_sid
    moment = format_datetime(clock.now())
    return {
        "account_sid": account,
        "address_requirements": "none",
        "address_sid": None,
        "api_version": API_VERSION,
        "beta": False,
        "bundle_sid": None,
        "capabilities": {"mms": False, "sms": True, "voice": True, "fax": False},
        "date_created": moment,
        "date_updated": moment,
        "emergency_address_sid": None,
        "emergency_address_status": "unregistered",
        "emergency_status": "Inactive",
        "friendly_name": number,
        "identity_sid": None,
        "origin": "twilio",
        "phone_number": number,
        "sid": settings.sid,
        "sms_application_sid": "",
        "sms_fallback_method": "POST",
        "sms_fallback_url": "",
        "sms_method": settings.sms_method,
        "sms_url": settings.sms_url,
        "status": "in-use",
        "status_callback": "",
        "status_callback_method": "POST",
        "trunk_sid": None,
        "type": None,
        "uri": f"/{API_VERSION}/Accounts/{account}/IncomingPhoneNumbers/{settings.sid}.json",
        "voice_application_sid": "",
        "voice_caller_id_lookup": False,
        "voice_fallback_method": "POST",
        "voice_fallback_url": "",
        "voice_method": settings.voice_method,
        "voice_receive_mode": "voice",
        "voice_url": settings.voice_url,
    }
