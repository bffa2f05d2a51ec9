"""The end of memberships: people who are not on a school's list any more.

Their consents stay on record; without a membership no claim sends to them.
"""

from __future__ import annotations

from collections.abc import Sequence

from outreach.audience.models import Membership, MembershipState
from outreach.consent.lock import taking_rights_away
from outreach.core.clock import now
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import School

_CHUNK = 2_000


def end_memberships(
    school: School, membership_ids: Sequence[int], *, why: str, actor: Actor
) -> int:
    """Current → ended, each chunk committed before the next, so that a claim waits a moment
    only. Returns how many; repeated calls end nobody twice. Must not run in a transaction."""
    ended = 0
    for start in range(0, len(membership_ids), _CHUNK):
        with taking_rights_away():
            chunk = Membership.objects.filter(
                school=school,
                pk__in=membership_ids[start : start + _CHUNK],
                state=MembershipState.CURRENT,
            )
            number = chunk.update(state=MembershipState.ENDED, ended_at=now())
            if number:
                record(
                    actor,
                    "roster.memberships-ended",
                    f"school:{school.slug}",
                    why=why,
                    details={"number": number},
                )
        ended += number
    return ended
