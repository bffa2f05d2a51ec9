"""Keeping our suppressions and the providers' own lists of mail addresses alike, both ways.

What a provider lists (unsubscribed, reported as spam, bounced, not an address) is suppressed
here with its reason; who wants nothing from us at all is put on the provider's list, so that
it blocks too; who came back is taken off it. Opt-outs by text need no such lists: Twilio has
none to read, so its refusals (21610) and its message list tell (`replies.catch_up`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection

from outreach.consent.models import SuppressionReason
from outreach.consent.provider_lists import (
    Listed,
    begin_again,
    close_stretch,
    go_on,
    note_told,
    note_untold,
    open_stretch,
    record_listed,
    to_tell,
    to_untell,
)
from outreach.core.clock import monotonic
from outreach.core.emails import normalise_email
from outreach.core.errors import BadAddress
from outreach.core.locks import Lock
from outreach.organisation import lanes
from outreach.organisation.audit import Actor
from outreach.providers.port import ListedAddress, ListedFor, OptOutLists

_LOG = logging.getLogger(__name__)
SYNC_ACTOR = Actor("system:provider-lists")
# A task stays well under Celery's twenty seconds; what is left is asked for again.
_WORK_SECONDS = 12.0
_BEGINNING = datetime(2009, 1, 1, tzinfo=UTC)  # older than any entry can be
# The provider's clock and ours differ, and a list may lag behind its own entries.
_OVERLAP = timedelta(hours=1)
_REASONS: Mapping[ListedFor, SuppressionReason] = {
    ListedFor.UNSUBSCRIBED: SuppressionReason.PROVIDER,
    ListedFor.COMPLAINED: SuppressionReason.COMPLAINT,
    ListedFor.BOUNCED: SuppressionReason.BOUNCE,
    ListedFor.INVALID: SuppressionReason.BOUNCE,
}


@dataclass(frozen=True)
class Synced:
    """`read`: entries looked at. `news`: suppressions made of them. `is_done`: nothing is left."""

    read: int = 0
    news: int = 0
    told: int = 0
    untold: int = 0
    is_done: bool = True

    def __add__(self, other: Synced) -> Synced:
        return Synced(
            self.read + other.read,
            self.news + other.news,
            self.told + other.told,
            self.untold + other.untold,
            self.is_done and other.is_done,
        )


def sync_provider_lists() -> Synced:
    """Both directions for every provider that is set up, for some seconds; repeats are harmless.

    Steps: who came back is taken off the provider's list; the list is read; who stopped is put
    on it. In this order, so that an old entry does not stop somebody who has just come back.
    Returns at once when another process is at it. Raises ProviderRefused, ProviderBusy, and
    NotAllowed when the mode forbids the provider.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [Lock.PROVIDER_LISTS])
        if not cursor.fetchone()[0]:
            return Synced()
    try:
        until = monotonic() + _WORK_SECONDS
        each = (_sync(name, lists, until) for name, lists in lanes.opt_out_lists().items())
        done = sum(each, Synced())
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [Lock.PROVIDER_LISTS])
    if done.news or done.told or done.untold:
        _LOG.info("provider lists: %d news, %d told, %d ended", done.news, done.told, done.untold)
    return done


def _sync(provider: str, lists: OptOutLists, until: float) -> Synced:
    done = _untell(provider, lists, until)
    for why in ListedFor:
        done += _read(provider, lists, why, until)
    return done + _tell(provider, lists, until)


def _untell(provider: str, lists: OptOutLists, until: float) -> Synced:
    done = 0
    ended = to_untell(provider, lists.most_at_once)
    for telling in ended:
        if monotonic() > until:
            return Synced(untold=done, is_done=False)
        lanes.run_async(lists.remove(telling.address))
        note_untold(provider, [telling])
        begin_again(provider)
        done += 1
    return Synced(untold=done, is_done=len(ended) < lists.most_at_once)


def _read(provider: str, lists: OptOutLists, why: ListedFor, until: float) -> Synced:
    """Page by page; each is committed before the next is asked for."""
    stretch = open_stretch(provider, why, first=_BEGINNING)
    end = stretch.until or stretch.since
    done = Synced()
    while monotonic() <= until:
        page = lanes.run_async(lists.page(why, since=stretch.since, offset=stretch.offset))
        listed = [found for entry in page if (found := _listed(entry)) is not None]
        news = record_listed(provider, listed, actor=SYNC_ACTOR)
        done += Synced(read=len(page), news=news)
        if len(page) < lists.page_size:
            close_stretch(stretch, next_since=end - _OVERLAP)
            return done
        go_on(stretch, len(page))
    return done + Synced(is_done=False)


def _listed(entry: ListedAddress) -> Listed | None:
    """None for what is no address: nothing of ours can be it."""
    try:
        match_key = normalise_email(entry.address).match_key
    except BadAddress:
        return None
    return Listed(match_key, _REASONS[entry.why], entry.listed_at)


def _tell(provider: str, lists: OptOutLists, until: float) -> Synced:
    done = 0
    while monotonic() <= until:
        tellings = to_tell(provider, lists.most_at_once)
        if tellings:
            lanes.run_async(lists.add(sorted({telling.address for telling in tellings})))
            note_told(provider, tellings)
            done += len(tellings)
        if len(tellings) < lists.most_at_once:
            return Synced(told=done)
    return Synced(told=done, is_done=False)
