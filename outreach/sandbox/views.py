"""The pages: phones and mailboxes as their owners see them, to read and to answer from.

Server-rendered, without anything from elsewhere. A mail's HTML is shown in a frame
that may run no script, fetch nothing and reach nothing of the sandbox.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from urllib.parse import quote, urlencode

import aiohttp
from aiohttp import web

from outreach.core.emails import normalise_email
from outreach.core.errors import BadAddress, BadInput
from outreach.sandbox import mailboxes, phones
from outreach.sandbox.control_api import find_mail
from outreach.sandbox.records import EmailRecord, SmsRecord
from outreach.sandbox.rendering import render_page, static_file
from outreach.sandbox.sendgrid import inbound as mail_inbound
from outreach.sandbox.sendgrid.compose import compose, header_of, subject_of
from outreach.sandbox.world import WORLD, World

_ROWS = 50
_MOST_MAILS = 100
_MOST_BUBBLES = 200
# A mail may style itself; it may not run, load or post anything.
_MAIL_ONLY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
_TABS = ("html", "text", "headers")
_DONE = {
    "replied": "Your reply was sent.",
    "unsubscribed": "The unsubscribe request was accepted.",
    "mailed": "An unsubscribe mail was sent, as Apple Mail does it.",
    "spam": "Reported as spam. SendGrid drops later mail to this address.",
    "refused": "The unsubscribe address did not accept the request.",
    "unanswered": "The unsubscribe address does not answer. Is the web server running?",
}
_SUCCESS = range(200, 300)


@dataclass(frozen=True)
class Line:
    """One row of the list: `kind` is phone or mail."""

    kind: str
    person: str
    preview: str
    at: datetime
    total: int

    @property
    def link(self) -> str:
        return f"/{self.kind}/{quote(self.person)}"


def routes() -> list[web.RouteDef]:
    return [
        web.get("/", index),
        web.get("/open", open_by_name),
        web.get("/phone/{number}", phone),
        web.post("/phone/{number}", phone_reply),
        web.get("/mail/{address}", mailbox),
        web.get("/mail/{address}/{message_id}/body", mail_body),
        web.post("/mail/{address}/{message_id}/reply", mail_reply),
        web.post("/mail/{address}/{message_id}/unsubscribe", mail_unsubscribe),
        web.post("/mail/{address}/{message_id}/spam", mail_spam),
        web.get("/sandbox/static/{name}", static_file),
    ]


async def index(request: web.Request) -> web.Response:
    """Everybody who got a message, newest first, with search and pages of fifty."""
    world = request.app[WORLD]
    wanted = request.query.get("q", "").strip()
    page = max(_number(request, "page"), 0)
    found = (line for line in _lines(world) if wanted.casefold() in line.person)
    rows = list(islice(found, page * _ROWS, (page + 1) * _ROWS + 1))
    links = {n: f"/?{urlencode({'q': wanted, 'page': n})}" for n in (page - 1, page + 1)}
    return render_page(
        "index.html",
        lines=rows[:_ROWS],
        wanted=wanted,
        newer=links[page - 1] if page else "",
        older=links[page + 1] if len(rows) > _ROWS else "",
        phones=len(world.sms.threads),
        mailboxes=len(world.emails.threads),
    )


async def open_by_name(request: web.Request) -> web.Response:
    """Leads to the phone or mailbox somebody typed, also one that got nothing yet."""
    wanted = request.query.get("q", "").strip()
    if wanted.startswith("+"):
        raise web.HTTPSeeOther(f"/phone/{quote(wanted.replace(' ', ''))}")
    if "@" in wanted:
        try:
            key = normalise_email(wanted).match_key
        except BadAddress as error:
            raise BadInput(f"{wanted!r} is not an email address.") from error
        raise web.HTTPSeeOther(f"/mail/{quote(key)}")
    raise web.HTTPSeeOther(f"/?{urlencode({'q': wanted})}")


async def phone(request: web.Request) -> web.Response:
    """One phone: a conversation, newest at the bottom, and the box to answer in."""
    world = request.app[WORLD]
    number = request.match_info["number"]
    records = world.sms.of(number)
    return render_page(
        "phone.html",
        number=number,
        records=records[-_MOST_BUBBLES:],
        hidden=max(len(records) - _MOST_BUBBLES, 0),
        senders=_senders(records),
        blocked=any(person == number for _, person in world.opted_out),
    )


async def phone_reply(request: web.Request) -> web.Response:
    number = request.match_info["number"]
    form = await request.post()
    body = str(form.get("quick") or form.get("body") or "").strip()
    if body:
        phones.receive(
            request.app[WORLD], person=number, to=str(form.get("to", "")).strip(), body=body
        )
    raise web.HTTPSeeOther(f"/phone/{quote(number)}")


async def mailbox(request: web.Request) -> web.Response:
    """One mailbox: the list, and one mail open in the tab asked for."""
    world = request.app[WORLD]
    address = request.match_info["address"].casefold()
    mails = list(reversed(world.emails.of(address)))[:_MOST_MAILS]
    chosen = find_mail(world, address, request.query.get("id", "")) if mails else None
    tab = request.query.get("tab", "html")
    return render_page(
        "mailbox.html",
        address=address,
        mails=mails,
        replies=list(reversed(world.replies.of(address)))[:_MOST_MAILS],
        chosen=chosen,
        mail=compose(chosen) if chosen else None,
        tab=tab if tab in _TABS else "html",
        tabs=_TABS,
        can_click=bool(chosen and header_of(chosen, "List-Unsubscribe-Post")),
        can_mail=bool(chosen and "mailto:" in header_of(chosen, "List-Unsubscribe")),
        done=_DONE.get(request.query.get("done", ""), ""),
        suppressed=world.suppressed.drop_reason(address),
    )


async def mail_body(request: web.Request) -> web.Response:
    """The HTML of one mail, for the frame; links open in a window of their own."""
    record = _mail(request)
    html = compose(record).html or "<p>This mail has no HTML part.</p>"
    # The sandboxed frame could not follow a link within itself.
    return web.Response(
        text=f'<!doctype html><base target="_blank">{html}',
        content_type="text/html",
        headers={"Content-Security-Policy": _MAIL_ONLY, "Referrer-Policy": "no-referrer"},
    )


async def mail_reply(request: web.Request) -> web.Response:
    text = str((await request.post()).get("text", "")).strip()
    if text:
        mail_inbound.reply(request.app[WORLD], _mail(request), text)
    raise _back(request, "replied")


async def mail_unsubscribe(request: web.Request) -> web.Response:
    """The mail program's own button: the one-click POST, or a mail when asked for that."""
    world, record = request.app[WORLD], _mail(request)
    if (await request.post()).get("how") == "mailto":
        mail_inbound.unsubscribe_by_mail(world, record)
        raise _back(request, "mailed")
    try:
        status = await mail_inbound.unsubscribe_by_click(world, record)
    except (aiohttp.ClientError, OSError) as error:
        raise _back(request, "unanswered") from error
    except ValueError as error:
        raise BadInput(str(error)) from error
    raise _back(request, "unsubscribed" if status in _SUCCESS else "refused")


