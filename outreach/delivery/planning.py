"""Planning: INSERT … SELECT turns the audience of a step run into deliveries and batches.

Everyone in the audience gets a row, with the reason where nothing can be sent, so the
books show who was left out and why. Planning again only adds newcomers: the two unique
constraints and the check for existing rows make it harmless (promise 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from outreach.audience.models import MembershipRole
from outreach.campaigns.definition import Recipients, WhoseClock
from outreach.campaigns.models import Launch, LaunchState, StepRun, StepRunState
from outreach.campaigns.schedule import (
    StepWindow,
    launch_schools,
    occurrence_of,
    step_windows,
    zones_of,
)
from outreach.campaigns.versions import definition_of
from outreach.consent.models import Topic
from outreach.core.clock import now
from outreach.delivery.rules import Reason

BATCH_SIZE = 1000
_WORTH_A_LOOK = 1000

ROLES: dict[Recipients, list[str]] = {
    Recipients.GUARDIANS: [MembershipRole.GUARDIAN],
    Recipients.CONTACTS: [MembershipRole.CONTACT],
    Recipients.SAFEGUARDING_LEADS: [MembershipRole.SAFEGUARDING_LEAD],
    Recipients.STAFF: [MembershipRole.CONTACT, MembershipRole.SAFEGUARDING_LEAD],
}

# From what says least to what says most, for a person who can be reached in no way.
_TELLING = [
    Reason.SUPPRESSED,
    Reason.HELD,
    Reason.NO_CONSENT,
    Reason.NO_PRICE,
    Reason.NO_SENDER,
    Reason.NOT_TEXTABLE,
    Reason.NO_ADDRESS,
]

# Each person's options are their addresses, as the school they are in (or they themselves)
# gave them; the best one is taken. Sets are joined, never looked up row by row: a million
# people are planned in one pass. `blocked` starts from the suppressions, which are few. The
# school of an address stands in a CASE because the planner takes "same person and same
# school" for independent, expects a few hundred rows and then probes indexes a million times.
_CHOOSE = """
CREATE TEMP TABLE plan_choice ON COMMIT DROP AS
WITH channels AS (
  SELECT channel, rank FROM unnest(%(channels)s::text[]) WITH ORDINALITY AS c(channel, rank)
),
senders AS (
  SELECT DISTINCT ON (channel, country) channel, country, id
  FROM organisation_sender, unnest(
    CASE WHEN countries = '{}' THEN ARRAY['']::varchar[] ELSE countries END) AS country
  WHERE is_active ORDER BY channel, country, id
),
blocked AS MATERIALIZED (
  SELECT DISTINCT h.address_id FROM consent_suppression s
  JOIN audience_addresshash h ON h.digest = s.digest
  WHERE s.lifted_at IS NULL AND (s.topic_id IS NULL OR s.topic_id = %(topic)s)
),
held AS MATERIALIZED (SELECT DISTINCT address_id FROM consent_hold WHERE released_at IS NULL),
options AS (
  SELECT m.id AS membership_id, m.person_id, m.school_id,
    coalesce(nullif(p.language, ''), nullif(m.language, ''), s.languages[1], '') AS wanted,
    CASE WHEN %(recipient_clock)s THEN coalesce(nullif(p.zone, ''), s.zone) ELSE s.zone END
      AS zone,
    a.id AS address_id, a.channel, a.rank, coalesce(here.id, anywhere.id) AS sender_id,
    CASE
      WHEN a.id IS NULL THEN 'no_address'
      WHEN a.channel = 'sms' AND NOT a.textable THEN 'not_textable'
      WHEN coalesce(here.id, anywhere.id) IS NULL THEN 'no_sender'
      WHEN a.channel = 'sms' AND price.country IS NULL THEN 'no_price'
      WHEN k.granted IS NOT TRUE THEN 'no_consent'
      WHEN b.address_id IS NOT NULL THEN 'suppressed'
      WHEN h.address_id IS NOT NULL THEN 'held'
    END AS reason
  FROM audience_membership m
  JOIN organisation_school s ON s.id = m.school_id
  JOIN audience_person p ON p.id = m.person_id AND p.merged_into_id IS NULL
  LEFT JOIN (
    SELECT pa.person_id, pa.school_id, a.id, a.channel, a.country, a.textable, c.rank
    FROM audience_personaddress pa
    JOIN audience_address a ON a.id = pa.address_id
    JOIN channels c ON c.channel = a.channel
  ) a ON a.person_id = m.person_id
    AND CASE WHEN a.school_id IS NULL THEN true ELSE a.school_id = m.school_id END
  LEFT JOIN senders here ON here.channel = a.channel
    AND here.country = CASE a.channel WHEN 'sms' THEN a.country ELSE s.country END
  LEFT JOIN senders anywhere ON anywhere.channel = a.channel AND anywhere.country = ''
  LEFT JOIN organisation_smsprice price ON price.country = a.country
  LEFT JOIN consent_consentstate k ON k.address_id = a.id AND k.school_id = m.school_id
    AND k.topic_id = %(topic)s
  LEFT JOIN blocked b ON b.address_id = a.id
  LEFT JOIN held h ON h.address_id = a.id
  WHERE m.state = 'current' AND m.role = ANY (%(roles)s) AND m.school_id = ANY (%(schools)s)
    AND (%(age_groups)s::text[] IS NULL OR m.age_bands && %(age_groups)s::varchar[])
    AND NOT EXISTS (SELECT 1 FROM delivery_delivery d
      WHERE d.step_run_id = %(run)s AND d.person_id = m.person_id)
)
SELECT DISTINCT ON (person_id)
  person_id, school_id, zone, wanted, address_id, channel, sender_id, reason
