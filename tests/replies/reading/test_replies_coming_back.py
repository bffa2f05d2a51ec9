"""Who wants the messages again in plain words, and who refuses to, in every language."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from outreach.replies.reading import Action, Label, Record, classify
from outreach.replies.reading.packs import Field, packs
from outreach.replies.reading.words import split

_WRITTEN = YAML(typ="safe").load(
    (Path(__file__).parent / "corpus" / "coming_back.yaml").read_text("utf-8")
)
_FEWEST_BACK, _FEWEST_OTHER = 3, 2


def _plain(text: str) -> tuple[str, ...]:
    return tuple(each[0] for each in split(text).spellings)


def test_every_language_has_its_examples_and_none_is_a_phrase_word_for_word() -> None:
    phrases = {_plain(each) for pack in packs().values() for each in pack.phrases[Field.BACK]}
    assert set(_WRITTEN) == set(packs())
    for listed in _WRITTEN.values():
        assert len(listed["back"]) >= _FEWEST_BACK
        assert len(listed["other"]) >= _FEWEST_OTHER
        assert phrases.isdisjoint(map(_plain, listed["back"]))


@pytest.mark.parametrize("language", sorted(_WRITTEN))
def test_who_comes_back_in_plain_words_is_asked_to_confirm(language: str) -> None:
    read = [
        (text, hint, classify(Record(text, "sms", hint)))
        for text in _WRITTEN[language]["back"]
        for hint in ("", language)
    ]
    assert [each[:2] for each in read if each[2].actions != (Action.CONFIRM_OPT_IN,)] == []


@pytest.mark.parametrize("language", sorted(_WRITTEN))
def test_who_refuses_to_come_back_or_asks_for_something_else_does_not(language: str) -> None:
    read = [
        (text, hint, classify(Record(text, "sms", hint)))
        for text in _WRITTEN[language]["other"]
        for hint in ("", language, "en")
    ]
    assert [each[:2] for each in read if each[2].label is Label.OPT_IN] == []


@pytest.mark.parametrize(
    "text",
    [
        "Listeye geri eklenmek istemiyorum",  # the refusal stands last
        "मुझे फिर से मैसेज नहीं चाहिए",
        "আমি আবার মেসেজ পেতে চাই না",
        "リストに戻してほしくないです",
        "Melden Sie mich bitte nicht wieder an",  # and here inside
        "mujhe wapas list me mat daalo",
        "मुझे फिर से जोड़ना बंद करो",
    ],
)
def test_a_refusal_after_or_inside_the_words_of_coming_back_counts(text: str) -> None:
    assert classify(Record(text)).label is not Label.OPT_IN


@pytest.mark.parametrize(
    "text",
    [
        "I didn't mean to stop these",
        "saya berhenti tanpa sengaja, tolong daftarkan lagi",
        "Hindi ko sinasadyang ma-stop ito",
        "sign me up again, I don't want to miss anything",
    ],
)
def test_a_refusal_that_the_words_are_made_of_or_of_something_else_does_not_count(
    text: str,
) -> None:
    assert classify(Record(text)).label is Label.OPT_IN


@pytest.mark.parametrize(
    "text",
    [
        "put me back on the list for the school trip",
        "Tragen Sie uns bitte wieder für den Elternabend ein",
        "Inscrivez-moi à nouveau pour la sortie",
    ],
)
def test_coming_back_to_a_thing_of_the_school_is_none(text: str) -> None:
    assert classify(Record(text)).label is not Label.OPT_IN
