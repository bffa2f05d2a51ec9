"""The statements that turn an audience into deliveries and batches.

Owns the SQL of planning and the numbers in it. Sets are joined, never looked up row by row,
and four numbers a person are carried from one statement to the next. Refuses to know
launches: `planning` gives every parameter.

A `lane` is one number for (why not, way, zone, language), each counted from 0: a way is a
channel and its sender, and why 0 says that nothing stands against it. Lanes sort as their
parts do, and division gives the parts back, so no statement compares texts for each of a
million rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outreach.delivery.rules import Reason

# From what says least to what says most, for a person who can be reached in no way. Who shares
# an address is known last. The place, from 1, is the `why` of a lane.
REASONS = [
    Reason.TOO_OFTEN,
    Reason.SUPPRESSED,
    Reason.HELD,
    Reason.NO_CONSENT,
    Reason.NO_PRICE,
    Reason.NO_SENDER,
    Reason.NOT_TEXTABLE,
    Reason.NO_ADDRESS,
    Reason.NOT_READY,
    Reason.NOT_BRIEFED,
    Reason.SCHOOL_SKIPS,
    Reason.SHARED_ADDRESS,
]
WHY = {reason: place for place, reason in enumerate(REASONS, 1)}

# For this transaction. A million rows are sorted and hashed in memory instead of in files, and
# are not sorted only to be joined; rows of a parallel plan are cheaper than PostgreSQL thinks.
ROOM = """
SET LOCAL work_mem = '192MB'; SET LOCAL enable_mergejoin = off;
SET LOCAL parallel_tuple_cost = 0.01
"""


def _language(wanted: str) -> str:
    """The place, from 0, of the campaign's language that serves `wanted`, an SQL text."""
    return f"""coalesce(array_position(%(spoken)s::text[], lower({wanted})),
      array_position(%(spoken)s::text[], lower(split_part({wanted}, '-', 1)))) - 1"""


# That of a school, for those of whom nobody said one.
SCHOOL_LANGUAGE = _language("s.languages[1]")
# The place, from 0, of the language in which a person reads the campaign.
LANGUAGE = f"""coalesce(CASE WHEN p.language <> '' THEN {_language("p.language")}
      WHEN m.language <> '' THEN {_language("m.language")} ELSE s.language END,
      %(default_language)s)"""

