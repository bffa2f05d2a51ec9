"""On which days the people of a launch's schools first agreed to its topic."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta

from django.db import connection

from outreach.campaigns.launch_plan import launch_schools
from outreach.campaigns.models import Launch
from outreach.campaigns.versions import definition_of
from outreach.consent.models import Topic

# The day before: somewhere it is still yesterday when the launch starts.
_DAY = timedelta(days=1)

# On which days people of each school first agreed to the topic, at any school. Who came back
# after a stop is no newcomer: the first time counts.
JOINED = """
SELECT m.school_id, (j.began_at AT TIME ZONE s.zone)::date
FROM (
  SELECT pa.person_id, min(c.at) AS began_at
  FROM consent_consent c JOIN audience_personaddress pa ON pa.address_id = c.address_id
  WHERE c.topic_id = %(topic)s AND c.act = 'granted'
  GROUP BY pa.person_id HAVING min(c.at) >= %(since)s
) j
JOIN audience_membership m ON m.person_id = j.person_id AND m.state = 'current'
JOIN organisation_school s ON s.id = m.school_id
WHERE m.school_id = ANY (%(schools)s)
GROUP BY 1, 2
"""


def joined_days(launch: Launch) -> Mapping[int, set[date]]:
    """School id -> the days."""
    definition = definition_of(launch.version)
    found: dict[int, set[date]] = defaultdict(set)
    topic = Topic.objects.filter(slug=definition.topic).first()
    with connection.cursor() as cursor:
        cursor.execute(
            JOINED,
            {
                "topic": topic.pk if topic else None,
                "since": launch.starts_on - _DAY,
                "schools": list(launch_schools(launch).values_list("pk", flat=True)),
            },
        )
        for school_id, day in cursor.fetchall():
            found[school_id].add(day)
    return found