FROM options
ORDER BY person_id, coalesce(array_position(%(telling)s::text[], reason), 0), rank,
  membership_id, address_id;
ANALYZE plan_choice
"""

# Two people on one address: the one with the lower id gets the message. Ids are given in
# the order of batches, so a batch is a range of ids and needs no index of its own. Both
# windows read one sort, and that one compares numbers: a lane (what a batch is alike in) and a
# language get theirs first, because five texts that are nearly always equal cost six times more.
_NUMBER = """
CREATE TEMP TABLE plan_row ON COMMIT DROP AS
WITH spoken AS (
  SELECT wanted, coalesce((SELECT l FROM unnest(%(languages)s::text[]) AS l
      WHERE lower(l) = lower(wanted) LIMIT 1),
    (SELECT l FROM unnest(%(languages)s::text[]) AS l
      WHERE lower(l) = lower(split_part(wanted, '-', 1)) LIMIT 1), %(default_language)s)
    AS language
  FROM (SELECT DISTINCT wanted FROM plan_choice) w
),
served AS (
  SELECT address_id, min(person_id) AS person_id FROM plan_choice WHERE reason IS NULL
  GROUP BY address_id
),
judged AS MATERIALIZED (
  SELECT c.*, k.language, CASE
    WHEN c.reason IS NOT NULL THEN c.reason
    WHEN v.person_id <> c.person_id
      OR EXISTS (SELECT 1 FROM delivery_delivery d WHERE d.step_run_id = %(run)s
        AND d.address_id = c.address_id) THEN 'shared_address'
    END AS why
  FROM plan_choice c JOIN spoken k ON k.wanted = c.wanted
  LEFT JOIN served v ON v.address_id = c.address_id
),
named AS (
  SELECT *, concat_ws('/', coalesce(why, ''), channel, sender_id, zone, language) AS name
  FROM judged
),
lanes AS (
  SELECT name, dense_rank() OVER (ORDER BY why NULLS FIRST, channel, sender_id, zone) AS lane,
    row_number() OVER (ORDER BY why NULLS FIRST, channel, sender_id, zone, language) AS part_of
  FROM (SELECT DISTINCT name, why, channel, sender_id, zone, language FROM named) d
),
placed AS (
  SELECT n.*,
    row_number() OVER (PARTITION BY lane ORDER BY part_of, school_id, person_id) AS place,
    row_number() OVER (ORDER BY lane, part_of, school_id, person_id) AS number
  FROM named n JOIN lanes USING (name)
)
SELECT person_id, school_id, language, zone, channel, sender_id, why,
  CASE WHEN why IS NULL THEN (place - 1) / %(batch_size)s END AS part,
  CASE WHEN why IS NULL THEN address_id END AS address_id,
  %(first_id)s - 1 + number AS id
FROM placed;
ANALYZE plan_row
"""

_BATCHES = """
CREATE TEMP TABLE plan_batch ON COMMIT DROP AS
SELECT nextval(pg_get_serial_sequence('delivery_batch', 'id')) AS batch_id,
  g.*, w.opens_at, w.closes_at, w.expires_at
FROM (SELECT channel, sender_id, zone, part, min(id) AS first_id, max(id) AS last_id
      FROM plan_row WHERE why IS NULL GROUP BY channel, sender_id, zone, part) g
JOIN unnest(%(zones)s::text[], %(opens)s::timestamptz[], %(closes)s::timestamptz[],
  %(expires)s::timestamptz[]) AS w(zone, opens_at, closes_at, expires_at) ON w.zone = g.zone;
ANALYZE plan_batch;
INSERT INTO delivery_batch (id, step_run_id, channel, sender_id, topic_id, zone, opens_at,
  closes_at, expires_at, first_id, last_id, is_done)
SELECT batch_id, %(run)s, channel, sender_id, %(topic)s, zone, opens_at, closes_at,
  expires_at, first_id, last_id, false FROM plan_batch
