"""The pages of signing up, choosing, asking what we hold, and checking a message."""

from __future__ import annotations

import re
import time

import pytest
import web_builders as build
from django.test import RequestFactory
from web_client import AppClient

from outreach.audience.models import Address, Person, PersonAddress
from outreach.campaigns.models import CampaignVersion
from outreach.config.environment import environment
from outreach.consent.models import Consent, SignUp, SignUpFlood, Suppression, Topic
from outreach.consent.queries import has_consent, is_suppressed
from outreach.core.clock import now
from outreach.core.tokens import FORM_STAMP, PREFERENCES, STOP_LINK
from outreach.delivery.genuine import code_of
from outreach.notices.models import Notice, NoticeKind
from outreach.organisation.audit import RECIPIENT
from outreach.organisation.lanes import sealer
from outreach.organisation.models import AuditEntry, Organisation, Role, School, SmsPrice, Staff
from outreach.subscriptions import limits
from outreach.subscriptions.opt_in import confirm_by_reply
from outreach.subscriptions.opt_out import opt_out
from outreach.subscriptions.wording import first_join_word
from outreach.web.public.visitor import network_of
from outreach.web.public.words import languages_of_words, words_in

ANNA = "anna@mailbox.example"
PHONE = "+447700900123"
LARGEST_PAGE_BYTES = 50_000


@pytest.fixture
def open_school(school: School) -> School:
    """Greenhill, whose parents may sign up for both channels."""
    Topic.objects.create(slug="online-safety", name="Online safety")
    Organisation.objects.update(duty_email="duty@outreach.test")
    SmsPrice.objects.create(country="GB", micros=40_000, set_at=school.created_at)
    build.build_sender("email")
    build.build_sender("sms")
    return school


def strict() -> AppClient:
    """A browser that keeps no cookie, with Django's own CSRF check on."""
    return AppClient(enforce_csrf_checks=True)


def stamp(age_seconds: int = 60) -> str:
    return sealer().seal(FORM_STAMP, int(time.time()) - age_seconds, time.time_ns())


def sign_up(**fields: str) -> tuple[int, str]:
    answer = strict().post("/join/greenhill", {"stamp": stamp(), "lang": "en", **fields})
    assert answer.cookies == {}
    return answer.status_code, answer.content.decode()


def questions() -> list[Notice]:
    return list(Notice.objects.filter(kind=NoticeKind.JOIN_CONFIRMATION).order_by("pk"))


def path_in(text: str, page: str) -> str:
    found = re.search(rf"/{page}/[a-z2-7]+", text)
    assert found, text
    return found[0]


def joined_page() -> str:
    """Anna signs up in German and confirms; the address of her own page."""
    sign_up(email=ANNA, lang="de")
    shown = strict().post(path_in(questions()[-1].text, "join/confirm")).content.decode()
    return path_in(shown, "p")


@pytest.mark.parametrize("language", languages_of_words())
def test_page_shows_the_exact_words_in_each_language_and_is_light(
    open_school: School, language: str
) -> None:
    answer = strict().get(f"/join/greenhill?lang={language}")
    shown = answer.content.decode()
    style = b"".join(strict().get("/static/web/outreach.css").streaming_content)
    assert f'lang="{language}"' in shown
    assert "Greenhill" in shown
    assert f"{first_join_word(language).upper()} GREENHILL" in shown
    assert "<script" not in shown
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert len(shown.encode()) + len(style) < LARGEST_PAGE_BYTES


def test_number_is_read_in_its_own_order_inside_arabic(open_school: School) -> None:
    assert "\u200e+447700900999" in strict().get("/join/greenhill?lang=ar").content.decode()


def test_school_that_there_is_not_has_no_page(open_school: School) -> None:
    answer = strict().get("/join/nowhere?lang=de")
    assert answer.status_code == 404
    assert 'class="public"' in answer.content.decode()