async def mail_spam(request: web.Request) -> web.Response:
    mailboxes.report_spam(request.app[WORLD], _mail(request))
    raise _back(request, "spam")


def _lines(world: World) -> Iterator[Line]:
    phones = (
        _sms_line(thread.messages[-1], thread.total)
        for thread in reversed(world.sms.threads.values())
    )
    mailboxes = (
        _mail_line(thread.messages[-1], thread.total)
        for thread in reversed(world.emails.threads.values())
    )
    return heapq.merge(phones, mailboxes, key=lambda line: line.at, reverse=True)


def _sms_line(record: SmsRecord, total: int) -> Line:
    preview = f"You: {record.body}" if record.inbound else record.body
    return Line("phone", record.person, preview, record.created_at, total)


def _mail_line(record: EmailRecord, total: int) -> Line:
    return Line("mail", record.person, subject_of(record), record.created_at, total)


def _senders(records: list[SmsRecord]) -> list[str]:
    """The numbers that wrote to this phone and can be answered, the latest first."""
    seen: Mapping[str, None] = dict.fromkeys(
        record.sender
        for record in reversed(records)
        if not record.inbound and record.sender and record.sender.startswith("+")
    )
    return list(seen)


def _mail(request: web.Request) -> EmailRecord:
    match = request.match_info
    return find_mail(request.app[WORLD], match["address"], match["message_id"])


def _back(request: web.Request, done: str) -> web.HTTPSeeOther:
    match = request.match_info
    query = urlencode({"id": match["message_id"], "done": done})
    return web.HTTPSeeOther(f"/mail/{quote(match['address'])}?{query}")


def _number(request: web.Request, name: str) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isdecimal() else 0
