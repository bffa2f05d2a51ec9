"""Who of an audience a step goes to: filters, newcomers, corrections, and what stands against it.

Gives planning's one statement its joins, conditions and doubts, and their parameters, all named
`chosen_…`. A step that says none of this leaves the statement as it is. Every set is joined or
hashed, never looked up row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from outreach.audience.models import MembershipRole
from outreach.campaigns.definition import CampaignDefinition, Filter, Step, lots_of, original_of
from outreach.campaigns.models import Launch, StepRun
from outreach.campaigns.school_changes import have_left, leave_out
from outreach.campaigns.siblings import (
    corrected_runs,
    runs_in_days_before,
    runs_of_step,
    sibling_runs,
)
from outreach.delivery.planning_statements import LANGUAGE, WHY
from outreach.delivery.rules import Reason
from outreach.organisation.models import School

# A school that nobody has briefed waits; this long before the last window closes it is written
# down that it waited in vain. Newcomers are looked for every fifteen minutes, so that is in time.
LAST_CHANCE = timedelta(minutes=35)
_LOTS = 1 << 32

_WENT_OUT = "('accepted', 'delivered')"
_MAY_HAVE = "('accepted', 'delivered', 'sending', 'unknown')"
_ON_ITS_WAY = "('accepted', 'delivered', 'sending', 'unknown', 'pending')"

# When each person first agreed to the topic, at whichever school.
_BEGAN = """
  LEFT JOIN (
    SELECT pa.person_id, min(c.at) AS began_at
    FROM consent_consent c JOIN audience_personaddress pa ON pa.address_id = c.address_id
    WHERE c.topic_id = %(topic)s AND c.act = 'granted' GROUP BY pa.person_id
  ) j ON j.person_id = m.person_id"""
_BEGAN_DAY = "(j.began_at AT TIME ZONE s.zone_name)::date"
_OFTEN = f"""
  LEFT JOIN (
    SELECT person_id FROM delivery_delivery
    WHERE step_run_id = ANY (%(chosen_recent)s::bigint[]) AND state IN {_ON_ITS_WAY}
    GROUP BY person_id HAVING count(*) >= %(chosen_most)s
  ) f ON f.person_id = m.person_id"""  # noqa: S608  # built from constants of this module
_BRIEFED = f"""
SELECT DISTINCT m.school_id FROM delivery_delivery d
JOIN audience_membership m ON m.person_id = d.person_id AND m.state = 'current'
  AND m.role = ANY (%(roles)s)
