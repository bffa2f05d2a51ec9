"""What the letters beside a stop look like, where packs have no words for them."""

from __future__ import annotations

import json

import pytest

from bench.opinion_abroad import FOLDER
from bench.resemblance import source_digest
from outreach.replies.reading import Action, Record, classify
from outreach.replies.reading.resemblance import WEIGHTS, looks_like_harm, runs
from outreach.replies.reading.words import split


def test_the_weights_belong_to_the_corpus_as_it_is() -> None:
    shipped = json.loads((FOLDER / WEIGHTS).read_text("utf-8"))
    assert shipped["source"] == source_digest(), "run `python -m bench.resemblance`"


def test_a_word_is_read_in_runs_that_know_where_it_begins_and_ends() -> None:
    assert runs(split("ja nej")) == [
        *(" j", "ja", "a ", " ja", "ja ", " ja "),
        *(" n", "ne", "ej", "j ", " ne", "nej", "ej ", " nej", "nej ", " nej "),
    ]


def test_characters_that_are_written_without_blanks_are_read_together() -> None:
    assert "删除" in runs(split("删除"))


def test_letters_that_were_never_met_say_nothing() -> None:
    assert looks_like_harm(split("ខ្ញុំចង់ស្លាប់")) is None


@pytest.mark.parametrize(
    ("reason", "disclosure"),
    [
        ("unser Großer geht längst auf die Berufsschule", "er droht ihm mit den Bildern"),
        ("mi nieto ya se graduó hace años", "le pide fotos desnuda y la amenaza"),
        ("wnuczka poszła do liceum", "grozi że wyśle jej zdjęcia"),
    ],
)
def test_a_reason_looks_less_like_harm_than_a_disclosure(reason: str, disclosure: str) -> None:
    calm, grave = looks_like_harm(split(reason)), looks_like_harm(split(disclosure))
    assert calm is not None
    assert grave is not None
    assert calm < 0 < grave


@pytest.mark.parametrize(
    "text",
    [
        "Doresc să fiu șters din baza dvs. de date. Link-ul de dezabonare nu funcționează.",
        "Tisztelt Szervezők! Hogyan tudok leiratkozni? A gyerekem már nem ide jár.",
        "Beste, hoe schrijf ik me uit? De knop onderaan doet niets in Outlook.\nGr. Henk",
    ],
)
def test_a_stop_is_obeyed_where_its_reason_looks_like_one(text: str) -> None:
    assert Action.SUPPRESS in classify(Record(text)).actions


def test_a_stop_is_held_where_the_letters_beside_it_are_those_of_harm() -> None:
    text = "No manden más mensajes, mi papá revisa mi cel y él es el que me hace cosas"
    decision = classify(Record(text))
    assert Action.HOLD in decision.actions
    assert Action.SUPPRESS not in decision.actions
