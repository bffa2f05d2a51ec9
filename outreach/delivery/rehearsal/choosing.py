"""Who would get a step, who not and why, by planning's own statements and the claim's own rule.

Steps that ask the same of the same audience share one choice: a year of steps to all parents
chooses them once. A step that asks who got an earlier one sees the ledger as it would be then.
Refuses to keep persons: it counts them where they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connection

from outreach.campaigns.models import StepRun, StepRunState
from outreach.campaigns.schedule import zones_of
from outreach.config.environment import Mode, environment
from outreach.consent.hashing import hasher
from outreach.core.clock import now
from outreach.delivery.ledger import REFUSAL
from outreach.delivery.planning import choosing_params
from outreach.delivery.planning_statements import JUDGED, ROOM, choose, share
from outreach.delivery.rehearsal.stage import Staged

# Not in the ledger's vocabulary: such a row waits until the stop is lifted, or expires.
SCHOOL_STOPPED = "school_stopped"

# A new step run has no rows yet, and moments are counted apart.
_NOT_ASKED = {"run", "now"}

_KEEP = f"""
CREATE TEMP TABLE {{table}} ON COMMIT DROP AS
SELECT person_id, school_id, address_id, lane, NULL::text AS refused FROM ({JUDGED}) j;
DROP TABLE plan_choice, plan_shared
"""  # noqa: S608  # built from constants of this package
_CONTEXT = """
CROSS JOIN LATERAL (SELECT %(topic)s::bigint AS topic_id,
  (%(way_channels)s::text[])[l.lane / (%(zones)s * %(languages)s) + 1] AS channel) c
"""
# Planning has judged the same people by joins a moment before. The claim's rule, probe by probe,
# is for those on whom it may say otherwise: without a hash under the newest key, in trial mode
# all, and those whose consent ends between planning and the opening of their window.
_JUDGE_AGAIN = f"""
UPDATE {{table}} t SET refused = {REFUSAL}
FROM {{table}} l {_CONTEXT}
WHERE t.person_id = l.person_id AND l.lane < %(span)s AND {{suspects}}
"""  # noqa: S608  # as above
_NO_NEWEST_HASH = """(%(trial)s OR NOT EXISTS (SELECT 1 FROM audience_addresshash h
  WHERE h.address_id = l.address_id AND h.key_version = %(key_version)s))"""
_ENDS_BEFORE_OPENING = """l.lane / %(languages)s %% %(zones)s = %(zone)s
  AND EXISTS (SELECT 1 FROM consent_consentstate k WHERE k.address_id = l.address_id
    AND k.topic_id = %(topic)s AND k.school_id = l.school_id AND k.ends_at <= %(now)s)"""
_STOPPED = f"""
UPDATE {{table}} t SET refused = '{SCHOOL_STOPPED}' FROM delivery_schoolstop x
WHERE x.school_id = t.school_id AND x.lifted_at IS NULL AND t.lane < %(span)s
  AND t.refused IS NULL AND (x.launch_id IS NULL OR x.launch_id = %(stops_of)s)
"""  # noqa: S608  # as above
_GROUPS = """
SELECT t.lane, t.refused, t.school_id, coalesce(a.country, ''), count(*), NULL, NULL, NULL
FROM {table} t LEFT JOIN audience_address a ON a.id = t.address_id
  AND t.lane < %(span)s AND a.channel = 'sms'
GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 4
"""
# Of names the longest, the longest beyond plain letters (it may double the price), and some one.
_GROUPS_BY_NAME = """
SELECT t.lane, t.refused, t.school_id, coalesce(a.country, ''), count(*),
  substr(max(lpad(length(m.name)::text, 4, '0') || m.name), 5),
  substr(max(lpad(length(m.name)::text, 4, '0') || m.name)
    FILTER (WHERE octet_length(m.name) > length(m.name)), 5), min(m.name)
FROM {table} t LEFT JOIN audience_address a ON a.id = t.address_id
  AND t.lane < %(span)s AND a.channel = 'sms'
