"""Which sender carries a channel to a country: asked when people are planned, and again when
one of them needs another way.

A campaign may name senders, by channel or by channel and country (`sms`, `sms-DE`); those go
before all others. Refuses to judge addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Exists, OuterRef

from outreach.organisation.models import Sender

EVERYWHERE = ""

# For a WITH: (channel, country, id), as `way_rows` gives them; country '' is for everywhere.
SENDERS = """
senders AS (
  SELECT * FROM unnest(%(sender_channels)s::text[], %(sender_countries)s::text[],
    %(sender_ids)s::bigint[]) AS x(channel, country, id)
)"""


def senders_by_place(named: Mapping[str, str]) -> dict[tuple[str, str], int]:
    """(channel, country) -> sender. `named`: as a definition's `senders`.

    Of several for one place the first; one that stands in for another comes last: it is there for
    the day on which the other cannot send. A sender that is named for a channel is its only one.
    """
    stands_in = Exists(Sender.objects.filter(stand_in=OuterRef("pk"), is_active=True))
    senders = list(Sender.objects.filter(is_active=True).order_by(stands_in, "pk"))
    found: dict[tuple[str, str], int] = {}
    for sender in senders:
        identity = named.get(sender.channel)
        if identity is None or _is(sender, identity):
            for country in sender.countries or [EVERYWHERE]:
                found.setdefault((sender.channel, country), sender.pk)
    return found | _by_country(senders, named)


def _by_country(senders: Iterable[Sender], named: Mapping[str, str]) -> dict[tuple[str, str], int]:
    lanes = [(lane.partition("-"), identity) for lane, identity in named.items()]
    return {
        (channel, country): sender.pk
        for (channel, _, country), identity in lanes
        for sender in senders
        if country and sender.channel == channel and _is(sender, identity)
    }


def _is(sender: Sender, identity: str) -> bool:
    return sender.identity.casefold() == identity.strip().casefold()


def way_rows(named: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of `SENDERS`."""
    places = sorted(senders_by_place(named).items())
    return {
        "sender_channels": [channel for (channel, _), _ in places],
        "sender_countries": [country for (_, country), _ in places],
        "sender_ids": [sender for _, sender in places],
    }
