"""Which sender carries a channel to a country: asked when people are planned, and again when
one of them needs another way.

Pure SQL, to be put into a WITH. Refuses to judge addresses.
"""

from __future__ import annotations

# (channel, country, id); country '' is a sender for everywhere. One that stands in for another
# comes last: it is there for the day on which the other cannot send.
SENDERS = """
senders AS (
  SELECT DISTINCT ON (channel, country) channel, country, s.id
  FROM organisation_sender s, unnest(
    CASE WHEN countries = '{}' THEN ARRAY['']::varchar[] ELSE countries END) AS country
  WHERE is_active
  ORDER BY channel, country,
    EXISTS (SELECT 1 FROM organisation_sender x WHERE x.stand_in_id = s.id AND x.is_active), s.id
)"""
