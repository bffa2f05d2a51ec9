"""What providers' own lists and our suppressions know of each other.

Owns how far each list has been read and of what each provider was told. Refuses the network:
`subscriptions` calls the providers.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from outreach.consent.actions import suppress
from outreach.consent.hashing import hasher
from outreach.consent.models import ProviderList, ProviderTold, Suppression, SuppressionReason
from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.organisation.address_key_register import opened_if_whole
from outreach.organisation.address_keys import ADDRESS
from outreach.organisation.audit import Actor

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Listed:
    """One mail address on a provider's list. `match_key`: case-folded."""

    match_key: str
    reason: SuppressionReason
    listed_at: datetime


@dataclass(frozen=True)
class Telling:
    """A suppression that a provider does not know yet, or whose end it does not."""

    suppression_id: int
    address: str


# Only where the person, or somebody in the person's name, wants nothing at all: a stop of one
# topic must not end the others at the provider, and a bounce is the provider's own news.
_WISHES = [
    str(reason)
    for reason in (SuppressionReason.ASKED, SuppressionReason.STAFF, SuppressionReason.COMPLAINT)
]
_ADDRESS = """
JOIN audience_addresshash h ON h.digest = s.digest AND h.key_version = s.key_version
JOIN audience_address a ON a.id = h.address_id AND a.channel = s.channel
LEFT JOIN consent_providertold t ON t.suppression_id = s.id AND t.provider = %(provider)s
WHERE s.channel = 'email' AND s.topic_id IS NULL
"""
_UNTOLD = f"""
SELECT s.id, a.value FROM consent_suppression s {_ADDRESS}
  AND s.lifted_at IS NULL AND s.reason = ANY (%(reasons)s) AND t.told_at IS NULL
ORDER BY s.id LIMIT %(most)s
"""  # noqa: S608  # built from constants of this module
# Also what the provider itself had told us: START has to end it there, too. Not while another
# suppression of everything is in force.
_ENDED = f"""
SELECT s.id, a.value FROM consent_suppression s {_ADDRESS}
  AND s.lifted_at IS NOT NULL AND t.untold_at IS NULL
  AND (t.told_at IS NOT NULL OR s.reason = 'provider')
  AND NOT EXISTS (SELECT 1 FROM consent_suppression o JOIN audience_addresshash k
    ON k.digest = o.digest WHERE k.address_id = a.id AND o.channel = s.channel
    AND o.topic_id IS NULL AND o.lifted_at IS NULL AND o.reason <> 'bounce')
ORDER BY s.id LIMIT %(most)s
"""  # noqa: S608  # built from constants of this module


def to_tell(provider: str, most: int) -> list[Telling]:
    """Suppressions of all mail to addresses that we know, of which `provider` was not told."""
    return _tellings(_UNTOLD, provider, most)


def to_untell(provider: str, most: int) -> list[Telling]:
    """Suppressions that ended and that `provider` still keeps."""
    return _tellings(_ENDED, provider, most)


def _tellings(query: str, provider: str, most: int) -> list[Telling]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"provider": provider, "reasons": _WISHES, "most": most})
        rows = cursor.fetchall()
    return [telling for pk, address in rows if (telling := _telling(pk, address)) is not None]


def _telling(pk: int, stored: str) -> Telling | None:
    """None, and said aloud, where the address was changed: it must not hold up the others."""
    address = opened_if_whole(stored, ADDRESS)
    if address is None:
        _LOG.error("the address of suppression %s does not open", pk)
        return None
    return Telling(pk, address)


def note_told(provider: str, tellings: Sequence[Telling]) -> None:
    """The provider knows them now."""
    _note(provider, tellings, "told_at")


def note_untold(provider: str, tellings: Sequence[Telling]) -> None:
    """The provider has let go of them."""
    _note(provider, tellings, "untold_at")


def _note(provider: str, tellings: Sequence[Telling], field: str) -> None:
    moment = now()
    rows = [
        ProviderTold(suppression_id=pk, provider=provider, **{field: moment})
        for pk in sorted({telling.suppression_id for telling in tellings})
    ]
    ProviderTold.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["suppression", "provider"],
        update_fields=[field],
    )


def record_listed(provider: str, listed: Sequence[Listed], *, actor: Actor) -> int:
    """Suppresses what a provider lists, each committed; returns how many were news.

    An entry older than the day on which the person came back is history.
    """
    known = _blocks_of({each.match_key for each in listed})
    new = [each for each in listed if _is_news(each, known[each.match_key])]
    return sum(
        suppress(
            Channel.EMAIL,
            each.match_key,
            reason=each.reason,
            evidence=f"{provider} list, {each.listed_at:%Y-%m-%d}",
            actor=actor,
        )
        for each in new
    )


def _is_news(each: Listed, blocks: Sequence[Suppression]) -> bool:
    in_force = [block for block in blocks if block.lifted_at is None]
    if any(block.reason == each.reason for block in in_force):
        return False
    return not any(
        block.lifted_at is not None and each.listed_at <= block.lifted_at for block in blocks
    )


def _blocks_of(match_keys: Collection[str]) -> Mapping[str, list[Suppression]]:
    """Suppressions of all mail, in force or ended, by match key; one query for a whole page."""
    key_of = {
        keyed.digest: match_key
        for match_key in match_keys
        for keyed in hasher().every(Channel.EMAIL, match_key)
    }
    found: dict[str, list[Suppression]] = {match_key: [] for match_key in match_keys}
    blocks = Suppression.objects.filter(
        channel=Channel.EMAIL, topic=None, digest__in=list(key_of)
    ).order_by("id")
    for block in blocks:
        found[key_of[bytes(block.digest)]].append(block)
    return found


def open_stretch(provider: str, name: str, *, first: datetime) -> ProviderList:
    """The stretch of a list that is to be read: the one begun, or from where the last ended.

    `first`: where a list that was never read begins.
    """
    stretch, _ = ProviderList.objects.get_or_create(
        provider=provider, name=name, defaults={"since": first}
    )
    if stretch.until is None:
        stretch.until, stretch.offset = now(), 0
        stretch.save(update_fields=["until", "offset"])
    return stretch


def begin_again(provider: str) -> None:
    """Entries were taken out of the lists that are being read, so places in them have moved."""
    ProviderList.objects.filter(provider=provider).exclude(until=None).update(offset=0)


def go_on(stretch: ProviderList, entries: int) -> None:
    """`entries` more of the stretch are done."""
    stretch.offset += entries
    stretch.save(update_fields=["offset"])


def close_stretch(stretch: ProviderList, *, next_since: datetime) -> None:
    """All of it is done; the next stretch begins at `next_since`."""
    stretch.since, stretch.until, stretch.offset = next_since, None, 0
    stretch.read_at = now()
    stretch.save(update_fields=["since", "until", "offset", "read_at"])
