"""Texts that people write on a sandbox phone: opt-out words, the webhook, the list.

Source: twilio.com/docs/messaging/guides/webhook-request; opt-out words and the English
answers from Twilio's page on default handling of STOP.
"""

from __future__ import annotations

import functools

import phonenumbers

from outreach.core import clock
from outreach.core.channels import Channel
from outreach.core.errors import BadInput, NotNow
from outreach.sandbox.config import OptOutHandledBy, SenderSetup
from outreach.sandbox.records import Direction, SmsRecord, SmsStatus
from outreach.sandbox.segments import count_parts
from outreach.sandbox.twilio.answers import API_VERSION, new_sid
from outreach.sandbox.twilio.webhooks import webhook
from outreach.sandbox.world import World

_STOP = frozenset({"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"})
_START = frozenset({"START", "YES", "UNSTOP"})
_HELP = frozenset({"HELP", "INFO"})
_ANSWERS = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages "
    "from this number. Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP "
    "for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


def receive(
    world: World, *, person: str, to: str, body: str, media_types: tuple[str, ...] = ()
) -> SmsRecord:
    """A person's phone sends `body` to the number `to`. Returns the inbound record.

    Steps: the record joins the list; where Twilio handles opt-outs it acts on the word and
    answers itself; the webhook is posted. Raises BadInput for a sender without a number.
    """
    if not to.startswith("+"):
        raise BadInput(
            f"{to!r} cannot receive replies.", remedy="Reply to a sender that has a phone number."
        )
    setup = world.settings.setup_of(to)
    word = opt_out_word(body)
    record = _new_record(world, person, to, body, setup, inbound=True)
    record.media_types = media_types
    if setup.opt_out_handled_by is OptOutHandledBy.PROVIDER and word:
        _act_on(world, setup, person, to, word)
    _post(world, record, setup, word if setup.advanced_opt_out else "")
    return record


def last_sender(world: World, person: str) -> str:
    """The number that a reply on this phone goes to. Raises NotNow when none wrote yet."""
    for record in reversed(world.sms.of(person)):
        if not record.inbound and record.sender:
            return record.sender
    raise NotNow(
        "Nobody has written to this phone from a number yet.",
        remedy="Say which number to write to.",
    )


def opt_out_word(body: str) -> str:
    """STOP, START or HELP when the whole message is one of Twilio's words, else ""."""
    word = body.strip().upper()
    if word in _STOP:
        return "STOP"
    if word in _START:
        return "START"
    return "HELP" if word in _HELP else ""


def _act_on(world: World, setup: SenderSetup, person: str, number: str, word: str) -> None:
    key = (setup.sender, person)
    known = key in world.opted_out
    if word == "STOP":
        world.opted_out.add(key)
    elif word == "START":
        world.opted_out.discard(key)
    # Twilio answers a second STOP, or anything of somebody who stays opted out, with silence.
    if not known or word == "START":
        _new_record(world, person, number, _ANSWERS[word], setup, inbound=False)


def _new_record(
    world: World, person: str, number: str, body: str, setup: SenderSetup, *, inbound: bool
) -> SmsRecord:
    now = clock.now()
    record = SmsRecord(
        sequence=world.sms.next_sequence(),
        sid=new_sid("SM"),
        to=number if inbound else person,
        sender=person if inbound else number,
        service_sid=setup.sender if setup.sender.startswith("MG") else None,
        body=body,
        segments=count_parts(body),
        direction=Direction.INBOUND if inbound else Direction.OUTBOUND_REPLY,
        status=SmsStatus.RECEIVED if inbound else SmsStatus.DELIVERED,
        created_at=now,
        updated_at=now,
        sent_at=now,
    )
    world.sms.add(record.sid, record)
    return record


def _post(world: World, record: SmsRecord, setup: SenderSetup, opt_out_type: str) -> None:
    url = setup.inbound_url or world.settings.sms_inbound_url
    if not url:
        return
    params = _inbound_params(world, record)
    if opt_out_type:
        params["OptOutType"] = opt_out_type
    twist = world.faults.twist(Channel.SMS)
    if twist.forged:
        lie = {**params, "Body": "STOP", "MessageSid": new_sid("SM")}
        forged = webhook(world, url, lie, forged=True)
        world.schedule.after(0, functools.partial(world.poster.post, forged))
    posting = webhook(world, url, params)
    for _ in range(twist.times):
        world.schedule.after(0, functools.partial(world.poster.post, posting))


def _inbound_params(world: World, record: SmsRecord) -> dict[str, str]:
    params = {
        "AccountSid": world.config.twilio_account_sid,
        "ApiVersion": API_VERSION,
        "Body": record.body,
        "From": record.sender or "",
        "FromCity": "",
        "FromCountry": _country(record.sender or ""),
        "FromState": "",
        "FromZip": "",
        "MessageSid": record.sid,
        "NumMedia": str(len(record.media_types)),
        "NumSegments": str(record.segments),
        "SmsMessageSid": record.sid,
        "SmsSid": record.sid,
        "SmsStatus": record.status.value,
        "To": record.to,
        "ToCity": "",
        "ToCountry": _country(record.to),
        "ToState": "",
        "ToZip": "",
    }
    if record.service_sid:
        params["MessagingServiceSid"] = record.service_sid
    for index, media_type in enumerate(record.media_types):
        params[f"MediaContentType{index}"] = media_type
        params[f"MediaUrl{index}"] = (
            f"https://api.twilio.com/{API_VERSION}/Accounts/{world.config.twilio_account_sid}"
            f"/Messages/{record.sid}/Media/{new_sid('ME')}"
        )
    return params


def _country(number: str) -> str:
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""
