"""Mail addresses: written as given, matched without regard to case."""

from __future__ import annotations

import pytest

from outreach.core.emails import normalise_email
from outreach.core.errors import BadAddress


def test_address_keeps_its_case_and_matches_without() -> None:
    email = normalise_email("  Anna.Müller@Example.ORG ")
    assert email.address == "Anna.Müller@example.org"
    assert email.match_key == "anna.müller@example.org"


def test_domain_in_another_script_has_one_form() -> None:
    one = normalise_email("anna@bücher.example.org")
    assert one == normalise_email("anna@xn--bcher-kva.example.org")


def test_addresses_of_the_sandbox_are_allowed() -> None:
    assert normalise_email("anna@post.test").address == "anna@post.test"


@pytest.mark.parametrize("text", ["a@example.org\nBcc: x@example.org", "anna(at)example.org"])
def test_two_lines_and_words_for_signs_are_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        normalise_email(text)


@pytest.mark.parametrize(
    "text",
    ["", "anna", "anna@", "@example.org", "anna@@example.org", "anna@example"],
)
def test_what_is_no_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadAddress) as caught:
        normalise_email(text)
    assert caught.value.remedy == "Write it like anna@example.org."