"""

# The rows come from `plan_row` in the order of their ids, so neighbours of a batch lie on
# neighbouring pages.
_INSERT = """
INSERT INTO delivery_delivery (step_run_id, id, batch_id, person_id, address_id, school_id,
  language, state, reason, attempt, state_at)
SELECT %(run)s, r.id, b.batch_id, r.person_id, r.address_id, r.school_id, r.language,
  CASE WHEN r.why IS NULL THEN 'pending' ELSE 'skipped' END, r.why, 0, %(now)s
FROM plan_row r LEFT JOIN plan_batch b ON r.why IS NULL AND b.channel = r.channel
  AND b.sender_id = r.sender_id AND b.zone = r.zone AND b.part = r.part;
INSERT INTO delivery_tally (step_run_id, batch_key, worker, state, reason, number)
SELECT %(run)s, 0, 'planner', CASE WHEN why IS NULL THEN 'pending' ELSE 'skipped' END,
  coalesce(why, ''), count(*)
FROM plan_row GROUP BY why
ON CONFLICT (step_run_id, batch_key, state, reason, worker)
DO UPDATE SET number = delivery_tally.number + excluded.number
"""


# For this transaction: a million rows are sorted and hashed in memory instead of in files, and
# are not sorted by a text only to be joined with five lanes.
_ROOM = "SET LOCAL work_mem = '192MB'; SET LOCAL enable_mergejoin = off"


@dataclass(frozen=True)
class Planned:
    """`people`: rows added. `batches`: batches added."""

    people: int
    batches: int


def plan_step_run(step_run_id: int) -> Planned:
    """Plans a step run, or adds newcomers to one that is planned. Safe to run twice at once.

    A cancelled or finished launch plans nothing.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT outreach_ledger_partition(%s)", [step_run_id])
    with transaction.atomic():
        run = StepRun.objects.select_for_update().get(pk=step_run_id)
        launch = Launch.objects.select_related("version").get(pk=run.launch_id)
        if launch.state not in (LaunchState.RUNNING, LaunchState.PAUSED):
            return Planned(0, 0)
        if run.state == StepRunState.FINISHED:
            return Planned(0, 0)
        planned = _plan(run, launch)
        _mark(run)
    if planned.people >= _WORTH_A_LOOK:
        _refresh_statistics(step_run_id)
    return planned


def _refresh_statistics(step_run_id: int) -> None:
    """A sample of the partition: PostgreSQL would take the new run for empty until autovacuum."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT outreach_analyze_ledger(%s)", [step_run_id])


def _mark(run: StepRun) -> None:
    moment = now()
    StepRun.objects.filter(pk=run.pk, state=StepRunState.WAITING).update(
        state=StepRunState.PLANNED, planned_at=moment
    )
    StepRun.objects.filter(pk=run.pk).update(topped_up_at=moment)


def _plan(run: StepRun, launch: Launch) -> Planned:
    definition = definition_of(launch.version)
    step = definition.step(run.step_key)
    windows = windows_of(run, launch)
    params = {
        "run": run.pk,
        "now": now(),
        "roles": ROLES[step.recipients],
        "schools": list(launch_schools(launch).values_list("pk", flat=True)),
        "age_groups": list(step.age_groups) if step.age_groups else None,
        "channels": [channel.value for channel in step.channels],
        "topic": Topic.objects.get(slug=definition.topic).pk,
        "telling": [reason.value for reason in _TELLING],
        "recipient_clock": definition.clock is WhoseClock.RECIPIENT,
        "languages": list(definition.languages),
        "default_language": definition.default_language,
        "batch_size": BATCH_SIZE,
        "zones": [each.zone for each in windows],
        "opens": [each.window.opens_at for each in windows],
        "closes": [each.window.closes_at for each in windows],
        "expires": [each.expires_at for each in windows],
    }
    return _write(params)


def windows_of(run: StepRun, launch: Launch) -> list[StepWindow]:
    """The window of this step run in every zone of its audience."""
    return step_windows(occurrence_of(run), zones_of(launch))


def _write(params: dict[str, Any]) -> Planned:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(id), 0) + 1 FROM delivery_delivery WHERE step_run_id = %(run)s",
            params,
        )
        (first_id,) = cursor.fetchone()
        params = params | {"first_id": first_id}
        cursor.execute(_ROOM)
        for statement in (_CHOOSE, _NUMBER, _BATCHES, _INSERT):
            cursor.execute(statement, params)
        cursor.execute("SELECT (SELECT count(*) FROM plan_row), (SELECT count(*) FROM plan_batch)")
        people, batches = cursor.fetchone()
        cursor.execute("DROP TABLE plan_choice, plan_row, plan_batch")
    return Planned(people, batches)