LEFT JOIN LATERAL (SELECT nullif(m.name, '') AS name FROM audience_membership m
  WHERE m.person_id = t.person_id AND m.school_id = t.school_id AND m.state = 'current'
  ORDER BY m.id LIMIT 1) m ON true
GROUP BY 1, 2, 3, 4, m.name IS NULL ORDER BY 1, 3, 4
"""
_ENDINGS = """
SELECT DISTINCT width_bucket(ends_at - interval '1 microsecond', %(moments)s::timestamptz[])
FROM consent_consentstate WHERE topic_id = %(topic)s AND granted
  AND ends_at > %(first)s AND ends_at <= %(last)s
"""


_LEDGER = """CREATE TEMP VIEW delivery_delivery AS
SELECT step_run_id, person_id, address_id, school_id, state FROM public.delivery_delivery"""
_AS_ROWS = """ UNION ALL SELECT {run}::bigint, person_id, address_id, school_id,
  CASE WHEN lane < {span} AND refused IS NULL THEN 'accepted' ELSE 'skipped' END FROM {table}"""


class Group(NamedTuple):
    """People alike in all that a message depends on.

    `refused`: why they get nothing, "" where they do; then way and zone say nothing. `names`:
    the longest, the longest beyond plain letters, and some one; empty for people without a name.
    """

    refused: str
    way: int
    zone: int
    language: str
    school_id: int
    country: str
    people: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Choice:
    """What was chosen for a step run. `params`: those of planning, with this run's windows."""

    table: str
    params: Mapping[str, Any]

    @property
    def span(self) -> int:
        """Lanes from here on get nothing."""
        return int(self.params["span"])


