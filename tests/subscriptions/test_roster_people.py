"""Who is who when a roster comes in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from roster_school import OpenSchool, names_of

from outreach.audience.models import (
    Address,
    AddressHash,
    Membership,
    MembershipState,
    Person,
    PersonAddress,
)
from outreach.consent.models import Consent
from outreach.core.clock import now
from outreach.organisation.models import AuditEntry

ANNA = "Anna Muster,anna@example.org,07700 900001,8-10,yes\n"


def test_a_guardian_comes_in_with_addresses_hashes_and_membership(open_school: OpenSchool) -> None:
    result = open_school()(ANNA)
    assert (result.new_people, result.new_addresses, result.consents_granted) == (1, 2, 2)
    membership = Membership.objects.get()
    assert (membership.name, membership.age_bands) == ("Anna Muster", ["8-10"])
    assert sorted(Address.objects.values_list("channel", "match_key", "country")) == [
        ("email", "anna@example.org", ""),
        ("sms", "+447700900001", "GB"),
    ]
    assert AddressHash.objects.count() == 2


def test_the_same_file_again_changes_nothing(open_school: OpenSchool) -> None:
    upload = open_school()
    lines = ANNA + "Jörg Muster,joerg@example.org,07700 900001,8-10,yes\nNoor,,07700 900003,,no\n"
    upload(lines)
    noted = AuditEntry.objects.count()
    again = upload(lines)
    assert again.changed_nothing
    assert (again.known_people, again.new_people, again.changed_people) == (3, 0, 0)
    assert (Person.objects.count(), PersonAddress.objects.count()) == (3, 5)
    assert AuditEntry.objects.count() == noted


def test_two_children_are_one_membership_with_both_age_groups(open_school: OpenSchool) -> None:
    open_school()(ANNA + "anna  MUSTER,ANNA@example.org,,14-17,yes\n")
    assert Membership.objects.get().age_bands == ["8-10", "14-17"]


def test_two_names_on_one_phone_are_two_persons(open_school: OpenSchool) -> None:
    open_school()("Anna Muster,,07700 900001,,yes\nJörg Muster,,07700 900001,,yes\n")
    assert Person.objects.count() == 2
    assert Address.objects.get().persons.count() == 2


def test_two_adults_listed_with_the_same_mail_and_phone_stay_two(open_school: OpenSchool) -> None:
    upload = open_school()
    lines = ANNA + ANNA.replace("Anna", "Jörg")
    upload(lines)
    assert Person.objects.count() == 2
    assert upload(lines).changed_nothing


def test_a_guardian_of_two_schools_is_one_person(open_school: OpenSchool) -> None:
    open_school("north")(ANNA)
    result = open_school("south")("ANNA muster,anna@example.org,,5-7,yes\n")
    assert names_of(Person.objects.get()) == ["ANNA muster", "Anna Muster"]
    assert (result.new_people, result.known_people, result.new_addresses) == (1, 0, 1)


def test_a_school_is_not_told_that_a_person_is_known_elsewhere(open_school: OpenSchool) -> None:
    known = open_school("north")(ANNA)
    same = open_school("south")(ANNA)
    assert same == known


def test_another_spelling_with_mail_and_phone_is_the_same_person(open_school: OpenSchool) -> None:
    open_school("north")(ANNA)
    south = open_school("south")
    south(ANNA.replace("Anna Muster", "A. Muster"))
    assert Person.objects.count() == 1
    assert south(ANNA.replace("Anna Muster", "A. Muster")).changed_nothing


def test_another_spelling_with_the_phone_alone_is_somebody_else(open_school: OpenSchool) -> None:
    open_school("north")(ANNA)
    open_school("south")("A. Muster,,07700 900001,,yes\n")
    assert Person.objects.count() == 2


def test_a_new_name_at_the_same_school_is_taken_over(open_school: OpenSchool) -> None:
    upload = open_school()
    upload(ANNA)
    result = upload(ANNA.replace("Anna Muster", "Anna Beispiel"))
    assert (result.new_people, result.changed_people) == (0, 1)
    assert Membership.objects.get().name == "Anna Beispiel"


def test_the_person_a_merge_points_to_is_found(open_school: OpenSchool) -> None:
    upload = open_school("north")
    upload(ANNA)
    old = Person.objects.get()
    new = Person.objects.create(created_at=now())
    Membership.objects.filter(person=old).update(person=new)
    old.merged_into = new
    old.save()
    open_school("south")(ANNA)
    assert set(Membership.objects.values_list("person", flat=True)) == {new.pk}


def test_a_newer_list_replaces_the_age_group_and_an_older_one_without_keeps_it(
    open_school: OpenSchool,
) -> None:
    upload = open_school()
    upload(ANNA)
    upload(ANNA.replace("8-10", "11-13"))
    assert Membership.objects.get().age_bands == ["11-13"]
    upload(ANNA.replace("8-10", ""))
    assert Membership.objects.get().age_bands == ["11-13"]


def test_someone_who_had_left_is_at_the_school_again(open_school: OpenSchool) -> None:
    upload = open_school()
    upload(ANNA)
    Membership.objects.update(state=MembershipState.ENDED, ended_at=now())
    assert upload(ANNA).changed_people == 1
    assert Membership.objects.get().state == MembershipState.CURRENT


def test_a_list_with_fewer_people_ends_nobody(open_school: OpenSchool) -> None:
    upload = open_school()
    upload(ANNA + "Noor Ali,noor@example.org,,,yes\n")
    upload(ANNA)
    assert Membership.objects.filter(state=MembershipState.CURRENT).count() == 2


def test_good_rows_are_taken_and_bad_ones_counted(open_school: OpenSchool) -> None:
    result = open_school()(ANNA + "Dev,dev@example,07700 900 ask Gran,,yes\n")
    assert (result.new_people, result.bad_rows) == (1, 1)


def test_a_guardian_who_is_also_a_contact_is_one_person_with_two_roles(
    open_school: OpenSchool,
) -> None:
    open_school()(
        "Anna,anna@example.org,guardian,yes\nAnna,anna@example.org,contact,yes\n",
        heading="name,email,role,consent\n",
    )
    assert Person.objects.count() == 1
    assert sorted(Membership.objects.values_list("role", flat=True)) == ["contact", "guardian"]


@pytest.mark.parametrize(
    ("count", "steps"), [(0, []), (1, [1]), (1000, [1000]), (1001, [1000, 1001])]
)
def test_progress_is_told_after_every_thousand_rows(
    open_school: OpenSchool, count: int, steps: list[int]
) -> None:
    upload = open_school()
    lines = "".join(f"P{n},p{n}@example.org,,,yes\n" for n in range(count))
    assert upload(lines or "X,no mail,,,yes\n").new_people == count
    assert [step.rows_done for step in upload.seen] == steps


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_file_at_once_make_nobody_twice(open_school: OpenSchool) -> None:
    upload = open_school()
    lines = "".join(f"P{n},p{n}@example.org,07700 90{n:04d},,yes\n" for n in range(300))

    def once(_: int) -> None:
        try:
            upload(lines)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(once, range(3)))
    assert (Person.objects.count(), Membership.objects.count()) == (300, 300)
    assert Consent.objects.count() == 600