# What a step itself says about its people is put in where CHOSEN stands: see `planning_choice`.
#
# Each person's options are their addresses, as the school they are in (or they themselves)
# gave them; the best one is taken: one that can be used, of the channel that the person prefers,
# else in the order of the step. CREATE TABLE AS, because it is the one statement that writes for
# which PostgreSQL reads in parallel, and without CTEs, whose scans are not parallel. The OFFSET
# keeps what is true of a school from being worked out for each of its people. The school of an
# address stands in a CASE because the planner takes "same person and same school" for
# independent, expects a few hundred rows and then probes indexes a million times.
_CHOOSE = f"""
CREATE TEMP TABLE plan_choice ON COMMIT DROP AS
SELECT DISTINCT ON (person_id) person_id, school_id, address_id,
  ((why * %(ways)s + CASE why WHEN 0 THEN way ELSE 0 END) * %(zones)s
    + CASE why WHEN 0 THEN zone ELSE 0 END) * %(languages)s + language AS lane
FROM (
  SELECT m.id AS membership_id, m.person_id, m.school_id, a.id AS address_id,
    CASE WHEN a.channel = p.channel THEN 0 ELSE a.rank END AS rank,
    coalesce(CASE WHEN p.zone <> '' AND %(recipient_clock)s
      THEN array_position(%(zone_names)s::text[], p.zone::text) - 1 END, s.zone) AS zone,
    {LANGUAGE} AS language,
    CASE a.channel WHEN 'sms' THEN coalesce(land.way, a.anywhere) ELSE s.mail_way END AS way,
    CASE CHOSEN_FIRST_DOUBTS
      WHEN s.is_unready THEN {WHY[Reason.NOT_READY]}
      WHEN a.id IS NULL THEN {WHY[Reason.NO_ADDRESS]}
      WHEN a.channel = 'sms' AND NOT a.textable THEN {WHY[Reason.NOT_TEXTABLE]}
      WHEN CASE a.channel WHEN 'sms' THEN coalesce(land.way, a.anywhere) ELSE s.mail_way END
        IS NULL THEN {WHY[Reason.NO_SENDER]}
      WHEN a.channel = 'sms' AND land.is_priced IS NOT TRUE THEN {WHY[Reason.NO_PRICE]}
      WHEN k.granted IS NOT TRUE THEN {WHY[Reason.NO_CONSENT]}
      WHEN b.address_id IS NOT NULL THEN {WHY[Reason.SUPPRESSED]}
      WHEN h.address_id IS NOT NULL THEN {WHY[Reason.HELD]}
      CHOSEN_LAST_DOUBTS
      ELSE 0
    END::bigint AS why
  FROM audience_membership m
  JOIN (
    SELECT s.id, s.zone AS zone_name,
      array_position(%(zone_names)s::text[], s.zone::text) - 1 AS zone,
      {SCHOOL_LANGUAGE} AS language, coalesce(mail.way, %(mail_anywhere)s) AS mail_way,
      s.id = ANY (%(unready)s::bigint[]) AS is_unready
    FROM organisation_school s
    LEFT JOIN unnest(%(mail_countries)s::text[], %(mail_ways)s::bigint[]) AS mail(country, way)
      ON mail.country = s.country
    WHERE s.id = ANY (%(schools)s) OFFSET bigint '0'
  ) s ON s.id = m.school_id
  JOIN audience_person p ON p.id = m.person_id AND p.merged_into_id IS NULL
  LEFT JOIN (
    SELECT pa.person_id, pa.school_id, a.id, a.channel, a.country, a.textable, c.rank, c.anywhere
    FROM audience_personaddress pa
    JOIN audience_address a ON a.id = pa.address_id
    JOIN unnest(%(channels)s::text[], %(anywhere)s::bigint[])
      WITH ORDINALITY AS c(channel, anywhere, rank) ON c.channel = a.channel
  ) a ON a.person_id = m.person_id
    AND CASE WHEN a.school_id IS NULL THEN true ELSE a.school_id = m.school_id END
  LEFT JOIN unnest(%(countries)s::text[], %(text_ways)s::bigint[], %(priced)s::boolean[])
    AS land(country, way, is_priced) ON land.country = a.country
  LEFT JOIN consent_consentstate k ON k.address_id = a.id AND k.school_id = m.school_id
    AND k.topic_id = %(topic)s AND (k.ends_at IS NULL OR k.ends_at > %(now)s)
  LEFT JOIN (
    SELECT h.address_id FROM consent_suppression s
    JOIN audience_addresshash h ON h.digest = s.digest
    WHERE s.lifted_at IS NULL AND (s.topic_id IS NULL OR s.topic_id = %(topic)s)
  ) b ON b.address_id = a.id
  LEFT JOIN consent_hold h ON h.address_id = a.id AND h.released_at IS NULL
  CHOSEN_JOINS
  WHERE m.state = 'current' AND m.role = ANY (%(roles)s)
    AND (%(age_groups)s::text[] IS NULL OR m.age_bands && %(age_groups)s::varchar[])
    AND NOT EXISTS (SELECT 1 FROM delivery_delivery d
      WHERE d.step_run_id = %(run)s AND d.person_id = m.person_id)
    CHOSEN_CONDITIONS
) options
ORDER BY person_id, why, rank, membership_id, address_id;
ANALYZE plan_choice
"""  # noqa: S608  # built from constants of this package

# Two people on one address: the one with the lower id gets the message, and nobody at an
# address that has its delivery in this run already.
_SHARE = """
CREATE TEMP TABLE plan_shared ON COMMIT DROP AS
SELECT address_id, min(person_id) AS person_id FROM (
  SELECT address_id, person_id FROM plan_choice WHERE lane < %(span)s
  UNION ALL
  SELECT address_id, 0 FROM delivery_delivery
  WHERE step_run_id = %(run)s AND address_id IS NOT NULL
  UNION ALL
  SELECT address_id, 0 FROM delivery_fallback WHERE step_run_id = %(run)s
  CHOSEN_SIBLINGS
) a GROUP BY address_id HAVING count(*) > 1;
ANALYZE plan_shared
"""
# What is decided about each person, shared addresses included.
JUDGED = f"""
SELECT c.person_id, c.school_id, c.address_id, CASE
    WHEN c.lane < %(span)s AND o.person_id <> c.person_id
    THEN {WHY[Reason.SHARED_ADDRESS]} * %(span)s + c.lane %% %(languages)s ELSE c.lane END AS lane
FROM plan_choice c LEFT JOIN plan_shared o ON o.address_id = c.address_id
"""  # noqa: S608  # as above

