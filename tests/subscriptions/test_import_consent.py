"""What a roster's word about consent is worth, by the basis of its school."""

from __future__ import annotations

import pytest
from roster_school import WORDING, OpenSchool, consenting

from outreach.audience.models import Address, Membership, Person
from outreach.consent.actions import suppress, withdraw
from outreach.consent.models import Consent, ConsentState, SuppressionReason
from outreach.consent.queries import is_suppressed
from outreach.core.errors import BadInput
from outreach.organisation.audit import OPERATOR, RECIPIENT
from outreach.organisation.models import ConsentBasis

ANNA = "Anna Muster,anna@example.org,07700 900001,8-10,yes\n"


def test_nothing_comes_in_before_the_school_has_chosen_its_basis(open_school: OpenSchool) -> None:
    with pytest.raises(BadInput, match="Choose the basis first: outreach school basis north"):
        open_school(basis=None)(ANNA)
    assert not Person.objects.exists()


def test_a_signed_form_is_kept_as_proof(open_school: OpenSchool) -> None:
    open_school()(ANNA)
    consent = Consent.objects.filter(address__channel="email").get()
    assert (consent.basis, consent.wording, consent.actor) == (
        "signed_form",
        WORDING,
        OPERATOR.name,
    )
    assert consent.source.startswith("north.csv (sha256 ")
    assert consent.source.endswith("), row 2, 2025-09-01")


def test_who_said_no_comes_in_without_consent(open_school: OpenSchool) -> None:
    result = open_school()(ANNA.replace("yes", "no"))
    assert (result.new_people, result.consents_granted, result.without_consent) == (1, 0, 1)
    assert consenting() == []


def test_an_empty_answer_is_a_no(open_school: OpenSchool) -> None:
    open_school()(ANNA.replace("yes", ""))
    assert consenting() == []


def test_without_a_consent_column_the_basis_decides(open_school: OpenSchool) -> None:
    open_school()("Anna,anna@example.org\n", heading="name,email\n")
    assert consenting() == ["anna@example.org"]


def test_a_no_on_a_shared_phone_keeps_the_phone_without_consent(open_school: OpenSchool) -> None:
    open_school()(ANNA + "Jörg,joerg@example.org,07700 900001,,no\n")
    assert consenting() == ["anna@example.org"]


def test_by_invitation_guardians_wait_and_staff_of_the_school_do_not(
    open_school: OpenSchool,
) -> None:
    result = open_school(basis=ConsentBasis.INVITATION)(
        "Anna,anna@example.org,guardian\nOffice,office@example.org,contact\n",
        heading="name,email,role\n",
    )
    assert (result.new_people, result.waiting_for_invitation) == (2, 1)
    assert consenting() == ["office@example.org"]
    assert Consent.objects.get().basis == "documented"


def test_a_withdrawn_consent_does_not_come_back(open_school: OpenSchool) -> None:
    upload = open_school()
    upload(ANNA)
    for address in Address.objects.all():
        withdraw(address.pk, None, None, source="phone", wording="no more", actor=RECIPIENT)
    again = upload(ANNA)
    assert again.consents_granted == 0
    assert not ConsentState.objects.filter(granted=True).exists()


def test_a_suppressed_address_stays_suppressed(open_school: OpenSchool) -> None:
    suppress(
        "email",
        "anna@example.org",
        reason=SuppressionReason.ASKED,
        evidence="inbound:1",
        actor=RECIPIENT,
    )
    open_school()(ANNA)
    assert is_suppressed("email", "anna@example.org")


def test_a_later_no_is_told_and_leaves_the_record(open_school: OpenSchool) -> None:
    upload = open_school()
    upload(ANNA)
    result = upload(ANNA.replace("yes", "no"))
    assert (result.said_no_but_granted, result.changed_nothing) == (2, True)
    assert len(consenting()) == 2


def test_the_consent_of_one_school_is_none_of_the_other(open_school: OpenSchool) -> None:
    open_school("north")(ANNA)
    open_school("south")(ANNA.replace("yes", "no"))
    assert set(ConsentState.objects.values_list("school__slug", flat=True)) == {"north"}
    assert Membership.objects.count() == 2