def test_looking_at_the_link_of_the_mail_confirms_nothing(open_school: School) -> None:
    sign_up(email=ANNA)
    page = path_in(questions()[0].text, "join/confirm")
    assert "Yes, sign me up" in strict().get(page).content.decode()
    strict().head(page)
    assert not Consent.objects.exists()
    assert "You are signed up." in strict().post(page).content.decode()
    assert Consent.objects.get().wording in strict().post(page).content.decode().replace(
        "&#x27;", "'"
    )


def test_same_answer_for_known_unknown_and_stopped_addresses(open_school: School) -> None:
    build.build_address(open_school, "known@mailbox.example")
    opt_out("email", "stopped@mailbox.example", evidence="x", actor=RECIPIENT)
    answers = {sign_up(email=f"{who}@mailbox.example") for who in ("known", "unknown", "stopped")}
    assert len(answers) == 1
    assert {each.destination.split("@")[0] for each in questions()} == {"known", "unknown"}


def test_stopped_number_is_never_texted(open_school: School) -> None:
    opt_out("sms", PHONE, evidence="x", actor=RECIPIENT)
    status, shown = sign_up(phone=PHONE)
    assert (status, "START" in shown) == (200, True)
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "no address"},
        {"phone": "12"},
        {"phone": "+49 151 23456789"},  # not a country of this school
        {"phone": "+44 20 7946 0958"},  # a landline
        {},
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(
    open_school: School, fields: dict[str, str]
) -> None:
    status, shown = sign_up(**fields)
    assert status == 400
    assert "✕" in shown
    assert not SignUp.objects.exists()


def test_organisation_allows_countries(open_school: School) -> None:
    SmsPrice.objects.create(country="DE", micros=1, set_at=open_school.created_at)
    Organisation.objects.update(sign_up_countries=["DE"])
    assert sign_up(phone="+49 1512 3456789")[0] == 200
    assert sign_up(phone=PHONE)[0] == 400


def test_machine_that_fills_the_trap_gets_the_same_answer_and_nothing_else(
    open_school: School,
) -> None:
    answers = {sign_up(email=ANNA, website="http://spam.example"), sign_up(email=ANNA)}
    assert len(answers) == 1
    assert len(questions()) == 1


@pytest.mark.parametrize(
    "made", [lambda: "", lambda: "abc", lambda: stamp(0), lambda: stamp(10**5)]
)
def test_form_without_a_good_moment_is_shown_again(open_school: School, made: object) -> None:
    assert callable(made)
    status, shown = sign_up(email=ANNA, stamp=made())
    assert (status, "press the button once more" in shown) == (200, True)
    assert ANNA in shown
    assert not SignUp.objects.exists()


def test_one_form_posted_again_and_again_is_a_machine(open_school: School) -> None:
    same = stamp()
    for number in range(6):
        sign_up(email=f"p{number}@mailbox.example", stamp=same)
    assert len(questions()) == limits.LIMITS[limits.Scope.FORM].most


def test_one_address_is_asked_three_times_a_day(open_school: School) -> None:
    assert {sign_up(email=ANNA) for _ in range(5)} == {sign_up(email=ANNA)}
    assert len(questions()) == 3


def test_numbers_one_after_the_other_are_held_back_with_trace_and_alert(
    open_school: School, client: AppClient, manager: Staff
) -> None:
    answers = [sign_up(phone=f"+4477009001{number:02d}")[0] for number in range(24)]
    assert answers == [200] * 20 + [429] * 4
    assert len(questions()) == 20
    assert SignUpFlood.objects.get().scope == "numbers"
    alert = Notice.objects.get(kind=NoticeKind.SIGN_UP_ALERT)
    assert alert.destination == "duty@outreach.test"
    shown = client.as_staff(manager).get("/schools").content.decode()
    assert "many numbers of one range, Greenhill" in shown


