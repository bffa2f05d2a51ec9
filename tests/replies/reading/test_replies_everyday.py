"""Words of everyday, stops typed in a hurry, and blackmail in a few words, in many languages."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from outreach.replies.reading import Action, Record, classify
from outreach.replies.reading.letters import fold
from outreach.replies.reading.packs import Field, packs

_CORPUS = Path(__file__).parent / "corpus"
_PAIRS = 150  # of each language
_STOPS = (Field.STOP, Field.STOP_HERE, Field.STOP_LATIN)


def _written(name: str) -> dict[str, list[str]]:
    listed = YAML(typ="safe").load((_CORPUS / f"{name}.yaml").read_text("utf-8"))
    return {language: _words(each) for language, each in listed.items()}


def _words(listed: str | list[str]) -> list[str]:
    return listed.split() if isinstance(listed, str) else list(listed)


_EVERYDAY = _written("everyday")
_BLACKMAIL = _written("blackmail")
_LATIN = _written("latin_crises")
_HURRIED = _written("short_stops")
_HARM = [text for part in (_BLACKMAIL, _LATIN) for texts in part.values() for text in texts]


@cache
def _stop_words(language: str = "") -> frozenset[str]:
    """Of one language, or of all."""
    told = [packs()[language]] if language else packs().values()
    return frozenset(
        fold(each) for pack in told for field in _STOPS for each in pack.phrases[field]
    )


def _suppressed(words: list[str], language: str) -> list[str]:
    read = [(word, classify(Record(word, "sms", language))) for word in words]
    return [word for word, decision in read if Action.SUPPRESS in decision.actions]


@pytest.mark.parametrize("language", sorted(_EVERYDAY))
def test_no_word_of_everyday_is_a_stop_but_a_stop_word_of_that_language(language: str) -> None:
    own = language.partition("_")[0]
    stopped = _suppressed(_EVERYDAY[language], own)
    assert [word for word in stopped if fold(word) not in _stop_words(own)] == []


@pytest.mark.parametrize("answered", ["", "en", "nl", "tr"])
@pytest.mark.parametrize("language", sorted(_EVERYDAY))
def test_a_word_of_everyday_in_answer_to_another_language_is_no_slip_of_a_stop(
    language: str, answered: str
) -> None:
    stopped = _suppressed(_EVERYDAY[language], answered)
    assert [word for word in stopped if fold(word) not in _stop_words()] == []


@pytest.mark.parametrize("language", sorted(_EVERYDAY))
def test_two_words_of_everyday_are_hardly_ever_a_stop(language: str) -> None:
    chance = random.Random(5)  # noqa: S311  # the same every time
    words = [word for word in _EVERYDAY[language] if fold(word) not in _stop_words()]
    pairs = [" ".join(chance.sample(words, 2)) for _ in range(_PAIRS)]
    assert len(_suppressed(pairs, "")) <= _PAIRS * 0.02


@pytest.mark.parametrize("pack", sorted(packs()))
def test_no_courtesy_of_any_pack_is_a_stop(pack: str) -> None:
    courtesies = [each for each in packs()[pack].phrases[Field.POLITE] if each[0] not in "ǀǁ"]
    stopped = _suppressed(courtesies, pack)
    assert [word for word in stopped if fold(word) not in _stop_words()] == []


@pytest.mark.parametrize(
    ("text", "language"),
    [("top", "nl"), ("TOP!", "de"), ("top", ""), ("fs", "en"), ("تمام", "ar")],
)
def test_what_another_keyboard_would_make_of_a_word_is_no_stop(text: str, language: str) -> None:
    assert classify(Record(text, "sms", language)).action is Action.NONE


@pytest.mark.parametrize("text", ["ыещз", "cnjg", "gmur", "דאםפ", "σταματηστε", "vxr"])
def test_a_stop_word_typed_exactly_on_another_keyboard_is_one(text: str) -> None:
    assert classify(Record(text)).actions == (Action.SUPPRESS,)


@pytest.mark.parametrize(
    "text",
    [
        *("obg", "euxaristw poly", "spasibo", "shukran", "dhanyavaad", "shukriya", "blagodarya"),
        *("dyakuyu", "hvala", "faleminderit", "mulțam", "dz", "thx", "dank je", "tack", "kiitti"),
        *("s'il vous plaît", "ceart go leor", "tất cả"),
    ],
)
def test_thanks_in_latin_letters_or_cut_short_ask_nobody(text: str) -> None:
    assert classify(Record(text)).actions == (Action.NONE,)


@pytest.mark.parametrize("language", sorted(_HURRIED))
def test_a_stop_typed_in_a_hurry_is_one(language: str) -> None:
    texts = _HURRIED[language]
    assert [each for each in texts if classify(Record(each)).actions != (Action.SUPPRESS,)] == []


@pytest.mark.parametrize("part", ["blackmail", "latin_crises"])
def test_harm_in_a_few_words_goes_to_a_person(part: str) -> None:
    told = [(name, text) for name, texts in _written(part).items() for text in texts]
    read = [(name, text, classify(Record(text))) for name, text in told]
    assert [each[:2] for each in read if Action.HOLD not in each[2].actions] == []


@pytest.mark.parametrize(
    "joined",
    ["{text} stop", "stop. {text}", "please stop texting\n{text}", "{text}. unsubscribe me"],
)
def test_harm_in_a_few_words_beside_a_stop_is_never_only_a_stop(joined: str) -> None:
    texts = [joined.format(text=text) for text in _HARM]
    assert _suppressed(texts, "") == []


@pytest.mark.parametrize(
    ("text", "language"), [("nasıl", "tr"), ("trebuie", "ro"), ("slecht", "nl"), ("drôle", "fr")]
)
def test_a_word_of_everyday_is_no_harm_in_another_language(text: str, language: str) -> None:
    assert not classify(Record(text, "sms", language)).is_crisis


@pytest.mark.parametrize(
    "text",
    [
        "ยกเลิกรับข่าวสาร. Do I pay them? They gave us till midnight",
        "стоп. he wont let her leave his flat",
    ],
)
def test_harm_in_english_beside_a_stop_in_other_letters_goes_to_a_person(text: str) -> None:
    assert Action.SUPPRESS not in classify(Record(text)).actions


def test_quotation_marks_inside_a_phones_own_are_the_senders() -> None:
    text = 'Liked “Thank you, her "boyfriend" is sending a taxi for her, it says on the poster”'
    assert classify(Record(text)).actions == (Action.NONE,)


@pytest.mark.parametrize(
    ("text", "language"),
    [("mange tak", ""), ("nej tak", "da"), ("tak", "da"), ("tak for det", "da")],
)
def test_thanks_that_are_a_yes_in_another_language_sign_nobody_up(text: str, language: str) -> None:
    decision = classify(Record(text, language=language))
    assert Action.CONFIRM_OPT_IN not in decision.actions


@pytest.mark.parametrize(
    ("text", "language"), [("tak", "pl"), ("Tak proszę", "pl"), ("ja tak", "da")]
)
def test_a_yes_of_the_own_language_is_one(text: str, language: str) -> None:
    decision = classify(Record(text, language=language))
    assert decision.actions == (Action.CONFIRM_OPT_IN,)
