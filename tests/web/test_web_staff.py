"""Staff on pages: inviting, roles, closing an account; a new password by mail; the audit log."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import web_builders as build
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from web_client import AppClient

from outreach.campaigns.models import Campaign
from outreach.config.environment import environment
from outreach.core.clock import now
from outreach.notices.models import Notice, NoticeKind
from outreach.organisation.audit import OPERATOR, Actor, record
from outreach.organisation.models import AuditEntry, Organisation, Role, School, Staff
from outreach.organisation.sign_in_models import StaffLink, StaffSession
from outreach.outbound.hooks import add_hook
from outreach.outbound.models import HookEvent

NEW_PASSWORD = "seven brave orange otters"
TWICE = {"password": NEW_PASSWORD, "again": NEW_PASSWORD}
MOST_STATEMENTS = 15


@pytest.fixture
def administrator(organisation: object) -> Staff:
    build.build_sender()
    return build.build_staff("Ada", Role.ADMINISTRATOR)


@pytest.fixture
def at_work(client: AppClient, administrator: Staff) -> AppClient:
    return client.as_staff(administrator)


def invite(client: AppClient, **words: object) -> Staff:
    asked = {"name": "Nora New", "email": "Nora@School.test", "role": "manager"}
    answer = client.post("/staff/invite", asked | words)
    assert answer.status_code == 302, answer.content.decode()
    return Staff.objects.get(email="nora@school.test")


def link_in_mail(kind: NoticeKind) -> str:
    """The path of the link in the newest mail of this kind."""
    mail = Notice.objects.filter(kind=kind).latest("pk")
    found = re.search(r"https?://[^/\s]+(/\S+)", mail.text)
    assert found is not None
    return found[1].rstrip(".")


def test_invited_person_chooses_a_password_by_the_link_and_is_in(
    at_work: AppClient, school: School
) -> None:
    invited = invite(at_work, role="school_staff", schools=[school.pk])
    assert not invited.is_active
    assert "Invited" in at_work.get("/staff").content.decode()
    link = link_in_mail(NoticeKind.STAFF_INVITATION)
    newcomer = AppClient()
    assert "Welcome, Nora New" in newcomer.get(link).content.decode()
    assert newcomer.post(link, TWICE)["Location"] == "/account"
    assert newcomer.get("/schools").status_code == 200
    invited.refresh_from_db()
    assert invited.is_active
    assert invited.email_verified_at is not None
    assert AppClient().post(link, TWICE).status_code == 404


def test_weak_password_leaves_the_link_working(at_work: AppClient) -> None:
    invite(at_work)
    link = link_in_mail(NoticeKind.STAFF_INVITATION)
    answer = AppClient().post(link, {"password": "password1234", "again": "password1234"})
    assert "easy to guess" in answer.content.decode()
    assert AppClient().post(link, TWICE).status_code == 302


def test_invitation_is_over_after_72_hours_and_can_be_repeated(at_work: AppClient) -> None:
    invited = invite(at_work)
    link = link_in_mail(NoticeKind.STAFF_INVITATION)
    made = StaffLink.objects.get()
    assert made.expires_at - made.made_at == timedelta(hours=72)
    StaffLink.objects.update(expires_at=timezone.now())
    assert AppClient().get(link).status_code == 404
    assert "Invitation too old" in at_work.get("/staff").content.decode()
    at_work.post(f"/staff/{invited.uuid}/invite")
    newer = link_in_mail(NoticeKind.STAFF_INVITATION)
    assert newer != link
    assert AppClient().get(newer).status_code == 200
    at_work.post(f"/staff/{invited.uuid}/withdraw")
    assert AppClient().get(newer).status_code == 404


def test_mail_speaks_the_language_of_the_organisation(at_work: AppClient) -> None:
    Organisation.objects.update(default_language="de")
    invited = invite(at_work)
    mail = Notice.objects.get()
    assert mail.subject == "Ihr Zugang bei Safe Online Network"
    assert mail.destination == invited.email
    AppClient().post("/forgotten", {"email": "ada@outreach.test"})
    assert "Neues Passwort" in Notice.objects.latest("pk").text


def test_opening_the_link_uses_nothing_up(at_work: AppClient) -> None:
    invite(at_work)
    link = link_in_mail(NoticeKind.STAFF_INVITATION)
    for _ in range(3):
        assert AppClient().get(link).status_code == 200
        assert AppClient().head(link).status_code == 200
    assert AppClient().post(link, TWICE).status_code == 302


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"role": "school_staff"}, "Tick at least one school"),
        ({"email": "ada@outreach.test"}, "has an account already"),
        ({"email": "nora@"}, "valid email"),
        ({"role": "emperor"}, "not one of the available choices"),
    ],
)
def test_invitation_that_cannot_be_is_refused_with_the_reason(
    at_work: AppClient, words: dict[str, str], said: str
) -> None:
    asked = {"name": "Nora New", "email": "nora@school.test", "role": "manager"} | words
    assert said in at_work.post("/staff/invite", asked).content.decode()
    assert not Staff.objects.filter(email="nora@school.test").exists()
    assert not Notice.objects.exists()


def test_closing_an_account_ends_its_sessions_at_once(at_work: AppClient, manager: Staff) -> None:
    theirs = AppClient().as_staff(manager)
    assert theirs.get("/account").status_code == 200
    at_work.post(f"/staff/{manager.uuid}/close", {"why": "left us"})
    assert theirs.get("/account").status_code == 302
    assert not StaffSession.objects.filter(staff=manager).exists()
    answer = AppClient().post("/sign-in", {"email": manager.email, "password": build.PASSWORD})
    assert "do not match" in answer.content.decode()
    assert AuditEntry.objects.get(action="staff.closed").why == "left us"


def test_nobody_locks_the_installation_or_themselves_out(
    at_work: AppClient, administrator: Staff
) -> None:
    own = f"/staff/{administrator.uuid}"
    at_work.post(f"{own}/close", {"why": "x"})
    at_work.post(f"{own}/roles/{administrator.roles.get().pk}/take")
    administrator.refresh_from_db()
    assert administrator.is_active
    assert administrator.roles.get().role == Role.ADMINISTRATOR
    assert "to their own account" in at_work.get(own).content.decode()


def test_roles_are_given_and_taken_on_the_page(
    at_work: AppClient, manager: Staff, school: School
) -> None:
    page = f"/staff/{manager.uuid}"
    held = manager.roles.get()
    at_work.post(f"{page}/roles/{held.pk}/take")
    at_work.post(f"{page}/roles", {"role": "safeguarding_lead", "schools": [school.pk]})
    now_held = manager.roles.get()
    assert (now_held.role, now_held.school) == (Role.SAFEGUARDING_LEAD, school)
    refused = at_work.post(f"{page}/roles", {"role": "manager", "schools": [school.pk]})
    assert "tick none" in refused.content.decode()
    assert AuditEntry.objects.filter(action__startswith="staff.role-").count() >= 2


def test_lost_second_factor_is_taken_away_with_a_reason(at_work: AppClient, manager: Staff) -> None:
    theirs = AppClient().as_staff(manager)
    theirs.post("/account/app/begin")
    page = f"/staff/{manager.uuid}/second-factor"
    assert "required" in at_work.post(page, {"why": ""}).content.decode()
    at_work.post(page, {"why": "phone stolen, called back"})
    assert theirs.get("/account").status_code == 302
    assert AuditEntry.objects.get(action="staff.second-factor-reset").why.startswith("phone")


def test_pages_about_staff_ask_the_database_little_however_many_there_are(
    at_work: AppClient, school: School
) -> None:
    for name in ("Bea", "Cem", "Dan", "Eve", "Fay", "Gil"):
        build.build_staff(name, Role.SCHOOL_STAFF, school=school)
    for address in ("/staff", "/audit", "/account"):
        with CaptureQueriesContext(connection) as asked:
            assert at_work.get(address).status_code == 200
        assert len(asked) <= MOST_STATEMENTS, address


@pytest.mark.parametrize(("most", "asked"), [("0", True), ("1", False)])
def test_approving_a_large_launch_asks_whether_it_is_still_they(
    *,
    client: AppClient,
    manager: Staff,
    approver: Staff,
    school: School,
    monkeypatch: pytest.MonkeyPatch,
    most: str,
    asked: bool,
) -> None:
    build.build_address(school)
    launch = build.build_draft(manager)
    monkeypatch.setenv("OUTREACH_PROVE_ABOVE_PEOPLE", most)
    environment.cache_clear()
    page = f"/launches/{launch.uuid}/approve"
    client.as_staff(approver, proved=False)
    answers = client.get(page), client.post(page)
    sent = ["/confirm" in answer.get("Location", "") for answer in answers]
    proved = AppClient().as_staff(approver).get(page)
    environment.cache_clear()
    assert (sent, proved.status_code) == ([asked, asked], 200)


# A new password by mail.


def test_answer_to_a_forgotten_password_is_the_same_for_known_and_unknown(
    client: AppClient, administrator: Staff
) -> None:
    pages = [
        client.post("/forgotten", {"email": email})
        for email in (administrator.email, "nobody@outreach.test")
    ]
    assert {page.status_code for page in pages} == {200}
    shown = {
        re.sub(rb'(csrfmiddlewaretoken" value=)"[^"]*"', rb"\1", page.content) for page in pages
    }
    assert len(shown) == 1
    assert Notice.objects.filter(kind=NoticeKind.PASSWORD_RESET).count() == 1


def test_reset_works_once_for_thirty_minutes_and_ends_every_session(
    client: AppClient, administrator: Staff
) -> None:
    signed_in = AppClient().as_staff(administrator)
    client.post("/forgotten", {"email": administrator.email.upper()})
    link = link_in_mail(NoticeKind.PASSWORD_RESET)
    made = StaffLink.objects.get()
    assert made.expires_at - made.made_at == timedelta(minutes=30)
    assert client.get(link).status_code == 200
    assert client.post(link, TWICE)["Location"] == "/sign-in"
    assert signed_in.get("/account").status_code == 302
    assert client.get("/account").status_code == 302  # the mailbox alone does not sign in
    assert client.post(link, TWICE).status_code == 404
    words = {"email": administrator.email, "password": NEW_PASSWORD}
    assert client.post("/sign-in", words)["Location"] == "/"


def test_link_of_one_kind_opens_no_page_of_the_other(
    client: AppClient, administrator: Staff
) -> None:
    client.post("/forgotten", {"email": administrator.email})
    token = link_in_mail(NoticeKind.PASSWORD_RESET).rsplit("/", 1)[-1]
    assert client.get(f"/welcome/{token}").status_code == 404
    assert client.get(f"/new-password/{token[:-2]}aa").status_code == 404


def test_closed_account_gets_no_link_and_an_open_one_of_it_is_void(
    client: AppClient, at_work: AppClient, manager: Staff
) -> None:
    stranger = AppClient()
    stranger.post("/forgotten", {"email": manager.email})
    link = link_in_mail(NoticeKind.PASSWORD_RESET)
    at_work.post(f"/staff/{manager.uuid}/close", {"why": "left us"})
    assert stranger.get(link).status_code == 404
    stranger.post("/forgotten", {"email": manager.email})
    assert Notice.objects.filter(kind=NoticeKind.PASSWORD_RESET).count() == 1


@pytest.mark.parametrize("email", ["ada@outreach.test", "nobody@outreach.test"])
def test_asking_for_links_again_and_again_is_slowed_down_alike(
    client: AppClient, administrator: Staff, email: str
) -> None:
    answers = [client.post("/forgotten", {"email": email}).status_code for _ in range(6)]
    assert answers == [200, 200, 200, 200, 429, 429]


# The audit log.


def test_log_is_narrowed_by_who_what_school_and_day(at_work: AppClient, school: School) -> None:
    record(Actor("mara@outreach.test"), "school.stop", f"school:{school.slug}", why="a funeral")
    record(Actor("ben@outreach.test"), "launch.approved", "launch:1")
    for query, seen in (
        ("who=mara", "a funeral"),
        ("what=school", "a funeral"),
        (f"school={school.slug}", "a funeral"),
        ("first_day=2026-11-02&last_day=2026-11-02", "launch.approved"),
    ):
        assert seen in at_work.get(f"/audit?{query}").content.decode()
    assert "launch:1" not in at_work.get("/audit?who=mara").content.decode()
    later = at_work.get("/audit?first_day=2026-11-03").content.decode()
    assert "Nothing matches" in later
    assert at_work.get("/audit?first_day=yesterday").status_code == 200


def test_details_of_an_entry_are_words_and_not_codes(at_work: AppClient) -> None:
    details = {"role": "safeguarding_lead", "may_skip": True, "events": ["case.opened"]}
    record(OPERATOR, "staff.role-given", "staff-role", details=details)
    page = at_work.get("/audit?what=staff.role-given").content.decode()
    assert "role: Child-protection contact" in page
    assert "may leave out: yes" in page
    assert "events: That a reply waits for a person" in page


def test_an_entry_about_another_system_or_a_campaign_names_it(at_work: AppClient) -> None:
    hook = add_hook("https://hub.example.org/in", {HookEvent.CASE}, actor=OPERATOR).hook
    Campaign.objects.create(slug="say-no", title="Say No!", created_at=now())
    record(OPERATOR, "campaign.import", "campaign:say-no", details={"number": 1})
    page = at_work.get("/audit").content.decode()
    assert f'<a href="/endpoints/{hook.uuid}">https://hub.example.org/in</a>' in page
    assert "Say No!" in page


def test_older_entries_are_reached_page_by_page(at_work: AppClient) -> None:
    for number in range(60):
        record(Actor("clock"), "calendar.entered", f"thing:{number}")
    first = at_work.get("/audit?what=calendar").content.decode()
    older = re.search(r'href="(\?[^"]*before=\d+)"', first)
    assert older is not None
    rest = at_work.get(f"/audit{older[1].replace('&amp;', '&')}").content.decode()
    shown = re.findall(r"thing:(\d+)", first) + re.findall(r"thing:(\d+)", rest)
    assert [int(number) for number in shown] == list(range(59, -1, -1))


def test_export_runs_no_formula_and_stands_in_the_log(
    at_work: AppClient, administrator: Staff
) -> None:
    record(Actor("=cmd|' /C calc'!A0"), "price.set", "@thing:1", why="+1+1")
    answer = at_work.post("/audit/export", {"what": "price"})
    assert answer["Content-Disposition"].endswith('.csv"')
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "when,who,what,about,why,details"
    assert lines[1].split(",")[1:5] == ["'=cmd|' /C calc'!A0", "price.set", "'@thing:1", "'+1+1"]
    assert len(lines) == 2
    assert AuditEntry.objects.get(action="audit.exported").actor == administrator.email


@pytest.mark.parametrize("role", ["outreach_app", "outreach_work"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE organisation_auditentry SET why = 'other'",
        "DELETE FROM organisation_auditentry",
        "TRUNCATE organisation_auditentry",
    ],
)
def test_no_role_of_pages_or_workers_can_change_an_entry(
    organisation: object, role: str, statement: str
) -> None:
    record(Actor("x"), "entry.made", "thing:1")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")
        with pytest.raises(ProgrammingError, match="permission denied"):
            _within_savepoint(statement)


def _within_savepoint(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