@dataclass
class Choices:
    """The choices of one rehearsal, made once for all step runs that ask the same."""

    staged: Staged
    prefix: str = "rehearsed"
    _tables: dict[str, str] = field(default_factory=dict)
    _groups: dict[tuple[str, bool], list[Group]] = field(default_factory=dict)
    _made: dict[int, Choice] = field(default_factory=dict)

    def of_all(self, runs: Sequence[StepRun]) -> list[Choice]:
        """One for each run; made in the order in which they would be planned."""
        if runs and not self._made:
            self._choose_all(sorted(runs, key=lambda run: (run.plan_at, run.position)))
        return [self._made[run.pk] for run in runs]

    def _choose_all(self, runs: Sequence[StepRun]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(ROOM)
        endings = _endings(runs, self.staged)
        for run in runs:
            step = self.staged.definition.step(run.step_key)
            with _as_if_sent(self._made if step.waits_for else {}):
                params = _params(run, self.staged, self._zones)
            with _as_if_sent(self._looked_at(params)):
                self._made[run.pk] = self._choice(run, params, endings)
            StepRun.objects.filter(pk=run.pk).update(
                state=StepRunState.PLANNED, planned_at=params["now"]
            )

    @cached_property
    def _zones(self) -> list[str]:
        """Asked once: nobody comes or goes while a rehearsal runs."""
        return zones_of(self.staged.launch)

    def _looked_at(self, params: Mapping[str, Any]) -> dict[int, Choice]:
        """The step runs on whose deliveries this choice depends."""
        named = {
            each
            for key, value in params.items()
            if key.startswith("chosen_") and isinstance(value, list)
            for each in value
        }
        return {run: made for run, made in self._made.items() if run in named}

    def _choice(self, run: StepRun, params: dict[str, Any], endings: Sequence[datetime]) -> Choice:
        ends_meanwhile = any(params["now"] < each <= run.last_close_at for each in endings)
        passed = sum(each <= params["now"] for each in endings)
        key = json.dumps(
            [_asked(params), passed, params["opens"] if ends_meanwhile else None], default=str
        )
        if key not in self._tables:
            self._tables[key] = f"{self.prefix}_{len(self._tables)}"
            _choose(self._tables[key], params, ends_meanwhile=ends_meanwhile)
        return Choice(self._tables[key], params)

    def groups(self, choice: Choice, *, by_name: bool) -> list[Group]:
        """All people of a choice. `by_name`: where a text may name its reader."""
        if (choice.table, by_name) not in self._groups:
            statement = _GROUPS_BY_NAME if by_name else _GROUPS
            rows = query(statement.format(table=choice.table), choice.params)
            self._groups[choice.table, by_name] = [_group(choice.params, row) for row in rows]
        return self._groups[choice.table, by_name]


def _asked(params: Mapping[str, Any]) -> dict[str, Any]:
    """What a choice depends on: the parameters that its statements name, and their parts."""
    named = set(re.findall(r"%\((\w+)\)s", choose(params) + share(params) + JUDGED)) - _NOT_ASKED
    return {
        key: value for key, value in params.items() if key in named or key.startswith("chosen_")
    }


def _params(run: StepRun, staged: Staged, zones: Sequence[str]) -> dict[str, Any]:
    """Planning's, at the moment when planning will ask, and to the end what waits for a brief."""
    return choosing_params(run, staged.launch, until=run.last_close_at, zones=zones) | {
        "now": max(now(), run.plan_at),
        "trial": environment().mode is Mode.TRIAL,
        "key_version": hasher().newest_version,
        "stops_of": staged.stops_of,
    }


@contextmanager
def _as_if_sent(made: Mapping[int, Choice]) -> Iterator[None]:
    """Meanwhile the ledger has the rows of `made` (step run -> choice), all accepted.

    A view of this session under the ledger's name: PostgreSQL looks among a session's own
    relations first, so planning's statements need not know. Half a million rows a step need not
    be written only to be read once. Not made where nothing is, for its relations cannot be read
    in parallel.
    """
    if not made:
        yield
        return
    arms = [
        _AS_ROWS.format(run=run, table=each.table, span=each.span) for run, each in made.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_LEDGER + "".join(arms))
        yield
        cursor.execute("DROP VIEW pg_temp.delivery_delivery")


def _endings(runs: Sequence[StepRun], staged: Staged) -> list[datetime]:
    """Moments from the first planning to the last closing at which a consent has newly ended."""
    moments = sorted({m for run in runs for m in (max(now(), run.plan_at), run.last_close_at)})
    rows = query(
        _ENDINGS,
        {
            "moments": moments,
            "topic": staged.topic_id,
            "first": moments[0],
            "last": moments[-1],
        },
    )
    return sorted(moments[place] for (place,) in rows if 0 < place < len(moments))


def _choose(table: str, params: Mapping[str, Any], *, ends_meanwhile: bool) -> None:
    with connection.cursor() as cursor:
        for statement in (choose(params), share(params), _KEEP.format(table=table)):
            cursor.execute(statement, params)
        judge = _JUDGE_AGAIN.format(table=table, suspects=_NO_NEWEST_HASH)
        cursor.execute(judge, params)
        if ends_meanwhile:
            judge = _JUDGE_AGAIN.format(table=table, suspects=_ENDS_BEFORE_OPENING)
            for zone, opens_at in enumerate(params["opens"]):
                cursor.execute(judge, {**params, "zone": zone, "now": opens_at})
        cursor.execute(_STOPPED.format(table=table), params)


def _group(params: Mapping[str, Any], row: Sequence[Any]) -> Group:
    lane, refused, school_id, country, people, *names = row
    rest, language = divmod(lane, params["languages"])
    rest, zone = divmod(rest, params["zones"])
    why, way = divmod(rest, params["ways"])
    return Group(
        refused=params["reasons"][why - 1] if why else refused or "",
        way=way,
        zone=zone,
        language=params["language_names"][language],
        school_id=school_id,
        country=country,
        people=people,
        names=tuple(dict.fromkeys(name for name in names if name)),
    )


def query(statement: str, params: Mapping[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, dict(params))
        return list(cursor.fetchall())
