"""Parents' pages: stopping by link, and where to get help."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import web_builders as build
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.test import Client
from web_client import AppClient

from outreach.consent.models import Suppression
from outreach.content import help_directory
from outreach.core.tokens import DELIVERY_STATUS, STOP_LINK
from outreach.organisation.lanes import sealer
from outreach.organisation.models import School, Staff
from outreach.web.public.advice import FILM_PAGE
from outreach.web.public.words import languages_of_words, words_in

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
LARGEST_PAGE_BYTES = 50_000


@pytest.fixture
def token(manager: Staff, approver: Staff, school: School) -> str:
    """The stop link of a message in German."""
    launch = build.build_running(manager, approver)
    delivery = build.build_delivery(launch, build.build_address(school), school)
    return sealer().seal(STOP_LINK, delivery.step_run_id, delivery.id)


def strict() -> AppClient:
    """A mail program: no cookie, no CSRF token."""
    return AppClient(enforce_csrf_checks=True)


def test_opening_the_link_asks_in_the_language_of_the_message_and_changes_nothing(
    token: str,
) -> None:
    answer = strict().get(f"/u/{token}")
    strict().head(f"/u/{token}")
    shown = answer.content.decode()
    assert 'lang="de"' in shown
    assert "Diese E-Mails beenden</button>" in shown
    assert not Suppression.objects.exists()


def test_one_click_stops_without_cookie_and_again_answers_200(token: str) -> None:
    for _ in range(3):
        answer = strict().post(f"/u/{token}", ONE_CLICK)
        assert answer.status_code == 200
        assert "Erledigt" in answer.content.decode()
    block = Suppression.objects.get()
    assert (block.channel, block.reason, block.actor) == ("email", "asked", "recipient")


def test_button_on_the_page_stops_too(token: str) -> None:
    assert strict().post(f"/u/{token}").status_code == 200
    assert Suppression.objects.count() == 1


def test_another_language_is_chosen_before_the_stop_and_stays_after_it(token: str) -> None:
    asked = strict().get(f"/u/{token}").content.decode()
    assert '<a href="?lang=ar" lang="ar"' in asked
    assert "?lang=de" not in asked
    assert 'dir="rtl"' in strict().get(f"/u/{token}?lang=ar").content.decode()
    assert not Suppression.objects.exists()
    done = strict().post(f"/u/{token}?lang=ar", ONE_CLICK).content.decode()
    assert words_in("ar").stop["done"] in done
    assert '<a href="?lang=' not in done  # it would ask again about what is done
    way_back = re.search(r'href="(/[^"]+\?lang=ar)"', done)
    assert way_back is not None
    shown = strict().get(way_back[1]).content.decode()
    assert f"<h1>{words_in('ar').preferences['title']}</h1>" in shown


def other_purpose() -> str:
    return sealer().seal(DELIVERY_STATUS, 1, 1)


def unknown_delivery() -> str:
    return sealer().seal(STOP_LINK, 999_999, 1)


@pytest.mark.parametrize(
    "made", [lambda: "abc", lambda: "a" * 300, lambda: "é", other_purpose, unknown_delivery]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_link_that_we_did_not_make_is_a_friendly_404(
    db: None, made: Callable[[], str], method: str
) -> None:
    answer = getattr(strict(), method)(f"/u/{made()}", headers={"Accept-Language": "es-MX,en"})
    assert answer.status_code == 404
    assert "Este enlace no funciona" in answer.content.decode()


def test_stop_page_is_not_kept_in_any_cache(token: str) -> None:
    assert "no-store" in strict().get(f"/u/{token}")["Cache-Control"]


@pytest.mark.parametrize("language", languages_of_words())
def test_advice_names_the_checked_lines_of_the_country(language: str) -> None:
    shown = Client().get(f"/advice/gb/{language}").content.decode()
    lines = help_directory().for_country("GB")
    for line in (*lines.emergencies, *lines.helplines, *lines.report):
        assert line.name in shown or line in lines.emergencies
        assert (line.phone or "") in shown
    assert f'lang="{language}"' in shown


@pytest.mark.parametrize("language", languages_of_words())
def test_every_advice_page_is_light_and_needs_no_script_and_no_database(language: str) -> None:
    client = Client()
    style = b"".join(client.get("/static/web/outreach.css").streaming_content)
    for country in help_directory().countries():
        body = client.get(f"/advice/{country.lower()}/{language}").content
        assert b"<script" not in body
        assert len(body) + len(style) < LARGEST_PAGE_BYTES


@pytest.mark.parametrize("address", ["/advice/xx/en", "/advice/gb/la", "/advice/gb/../en"])
def test_advice_for_what_we_do_not_know_is_404(db: None, client: AppClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_advice_for_a_country_without_lines_says_whom_to_call(db: None, client: AppClient) -> None:
    page = client.get("/advice/xx/de").content.decode()
    assert words_in("de").advice.no_lines in page
    assert 'class="public"' in page


@pytest.mark.parametrize("language", languages_of_words())
def test_advice_leads_to_the_film_on_europols_page_and_shows_no_logo(language: str) -> None:
    shown = Client().get(f"/advice/gb/{language}").content.decode()
    film = words_in(language).advice.film
    assert (FILM_PAGE in shown) is (film is not None)
    assert "<img" not in shown
    if film is not None:
        assert all(vars(film).values())
        assert "23" in film.link or "٢٣" in film.link
        assert film.title in shown


def test_texts_say_the_same_things_in_every_language() -> None:
    pages = [words_in(language) for language in languages_of_words()]
    assert len({(len(each.advice.steps), len(each.advice.never)) for each in pages}) == 1
    assert len({tuple(sorted(each.stop)) for each in pages}) == 1
    for each in pages:
        said = " ".join([str(each.advice), *each.stop.values()])
        advice = {key: text for key, text in vars(each.advice).items() if key != "film"}
        assert all([*each.stop.values(), *advice.values()])
        assert not re.search(r"sextortion|nudes", said, re.IGNORECASE)


def test_health_answers_without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ImproperlyConfigured("the database was asked")

    monkeypatch.setattr(connection, "cursor", broken)
    assert Client().get("/healthz").content == b"ok\n"


def test_ready_says_what_is_missing(client: AppClient, db: None) -> None:
    assert client.get("/readyz").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE replies_case RENAME COLUMN outcome TO result")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (
        503,
        b"columns missing: 1; run outreach migrate\n",
    )


def test_not_ready_when_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise DatabaseError

    monkeypatch.setattr(connection, "cursor", away)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"PostgreSQL does not answer\n")
