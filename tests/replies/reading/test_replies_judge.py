"""What all words of a reply together say, after the rules."""

from __future__ import annotations

import json

import pytest

from bench.judge import source_digest
from bench.opinion import HEARD
from bench.opinion_abroad import FOLDER
from bench.replies import CORPUS, written
from outreach.replies.reading import Action, Record, classify
from outreach.replies.reading.classify import by_rules
from outreach.replies.reading.glosses import NOTES, files_of_languages, glosses
from outreach.replies.reading.holds import Hold
from outreach.replies.reading.judge import CELLS, TABLE, WEIGHTS, Kind, likelihoods
from outreach.replies.reading.packs import packs
from outreach.replies.reading.signs import read_signs


def test_the_weights_belong_to_the_corpus_and_the_glosses_as_they_are() -> None:
    told = json.loads((FOLDER / TABLE).read_text("utf-8"))
    assert told["source"] == source_digest(), "run `python -m bench.judge`"
    assert len((FOLDER / WEIGHTS).read_bytes()) == 2 * CELLS


def test_what_was_learnt_from_shares_no_reply_with_what_is_tested_by() -> None:
    heard = {each["text"].strip().casefold() for each in written(HEARD)}
    for path in CORPUS.glob("*.jsonl"):
        if path.stem != HEARD:
            others = {each["text"].strip().casefold() for each in written(path.stem)}
            assert heard & others == set(), path.stem


@pytest.mark.parametrize("language", sorted(files_of_languages()))
def test_a_file_of_glosses_has_the_meanings_that_the_english_one_has(language: str) -> None:
    english = files_of_languages()["en"].keys() - NOTES
    own = files_of_languages()[language]
    assert own.keys() - NOTES <= english
    assert len(own.keys() & english) > len(english) * 0.9
    assert own["reviewed_by"] == "", "say in docs/reading-replies.md who has reviewed it"


def test_glosses_are_of_languages_that_have_a_pack() -> None:
    assert files_of_languages().keys() <= packs().keys()


@pytest.mark.parametrize(
    ("text", "meanings"),
    [
        ("please take me off your list", {"please", "remove", "list"}),
        ("удалите мой номер", {"remove", "number"}),
        ("udalite moi nomer", {"remove", "number"}),
        ("请不要再发短信", {"please", "not", "message"}),
    ],
)
def test_words_mean_the_same_in_every_language_and_script(text: str, meanings: set[str]) -> None:
    assert meanings <= {each.meaning for each in glosses(read_signs(text))}


@pytest.mark.parametrize(
    "text",
    [
        "My mum passed away in March, this was her phone. Please can you take it off your system",
        "Can these be switched off? I have all the info I need",
        "Enough of this, S.T.O.P sending me these",
    ],
)
def test_a_stop_that_the_rules_hold_or_do_not_see_is_obeyed(text: str) -> None:
    assert classify(Record(text)).actions == (Action.SUPPRESS,)


@pytest.mark.parametrize("text", ["these wake the baby", "We're out. Thanks anyway"])
def test_a_stop_that_no_word_says_is_for_a_person(text: str) -> None:
    decision, _ = by_rules(text, "")
    assert decision.actions == (Action.NONE,)
    read = classify(Record(text))
    assert (read.actions, read.rule) == ((Action.HOLD,), Hold.ALL_WORDS)


def test_what_the_rules_would_unsubscribe_is_held_where_all_words_tell_of_harm() -> None:
    text = "bana yazmayı bırakın, amcam beni rahatsız ediyor ve bu telefonu o da kullanıyor"
    decision, _ = by_rules(text, "")
    assert decision.actions == (Action.SUPPRESS,)
    read = classify(Record(text))
    assert (read.actions, read.rule, read.stop_requested) == ((Action.HOLD,), Hold.ALL_WORDS, True)
    assert read.matched


def test_likelihoods_are_shares_and_always_the_same() -> None:
    decision, signs = by_rules("on nous a mis sur votre liste par erreur, retirez-nous", "")
    assert signs is not None
    first = likelihoods(decision, signs)
    assert first == likelihoods(decision, signs)
    assert sum(first.values()) == pytest.approx(1)
    assert max(first, key=first.__getitem__) is Kind.STOP


@pytest.mark.parametrize("text", ["STOP", "stopp!", "START", "HELP", "Liked “Tell your child”"])
def test_commands_and_machines_are_left_to_the_rules(text: str) -> None:
    decision, _ = by_rules(text, "")
    assert classify(Record(text)) == decision
