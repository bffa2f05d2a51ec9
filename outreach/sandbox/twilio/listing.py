"""The message list: filters, order and paging as Twilio does them.

Newest first. A message that was not sent yet has no `date_sent`, so every filter on
DateSent leaves it out. A page token names the last message shown, so that messages
that arrive between two pages shift nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from urllib.parse import urlencode

from outreach.sandbox.records import SmsRecord
from outreach.sandbox.twilio.answers import Refusal, message_json, messages_path
from outreach.sandbox.world import World

_DEFAULT_PAGE_SIZE = 50
_LARGEST_PAGE = 1000
_FILTERS = ("To", "From", "DateSent", "DateSent<", "DateSent>")
_LENGTH_OF_DATE = len("2026-11-21")


@dataclass(frozen=True)
class _Query:
    filters: Mapping[str, str]
    page: int
    page_size: int
    token: str

    @classmethod
    def read(cls, query: Mapping[str, str]) -> _Query:
        filters = {name: query[name] for name in _FILTERS if query.get(name)}
        size = min(max(_number(query.get("PageSize"), _DEFAULT_PAGE_SIZE), 1), _LARGEST_PAGE)
        return cls(filters, _number(query.get("Page"), 0), size, query.get("PageToken", ""))

    def uri(self, path: str, page: int, token: str = "") -> str:
        parts = {**self.filters, "PageSize": str(self.page_size), "Page": str(page)}
        if token:
            parts["PageToken"] = token
        return f"{path}?{urlencode(parts)}"


def list_messages(world: World, query: Mapping[str, str]) -> dict[str, object] | Refusal:
    """One page of the list as JSON, or the refusal of a date that is none."""
    wanted = _Query.read(query)
    try:
        found = _filtered(_candidates(world, wanted.filters), wanted.filters)
        found = _after_token(world, found, wanted)
        page = list(islice(found, wanted.page_size + 1))
    except ValueError:
        return Refusal(400, 20001, "DateSent is not a date like YYYY-MM-DD.")
    return _page_json(world, wanted, page)


def _page_json(world: World, wanted: _Query, page: list[SmsRecord]) -> dict[str, object]:
    path = messages_path(world.config)
    shown = page[: wanted.page_size]
    start = wanted.page * wanted.page_size
    more = len(page) > wanted.page_size
    following = wanted.uri(path, wanted.page + 1, f"PA{shown[-1].sid}") if more else None
    return {
        "end": start + max(len(shown) - 1, 0),
        "first_page_uri": wanted.uri(path, 0),
        "messages": [message_json(world.config, record) for record in shown],
        "next_page_uri": following,
        "page": wanted.page,
        "page_size": wanted.page_size,
        "previous_page_uri": wanted.uri(path, wanted.page - 1) if wanted.page else None,
        "start": start,
        "uri": wanted.uri(path, wanted.page, wanted.token),
    }


def _candidates(world: World, filters: Mapping[str, str]) -> Iterable[SmsRecord]:
    """The conversation when the filter names a person's number, else everything."""
    for name in ("To", "From"):
        number = filters.get(name)
        if number and number in world.sms.threads:
            return reversed(world.sms.of(number))
    return world.sms.newest_first()


def _after_token(
    world: World, found: Iterator[SmsRecord], wanted: _Query
) -> Iterator[SmsRecord]:  # fmt: skip
    if not wanted.token:
        return islice(found, wanted.page * wanted.page_size, None)
    last = world.sms.get(wanted.token.removeprefix("PA"))
    if last is None:
        return iter(())
    return (record for record in found if record.sequence < last.sequence)


def _filtered(records: Iterable[SmsRecord], filters: Mapping[str, str]) -> Iterator[SmsRecord]:
    dates = {name: text for name, text in filters.items() if name.startswith("DateSent")}
    checks = [(name.removeprefix("DateSent"), _Moment.read(text)) for name, text in dates.items()]
    for record in records:
        if record.provider != "twilio" or filters.get("To", record.to) != record.to:
            continue
        if "From" in filters and filters["From"] != record.sender:
            continue
        if all(moment.passes(sign, record.sent_at) for sign, moment in checks):
            yield record


@dataclass(frozen=True)
class _Moment:
    """A day, or an instant when the text has a time."""

    at: datetime
    whole_day: bool

    @classmethod
    def read(cls, text: str) -> _Moment:
        at = datetime.fromisoformat(text)
        return cls(at.replace(tzinfo=at.tzinfo or UTC), len(text) == _LENGTH_OF_DATE)

    def passes(self, sign: str, sent_at: datetime | None) -> bool:
        if sent_at is None:
            return False
        left, right = (sent_at.date(), self.at.date()) if self.whole_day else (sent_at, self.at)
        if sign == "<":
            return left <= right
        return left >= right if sign == ">" else left == right


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() else default