def test_network_is_limited_whatever_the_addresses(
    open_school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = {**limits.LIMITS, limits.Scope.NETWORK: limits.Limit(2, 1, alerts=True)}
    monkeypatch.setattr(limits, "LIMITS", few)

    def post(number: int, ip: str) -> int:
        fields = {"stamp": stamp(), "lang": "en", "email": f"p{number}@mailbox.example"}
        return int(strict().post("/join/greenhill", fields, REMOTE_ADDR=ip).status_code)

    assert [post(n, f"93.184.216.{n}") for n in range(3)] == [200, 200, 429]
    assert post(4, "93.184.217.1") == 200
    stored = bytes(SignUpFlood.objects.get().key)
    assert b"93.184" not in stored


def test_own_page_chooses_stops_and_comes_back(open_school: School) -> None:
    page = joined_page()
    address = Address.objects.get()
    topic = Topic.objects.get()
    shown = strict().get(page).content.decode()
    assert "Ihre Nachrichten" in shown
    assert "checked" in shown

    strict().post(page, {"do": "save", "language": "es"})
    assert not has_consent(address.pk, topic.pk, open_school.pk)
    assert Person.objects.get().language == "es"

    box = {"choice": "greenhill/online-safety"}
    strict().post(page, {"do": "save", "language": "es", **box})
    assert has_consent(address.pk, topic.pk, open_school.pk)
    newest = Consent.objects.latest("pk")
    assert newest.wording.startswith("Acepto que")
    assert "preference page, wording es.1." in newest.source

    strict().post(page, {"do": "stop"})
    assert is_suppressed("email", ANNA)
    assert "Volver" in strict().get(page).content.decode()

    strict().post(page, {"do": "save", "language": "es", **box})
    assert not is_suppressed("email", ANNA)


def test_own_page_chooses_the_channel_that_is_used_first(open_school: School) -> None:
    page = joined_page()
    box = {"do": "save", "choice": "greenhill/online-safety"}
    strict().post(page, {**box, "channel": "sms"})
    assert Person.objects.get().channel == "sms"
    assert '<option value="sms" selected>' in strict().get(page).content.decode()
    strict().post(page, {**box, "channel": "pigeon"})
    strict().post(page, box)
    assert Person.objects.get().channel == "sms"
    strict().post(page, {**box, "channel": ""})
    assert Person.objects.get().channel == ""
    noted = AuditEntry.objects.filter(action="person.prefers-channel")
    assert [entry.why for entry in noted] == ["preference page"] * 2


def test_shared_address_shows_and_sets_no_channel(open_school: School) -> None:
    page = joined_page()
    address = Address.objects.get()
    other = Person.objects.create(language="de", channel="sms", created_at=now())
    PersonAddress.objects.create(person=other, address=address, created_at=now())
    assert 'name="channel"' not in strict().get(page).content.decode()
    strict().post(page, {"do": "save", "channel": "email"})
    assert set(Person.objects.values_list("channel", flat=True)) == {"", "sms"}


def test_choice_of_something_never_asked_changes_nothing(open_school: School) -> None:
    page = joined_page()
    build.build_school("elsewhere")
    strict().post(page, {"do": "save", "choice": ["elsewhere/online-safety", "x"]})
    assert set(Consent.objects.values_list("school__slug", flat=True)) == {"greenhill"}


def test_coming_back_does_not_end_what_staff_or_a_bounce_blocked(open_school: School) -> None:
    page = joined_page()
    strict().post(page, {"do": "stop"})
    Suppression.objects.update(reason="complaint")
    strict().post(page, {"do": "save", "choice": "greenhill/online-safety"})
    assert is_suppressed("email", ANNA)
    assert "Bitte fragen Sie die Schule" in strict().get(page).content.decode()


def test_stop_page_of_a_mail_leads_to_the_own_page(
    open_school: School, manager: Staff, approver: Staff
) -> None:
    delivery = build.build_delivery(
        build.build_running(manager, approver), build.build_address(open_school), open_school
    )
    token = sealer().seal(STOP_LINK, delivery.step_run_id, delivery.id)
    page = path_in(strict().post(f"/u/{token}").content.decode(), "p")
    assert ANNA in strict().get(page).content.decode()


@pytest.mark.parametrize(
    "numbers", [(1, 999_999, 1), (2, 999_999, 20_000), (2, 1, 1), (3, 1, 1), (1,)]
)
def test_code_that_is_over_or_not_ours_opens_nothing(
    open_school: School, numbers: tuple[int, ...]
) -> None:
    token = sealer().seal(PREFERENCES, *numbers)
    for client in (strict().get, strict().post):
        assert client(f"/p/{token}").status_code == 404


def test_poster_is_for_those_who_may_and_in_every_language(
    open_school: School, client: AppClient
) -> None:
    staff = build.build_staff("Someone", Role.SCHOOL_STAFF, school=open_school)
    client.as_staff(staff)
    for language in languages_of_words():
        answer = client.get(f"/schools/{open_school.uuid}/poster/{language}.pdf")
        assert answer.content.startswith(b"%PDF")
    assert client.get(f"/schools/{open_school.uuid}/poster/xx.pdf").status_code == 404
    other = build.build_school("elsewhere")
    assert client.get(f"/schools/{other.uuid}/poster/en.pdf").status_code == 404


def test_every_language_says_the_same_things() -> None:
    shapes = {
        language: {
            name: sorted(section)
            for name, section in vars(words_in(language)).items()
            if isinstance(section, dict)
        }
        for language in languages_of_words()
    }
    assert all(shape == shapes["en"] for shape in shapes.values())


def test_yes_from_the_phone_confirms_the_pages_sign_up(open_school: School) -> None:
    sign_up(phone=PHONE)
    assert confirm_by_reply(PHONE, evidence="inbound:1") is not None
    assert Consent.objects.get().address.value == PHONE


MAIL = (
    "---\nsubject: A film\npreheader: Short\nreviewed_by: null\n---\n"
    "Hello from {{ school.name }}. {{ help.emergency.phone }}\n"
)


def test_code_of_a_mail_tells_what_was_sent_and_no_person(
    open_school: School, manager: Staff, approver: Staff
) -> None:
    build.build_version()
    CampaignVersion.objects.update(files={"en/launch.email.md": MAIL})
    delivery = build.build_delivery(
        build.build_running(manager, approver), build.build_address(open_school), open_school
    )
    code = code_of(delivery.step_run_id, open_school.pk)
    for page in (f"/genuine/{code}", f"/genuine?code={code.lower().replace('-', ' ')}"):
        shown = strict().get(page).content.decode()
        assert "Yes, this came from us." in shown
        assert "Hello from Greenhill." in shown
        assert ANNA not in shown
    other = build.build_school("elsewhere")
    unsent = code_of(delivery.step_run_id, other.pk)
    for wrong in (unsent, code[:-1] + ("0" if code[-1] != "0" else "1"), "abc", "é"):
        assert "We do not know this" in strict().get(f"/genuine/{wrong}").content.decode()


@pytest.mark.parametrize(
    ("trusted", "address", "forwarded", "network"),
    [
        (0, "93.184.216.34", "8.8.8.8", "93.184.216.0/24"),  # anybody can write that header
        (0, "10.0.0.7", "8.8.8.8", ""),
        (1, "10.0.0.7", "1.1.1.1, 93.184.216.34", "93.184.216.0/24"),
        (2, "10.0.0.7", "93.184.216.34, 10.0.0.8", "93.184.216.0/24"),
        (0, "2606:2800:220:1:248:1893:25c8:1946", "", "2606:2800:220::/48"),
        (0, "127.0.0.1", "", ""),
        (1, "10.0.0.7", "nonsense", ""),
    ],
)
def test_network_is_read_from_where_it_can_be_trusted(
    monkeypatch: pytest.MonkeyPatch, trusted: int, address: str, forwarded: str, network: str
) -> None:
    monkeypatch.setenv("OUTREACH_TRUSTED_PROXIES", str(trusted))
    environment.cache_clear()
    request = RequestFactory(REMOTE_ADDR=address).get("/", headers={"X-Forwarded-For": forwarded})
    assert network_of(request) == network
    monkeypatch.undo()
    environment.cache_clear()