# Ids are given in the order of lanes, so a batch is a range of ids and needs no index of its
# own, and neighbours of a batch lie on neighbouring pages. A strip is the lanes that share
# batches: all languages of one way in one zone. What was left out forms no batch, and no size.
BATCHES = f"""
CREATE TEMP TABLE plan_lane ON COMMIT DROP AS
SELECT lane, people, CASE WHEN lane < %(span)s THEN lane / %(languages)s END AS strip,
  min(number) OVER (PARTITION BY lane < %(span)s, lane / %(languages)s) AS strip_from,
  greatest(%(least_in_batch)s, least(
    (%(most_in_batch)s::int[])[lane / %(languages)s / %(zones)s + 1],
    sum(people) OVER (PARTITION BY lane < %(span)s, lane / %(languages)s) / %(shared_by)s
  ))::int AS batch_size
FROM (SELECT lane, people, (sum(people) OVER (ORDER BY lane))::bigint - people AS number
      FROM (SELECT lane, count(*) AS people FROM ({JUDGED}) j GROUP BY lane) l) n;
CREATE TEMP TABLE plan_batch ON COMMIT DROP AS
SELECT nextval(pg_get_serial_sequence('delivery_batch', 'id')) AS batch_id, strip, part,
  strip_from + part * batch_size AS starts,
  least(strip_from + (part + 1) * batch_size, strip_from + people) AS ends
FROM (SELECT strip, strip_from, batch_size, sum(people)::bigint AS people FROM plan_lane
      WHERE strip IS NOT NULL GROUP BY strip, strip_from, batch_size) s,
  generate_series(0, (people - 1) / batch_size) AS part;
INSERT INTO delivery_batch (id, step_run_id, channel, sender_id, topic_id, zone, opens_at,
  closes_at, expires_at, first_id, last_id, is_done)
SELECT b.batch_id, %(run)s, way.channel, way.sender_id, %(topic)s, w.zone, w.opens_at,
  w.closes_at, w.expires_at, %(first_id)s + b.starts, %(first_id)s + b.ends - 1, false
FROM plan_batch b
JOIN unnest(%(way_channels)s::text[], %(way_senders)s::bigint[])
  WITH ORDINALITY AS way(channel, sender_id, place) ON way.place - 1 = b.strip / %(zones)s
JOIN unnest(%(zone_names)s::text[], %(opens)s::timestamptz[], %(closes)s::timestamptz[],
  %(expires)s::timestamptz[]) WITH ORDINALITY AS w(zone, opens_at, closes_at, expires_at, place)
  ON w.place - 1 = b.strip %% %(zones)s
ORDER BY b.batch_id
"""  # noqa: S608  # as above

_INSERT = f"""
INSERT INTO LEDGER (step_run_id, id, batch_id, person_id, address_id, school_id,
  language, state, reason, attempt, state_at)
SELECT %(run)s, %(first_id)s - 1 + r.number, b.batch_id, r.person_id,
  CASE WHEN l.strip IS NOT NULL THEN r.address_id END, r.school_id, l.language,
  CASE WHEN l.strip IS NOT NULL THEN 'pending' ELSE 'skipped' END, l.reason, 0, %(now)s
FROM (SELECT j.*, row_number() OVER (ORDER BY lane, school_id, person_id) AS number
      FROM ({JUDGED}) j) r
JOIN (SELECT lane, strip, strip_from, batch_size,
        (%(language_names)s::text[])[lane %% %(languages)s + 1] AS language,
        (%(reasons)s::text[])[lane / %(span)s] AS reason
      FROM plan_lane OFFSET 0) l ON l.lane = r.lane
LEFT JOIN plan_batch b ON b.strip = l.strip
  AND b.part = (r.number - 1 - l.strip_from) / l.batch_size
"""  # noqa: S608  # as above

TALLY = """
INSERT INTO delivery_tally (step_run_id, batch_key, worker, state, reason, number)
SELECT %(run)s, 0, 'planner', CASE WHEN why = 0 THEN 'pending' ELSE 'skipped' END,
  coalesce((%(reasons)s::text[])[why], ''), people
FROM (SELECT lane / %(span)s AS why, sum(people) AS people FROM plan_lane GROUP BY 1) w
ON CONFLICT (step_run_id, batch_key, state, reason, worker)
DO UPDATE SET number = delivery_tally.number + excluded.number
"""

COUNT = """
SELECT (SELECT coalesce(sum(people), 0)::bigint FROM plan_lane),
  (SELECT count(*) FROM plan_batch)
"""


# Another step run of the same occasion counts like this one: see `campaigns.siblings`.
_SIBLINGS = """UNION ALL
  SELECT address_id, 0 FROM delivery_delivery WHERE address_id IS NOT NULL
    AND step_run_id = ANY (%(chosen_siblings)s) AND state <> 'skipped'"""


def choose(params: Mapping[str, Any]) -> str:
    """The statement that chooses each person's one way, with what the step says about people."""
    parts = ("joins", "conditions", "first_doubts", "last_doubts")
    statement = _CHOOSE
    for part in parts:
        statement = statement.replace(f"CHOSEN_{part.upper()}", params[f"chosen_{part}"])
    return statement


def share(params: Mapping[str, Any]) -> str:
    """The statement that finds who shares an address."""
    return _SHARE.replace("CHOSEN_SIBLINGS", _SIBLINGS if params["chosen_siblings"] else "")


def insert_into(table: str) -> str:
    """Writes the rows to `table`: the ledger, or what becomes its partition."""
    return _INSERT.replace("LEDGER", table)


FORGET = "DROP TABLE plan_choice, plan_shared, plan_lane, plan_batch"
