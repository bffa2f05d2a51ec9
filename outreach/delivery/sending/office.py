"""Everything a batch's messages need that is the same for all of them, loaded once a pass."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from outreach.config.environment import Mode, environment
from outreach.consent.hashing import hasher
from outreach.content import TemplateSet
from outreach.core.errors import NotFound
from outreach.delivery.connections import Connection
from outreach.delivery.sending.lease import LeasedBatch
from outreach.delivery.sending.writing import Letterhead
from outreach.delivery.spending import Budget
from outreach.delivery.throttle import Throttle
from outreach.organisation import lanes

_LOAD = """
SELECT o.name, o.day_cap_micros, l.cap_micros,
  s.provider, s.identity, s.can_receive,
  (SELECT coalesce(jsonb_object_agg(country, micros), '{}') FROM organisation_smsprice)
FROM organisation_organisation o, campaigns_launch l, organisation_sender s
WHERE l.id = %(launch)s AND s.id = %(sender)s
"""


@dataclass(frozen=True)
class Office:
    """`head`: what messages share. `budget`: the ceilings."""

    head: Letterhead
    budget: Budget
    throttle: Throttle


async def open_office(connection: Connection, batch: LeasedBatch) -> Office:
    """Loads it. Raises NotFound when the installation has no organisation row."""
    cursor = await connection.execute(_LOAD, {"launch": batch.launch_id, "sender": batch.sender_id})
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(
            "The organisation is not set up.", remedy="Run `outreach organisation set --name NAME`."
        )
    name, day_cap, launch_cap, provider, identity, can_receive, prices = row
    env = environment()
    head = Letterhead(
        templates=await _templates(connection, batch.version_id),
        step_key=batch.step_key,
        step_number=batch.step_number,
        step_total=batch.step_total,
        step_run_id=batch.step_run_id,
        organisation=name,
        public_url=env.public_url,
        inbound_domain=env.inbound_domain,
        sender_identity=identity,
        can_receive=can_receive,
        prices=prices,
        sealer=lanes.sealer(),
        status_url=lanes.status_urls(provider),
    )
    is_trial = env.mode is Mode.TRIAL
    budget = Budget(launch_cap, day_cap, prices, is_trial, hasher().newest_version)
    return Office(head, budget, _throttle(env.redis_url))


_TEMPLATES: dict[int, TemplateSet] = {}
_MOST_TEMPLATE_SETS = 16


async def _templates(connection: Connection, version_id: int) -> TemplateSet:
    """Compiled once per process: versions never change."""
    if version_id not in _TEMPLATES:
        cursor = await connection.execute(
            "SELECT files FROM campaigns_campaignversion WHERE id = %s", [version_id]
        )
        row = await cursor.fetchone()
        if row is None:
            raise NotFound("The campaign version is gone.", remedy="Restore the database.")
        while len(_TEMPLATES) >= _MOST_TEMPLATE_SETS:
            del _TEMPLATES[next(iter(_TEMPLATES))]
        _TEMPLATES[version_id] = TemplateSet(row[0])
    return _TEMPLATES[version_id]


@lru_cache(maxsize=1)
def _throttle(url: str) -> Throttle:
    return Throttle(url or "redis://127.0.0.1:6379/0")
