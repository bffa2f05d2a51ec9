"""Which language somebody is written to."""

from __future__ import annotations

import pytest
from content_builders import email_source, values

from outreach.content import TemplateSet, choose_language, direction_of
from outreach.content.layout import default_layout
from outreach.content.phrases import known_languages, phrases


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (["de-AT"], "de"),
        (["de_AT"], "de"),
        (["DE"], "de"),
        (["pt"], "pt-BR"),
        (["pt-PT", "es"], "es"),
        ([None, "", "es-MX"], "es"),
        (["tlh", "ar"], "en"),
        ([], "en"),
        (["zh-Hant-TW"], "zh-Hant"),
        (["d"], "en"),
    ],
)
def test_the_nearest_language_that_there_is(wanted: list[str | None], chosen: str) -> None:
    available = {"en", "de", "es", "pt-BR", "zh-Hant"}
    assert choose_language(wanted, available, "en") == chosen


def test_scripts_that_run_from_right_to_left() -> None:
    assert direction_of("ar-EG") == "rtl"
    assert direction_of("de") == "ltr"


@pytest.mark.parametrize("language", sorted(known_languages()))
def test_an_email_says_its_language_and_direction(language: str) -> None:
    pack = TemplateSet({f"{language}/a.email.md": email_source("Hi")}, default_layout())
    [mail] = pack.write_email(language, "a", [values(language=language)])
    assert f'<html lang="{language}" dir="{direction_of(language)}">' in mail.html


def test_no_phrases_claim_a_review_that_did_not_happen() -> None:
    assert {phrases(language).reviewed_by for language in known_languages()} == {None}