WHERE d.step_run_id = ANY (%(runs)s) AND d.state IN {_WENT_OUT}
"""  # noqa: S608  # as above
_STAFF = [MembershipRole.CONTACT, MembershipRole.SAFEGUARDING_LEAD]


@dataclass
class _Choice:
    """The parts of the statement, as they are gathered."""

    joins: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    first_doubts: list[str] = field(default_factory=list)
    last_doubts: list[str] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)

    def given(self, value: object, cast: str) -> str:
        """A parameter of its own for `value`."""
        name = f"chosen_{len(self.params)}"
        self.params[name] = value
        return f"%({name})s::{cast}"

    def began(self) -> str:
        if _BEGAN not in self.joins:
            self.joins.append(_BEGAN)
        return _BEGAN_DAY

    def parts(self) -> dict[str, Any]:
        return {
            "chosen_joins": "".join(self.joins),
            "chosen_conditions": "".join(f"\n    AND {each}" for each in self.conditions),
            "chosen_first_doubts": "".join(f"\n      {each}" for each in self.first_doubts),
            "chosen_last_doubts": "".join(f"\n      {each}" for each in self.last_doubts),
            **self.params,
        }


def choice_params(
    run: StepRun,
    launch: Launch,
    definition: CampaignDefinition,
    schools: Sequence[int],
    moment: datetime,
) -> dict[str, Any]:
    """The parts and parameters of the statement for a step run, as at `moment`.

    `schools`: those of the launch; "schools" of what is returned are those of this step run.
    """
    step, choice = definition.step(run.step_key), _Choice()
    ids = list(schools) if run.school_ids is None else sorted({*schools} & {*run.school_ids})
    ids = _as_schools_wish(choice, run, ids)
    if run.joined_days:
        choice.conditions.append(
            f"{choice.began()} = ANY ({choice.given(run.joined_days, 'date[]')})"
        )
    siblings = sibling_runs(run)
    if siblings:
        choice.conditions.append(_not_among(choice, siblings))
    choice.conditions += _drawn(choice, definition, step)
    if step.only is not None:
        choice.conditions += _conditions(choice, step.only, run, definition)
    if step.but_not is not None:
        choice.conditions.append(
            f"NOT ({' AND '.join(_conditions(choice, step.but_not, run, definition))})"
        )
    if step.corrects is not None:
        runs = corrected_runs(run, step)
        choice.conditions.append(_in_runs(choice, runs, _MAY_HAVE))
    elif definition.at_most is not None and not launch.is_urgent:
        _often(choice, run, definition)
    if step.waits_for is not None:
        ids = _briefed_or_late(choice, run, step, ids, moment)
    return {"schools": ids, "chosen_siblings": siblings, **choice.parts()}


def _as_schools_wish(choice: _Choice, run: StepRun, schools: Sequence[int]) -> list[int]:
    """Without those that have it on another day; who leaves it out gets a row that says so."""
    skipped = sorted(leave_out(run) & {*schools})
    if skipped:
        choice.first_doubts.append(
            f"WHEN m.school_id = ANY ({choice.given(skipped, 'bigint[]')}) "
            f"THEN {WHY[Reason.SCHOOL_SKIPS]}"
        )
    gone = have_left(run)
    return [each for each in schools if each not in gone]


def _conditions(
    choice: _Choice, chosen: Filter, run: StepRun, definition: CampaignDefinition
) -> list[str]:
    """What is true of everybody whom a filter names; never NULL, so that NOT is its opposite."""
    return [
        *_places(choice, chosen, definition),
        *_histories(choice, chosen, run),
        *_lot(choice, chosen, definition),
    ]


def _places(choice: _Choice, chosen: Filter, definition: CampaignDefinition) -> list[str]:
    found: list[str] = []
    if chosen.schools is not None or chosen.countries is not None:
        schools = School.objects.all()
        if chosen.schools is not None:
            schools = schools.filter(slug__in=chosen.schools)
        if chosen.countries is not None:
            schools = schools.filter(country__in=chosen.countries)
        ids = list(schools.values_list("pk", flat=True))
        found.append(f"m.school_id = ANY ({choice.given(ids, 'bigint[]')})")
    if chosen.languages is not None:
        places = [definition.languages.index(each) for each in chosen.languages]
        found.append(f"{LANGUAGE} = ANY ({choice.given(places, 'int[]')})")
    if chosen.age_groups is not None:
        found.append(f"m.age_bands && {choice.given(list(chosen.age_groups), 'varchar[]')}")
    return found


def _histories(choice: _Choice, chosen: Filter, run: StepRun) -> list[str]:
    found: list[str] = []
    if chosen.topics is not None:
        found.append(_agreed(choice, chosen.topics))
    if chosen.got is not None:
        found.append(_in_runs(choice, _ids(run, chosen.got), _WENT_OUT))
    if chosen.not_got is not None:
        found.append(f"NOT {_in_runs(choice, _ids(run, chosen.not_got), _ON_ITS_WAY)}")
    if chosen.confirmed is not None:
        found.append(_answered(choice, _ids(run, chosen.confirmed)))
    if chosen.not_confirmed is not None:
        runs = _ids(run, chosen.not_confirmed)
        found += [_in_runs(choice, runs, _WENT_OUT), f"NOT {_answered(choice, runs)}"]
    if chosen.joined_after is not None:
        day = choice.given(chosen.joined_after, "date")
        found.append(f"coalesce({choice.began()} >= {day}, false)")
    if chosen.joined_before is not None:
        day = choice.given(chosen.joined_before, "date")
        found.append(f"coalesce({choice.began()} < {day}, false)")
    return found


def _ids(run: StepRun, step_key: str) -> list[int]:
    return list(runs_of_step(run, step_key).values_list("pk", flat=True))


def _in_runs(choice: _Choice, runs: Sequence[int], states: str) -> str:
    return f"""m.person_id IN (SELECT person_id FROM delivery_delivery
      WHERE step_run_id = ANY ({choice.given(list(runs), "bigint[]")}) AND state IN {states})"""  # noqa: S608  # as above


def _answered(choice: _Choice, runs: Sequence[int]) -> str:
    return f"""m.person_id IN (SELECT person_id FROM delivery_answer
      WHERE step_run_id = ANY ({choice.given(list(runs), "bigint[]")}))"""  # noqa: S608  # as above


def _not_among(choice: _Choice, siblings: Sequence[int]) -> str:
    """Who was left out of the other, and for a reason, may still get this one."""
    return f"""m.person_id NOT IN (SELECT person_id FROM delivery_delivery
      WHERE step_run_id = ANY ({choice.given(list(siblings), "bigint[]")})
        AND state <> 'skipped')"""  # noqa: S608  # as above


def _agreed(choice: _Choice, topics: Sequence[str]) -> str:
    return f"""m.person_id IN (SELECT pt.person_id FROM consent_consentstate kt
      JOIN consent_topic t ON t.id = kt.topic_id
      JOIN audience_personaddress pt ON pt.address_id = kt.address_id
      WHERE kt.granted AND (kt.ends_at IS NULL OR kt.ends_at > %(now)s)
        AND t.slug = ANY ({choice.given(list(topics), "varchar[]")}))"""  # noqa: S608  # as above


def _lot(choice: _Choice, chosen: Filter, definition: CampaignDefinition) -> list[str]:
    """MD5 because it is the same in every version and on every machine; nothing is kept secret."""
    if chosen.share is None:
        return []
    return [_between(choice, chosen.seed or definition.campaign, 0.0, chosen.share)]


def _drawn(choice: _Choice, definition: CampaignDefinition, step: Step) -> list[str]:
    """Of a step with variants its own part of the people; each test has a lot of its own."""
    lots = lots_of(definition, step)
    if lots is None:
        return []
    return [_between(choice, f"{definition.campaign}/{original_of(step)}", *lots)]


def _between(choice: _Choice, seed: str, low: float, high: float) -> str:
    """Whose lot is from `low` to below `high`, both from 0 to 1."""
    drawn = f"('x' || left(md5({choice.given(seed, 'text')} || p.uuid::text), 8))::bit(32)::bigint"
    first = choice.given(int(low * _LOTS), "bigint")
    last = choice.given(int(high * _LOTS) - 1, "bigint")
    return f"{drawn} BETWEEN {first} AND {last}"


def _often(choice: _Choice, run: StepRun, definition: CampaignDefinition) -> None:
    if definition.at_most is None:
        return
    recent = runs_in_days_before(run, definition.at_most.days)
    if len(recent) < definition.at_most.messages:  # nobody has two of one step run
        return
    choice.params["chosen_recent"] = recent
    choice.params["chosen_most"] = definition.at_most.messages
    choice.joins.append(_OFTEN)
    choice.last_doubts.append(f"WHEN f.person_id IS NOT NULL THEN {WHY[Reason.TOO_OFTEN]}")


def _briefed_or_late(
    choice: _Choice, run: StepRun, step: Step, schools: Sequence[int], moment: datetime
) -> list[int]:
    """The schools that need not wait any more; at the end all, those in vain with the reason."""
    runs = _ids(run, step.waits_for or "")
    with connection.cursor() as cursor:
        cursor.execute(_BRIEFED, {"runs": runs, "roles": list(_STAFF)})
        briefed = {school_id for (school_id,) in cursor.fetchall()}
    waiting = [each for each in schools if each not in briefed]
    if run.last_close_at - moment > LAST_CHANCE:
        return [each for each in schools if each in briefed]
    if waiting:
        choice.first_doubts.append(
            f"WHEN m.school_id = ANY ({choice.given(waiting, 'bigint[]')}) "
            f"THEN {WHY[Reason.NOT_BRIEFED]}"
        )
    return list(schools)
