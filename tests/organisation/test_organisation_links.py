"""Links that open an account: once, and never another one's after a restore."""

from __future__ import annotations

from datetime import timedelta

import pytest

from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock
from outreach.core.errors import BadToken
from outreach.core.tokens import STAFF_LINK, TEST_ALERT
from outreach.organisation.alert_tests import begin_test, read_test_token, token_of_test
from outreach.organisation.audit import OPERATOR
from outreach.organisation.lanes import sealer
from outreach.organisation.links import make_link, open_link, token_of
from outreach.organisation.models import AlertTest, Staff
from outreach.organisation.sign_in_models import LinkKind, StaffLink
from outreach.organisation.staff import create_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(frozen_clock: FrozenClock) -> Staff:
    return add("anna")


def add(name: str) -> Staff:
    password = "four quiet purple hens"
    return create_staff(
        email=f"{name}@outreach.test",
        name=name,
        password=password,
        phone="+447700900321",
        actor=OPERATOR,
    )


@pytest.mark.parametrize("kind", LinkKind)
def test_a_link_opens_until_its_number_is_given_to_another_person_after_a_restore(
    anna: Staff, kind: LinkKind
) -> None:
    old = make_link(anna, kind)
    token, number = token_of(old), old.pk
    assert open_link(kind, token).staff == anna
    StaffLink.objects.all().delete()
    fresh = make_link(add("ben"), kind)
    StaffLink.objects.filter(pk=fresh.pk).update(id=number)
    fresh.pk = number
    assert open_link(kind, token_of(fresh)).staff.name == "ben"
    with pytest.raises(BadToken) as of_another:
        open_link(kind, token)
    StaffLink.objects.all().delete()
    with pytest.raises(BadToken) as unknown:
        open_link(kind, token)
    assert str(of_another.value) == str(unknown.value)


def test_a_link_of_an_earlier_release_that_carries_its_number_alone_opens_nothing(
    anna: Staff,
) -> None:
    link = make_link(anna, LinkKind.INVITATION)
    with pytest.raises(BadToken):
        open_link(LinkKind.INVITATION, sealer().seal(STAFF_LINK, 1, link.pk))


def test_a_test_alert_is_not_confirmed_by_the_link_of_one_that_had_its_number(
    anna: Staff, frozen_clock: FrozenClock
) -> None:
    old = begin_test(anna, actor=OPERATOR)
    token, number = token_of_test(old, Channel.SMS), old.pk
    assert read_test_token(token) == (old, Channel.SMS)
    AlertTest.objects.all().delete()
    frozen_clock.tick(timedelta(seconds=1))
    AlertTest.objects.filter(pk=begin_test(add("ben"), actor=OPERATOR).pk).update(id=number)
    for wrong in (token, sealer().seal(TEST_ALERT, number, 1)):
        with pytest.raises(BadToken):
            read_test_token(wrong)
