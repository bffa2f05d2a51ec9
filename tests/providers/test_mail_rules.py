"""What may not stand in a mail: asked of all recipients at once, of each where that is unsure."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from provider_cases import LIST_UNSUBSCRIBE, MAIL

from outreach.core.errors import ProviderRefused
from outreach.providers.mail_rules import are_surely_safe, ascii_domain, refuse_unsafe
from outreach.providers.port import EmailRecipient

(ANNA,) = MAIL.recipients
BEN = replace(ANNA, to="ben@example.org", from_name="Hill School", reply_to=None)
SIGNS = st.text("ab@. \r\n\x00\x0b\x1d\x85\u2028é", max_size=5)
TEXTS = st.one_of(st.sampled_from(["a@example.org", "School", "x" * 901]), SIGNS)
RECIPIENTS = st.builds(
    EmailRecipient,
    to=TEXTS,
    from_name=TEXTS,
    from_address=TEXTS,
    reply_to=st.one_of(st.none(), TEXTS),
    headers=st.dictionaries(st.sampled_from(["List-Unsubscribe", "X-A", "To", "a b"]), TEXTS),
    token=SIGNS,
    substitutions=st.dictionaries(st.sampled_from(["%n-name%", "%n-link%"]), TEXTS),
)


@given(st.lists(RECIPIENTS, min_size=1, max_size=3))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_recipients_judged_safe_at_once_are_safe_one_by_one(
    recipients: list[EmailRecipient],
) -> None:
    if not are_surely_safe(recipients):
        return
    for each in recipients:
        assert refuse_unsafe(MAIL, each) is None
        for address in (each.to, each.from_address, each.reply_to or each.to):
            assert ascii_domain(address) == address


@pytest.mark.parametrize(
    "other",
    [
        replace(BEN, to="ben"),
        replace(BEN, to="@example.org"),
        replace(BEN, to="ben@"),
        replace(BEN, to="ben@müller.example"),
        replace(BEN, to="ben@example.org\n"),
        replace(BEN, reply_to=""),
        replace(BEN, from_address="hello"),
        replace(BEN, from_name="Hill\rSchool"),
        replace(BEN, token="t\x1d"),
        replace(BEN, headers={"List-Unsubscribe": "<https://x.test>\r\nBcc: a@example.org"}),
        replace(BEN, headers={"List-Unsubscribe": f"<https://x.test/{'a' * 900}>"}),
        replace(BEN, headers={"X-School": "Müller"}),
        replace(BEN, headers={"Bcc": "all@example.org"}),
        replace(BEN, headers={"X Y": "1"}),
        replace(BEN, substitutions={"%n-name%": "Ben\u2028"}),
    ],
)
def test_one_that_needs_a_closer_look_is_not_passed_with_the_others(other: EmailRecipient) -> None:
    assert are_surely_safe([ANNA, BEN])
    assert not are_surely_safe([ANNA, other, BEN])


def test_each_whose_address_is_none_is_refused_when_it_is_looked_at() -> None:
    for address in ("ben", "@example.org", "ben@"):
        with pytest.raises(ProviderRefused):
            ascii_domain(address)


def test_the_headers_of_a_one_click_stop_are_safe() -> None:
    assert set(LIST_UNSUBSCRIBE) == {"List-Unsubscribe", "List-Unsubscribe-Post"}
    assert are_surely_safe([replace(ANNA, headers=LIST_UNSUBSCRIBE)])
