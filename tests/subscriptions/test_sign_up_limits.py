"""A flood of sign-ups for one school is held back there, and nowhere else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from join_house import ask, build_house, mail, notices

from outreach.consent.models import SignUpFlood
from outreach.core.clock import FrozenClock
from outreach.notices.models import NoticeKind
from outreach.subscriptions import limits
from outreach.subscriptions.joining import Asked
from tests.delivery import delivery_builders as build


@pytest.mark.django_db
def test_school_is_limited_whatever_the_addresses_and_networks(
    frozen_clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = {**limits.LIMITS, limits.Scope.SCHOOL: limits.Limit(2, 24, alerts=True)}
    monkeypatch.setattr(limits, "LIMITS", few)
    school = build_house()
    asked = [
        ask(school, mail(f"p{number}@mailbox.example"), network=f"198.51.{number}.0/24")
        for number in range(4)
    ]
    assert asked == [Asked.HEARD, Asked.HEARD, Asked.TOO_MANY, Asked.TOO_MANY]
    assert len(notices(NoticeKind.JOIN_CONFIRMATION)) == 2
    assert SignUpFlood.objects.get().school == school
    assert [each.destination for each in notices(NoticeKind.SIGN_UP_ALERT)] == [
        "duty@outreach.test"
    ]
    assert ask(build.build_school("elsewhere"), mail("p9@mailbox.example")) is Asked.HEARD
    frozen_clock.tick(timedelta(days=1))
    assert ask(school, mail("p8@mailbox.example")) is Asked.HEARD
