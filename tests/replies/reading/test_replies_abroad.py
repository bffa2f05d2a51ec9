"""The second opinion on replies in other languages than English."""

from __future__ import annotations

import json

import pytest
from ruamel.yaml import YAML

from bench.opinion_abroad import FOLDER, WEIGHTS, source_digest
from outreach.replies.reading import Action, Record, classify
from outreach.replies.reading.abroad import CONCEPTS, PERHAPS, opinion_abroad
from outreach.replies.reading.packs import packs
from outreach.replies.reading.signs import read_signs

_ABOUT_A_FILE = {"reviewed_by", "scripts", "also"}


def _concepts() -> dict[str, dict[str, str | None]]:
    return {
        path.stem: YAML(typ="safe").load(path.read_text("utf-8"))
        for path in FOLDER.glob("*.yaml")
        if path.stem != "en"
    }


def test_the_weights_belong_to_the_train_part_and_the_concepts_as_they_are() -> None:
    shipped = json.loads((FOLDER / WEIGHTS).read_text("utf-8"))
    assert shipped["source"] == source_digest(), "run `python -m bench.opinion_abroad`"


def test_every_language_of_a_pack_has_concepts() -> None:
    files = _concepts()
    also = {each for file in files.values() for each in str(file.get("also") or "").split(", ")}
    assert packs().keys() - files.keys() - also - {"en"} == set()


def test_a_file_of_concepts_names_none_that_is_not_read() -> None:
    for language, file in _concepts().items():
        assert file.keys() - CONCEPTS - _ABOUT_A_FILE == set(), language


@pytest.mark.parametrize(
    "text",
    [
        "hört auf zu schreiben, meine nichte hat sich die arme aufgeschnitten",
        "ne m'écrivez plus, on fait chanter ma fille avec une vidéo",
        "no manden mas mensajes, mi hermano se ha tragado las pastillas",
        "прекратите писать, дочку шантажируют её фотографиями",
        "لا ترسلوا رسائل، ابنتي تتعرض للابتزاز بصورها",
        "mesaj atmayın, kardeşim bileklerini kesti",
    ],
)
def test_a_stop_beside_harm_in_free_words_is_no_opt_out(text: str) -> None:
    decision = classify(Record(text))
    assert decision.actions[0] in {Action.ESCALATE, Action.HOLD}
    assert Action.SUPPRESS not in decision.actions
    assert decision.stop_requested


@pytest.mark.parametrize(
    "text",
    [
        "irgend so ein kerl will dauernd aufnahmen von meiner kleinen",
        "un gars du jeu réclame des sous à mon neveu sinon il publie tout",
        "син каже що краще б його не було, знайшла таблетки",
    ],
)
def test_the_opinion_names_words_of_the_reply(text: str) -> None:
    found = opinion_abroad(read_signs(text), beside_a_stop=False)
    assert found is not None
    assert found.matched


def test_what_may_be_harm_is_held_and_not_escalated() -> None:
    text = "das sehen alle aus meiner klasse wenn ich bis 20 uhr keine 200 euro habe"
    decision = classify(Record(text))
    assert decision.rule == PERHAPS
    assert decision.actions == (Action.HOLD,)


@pytest.mark.parametrize(
    "text",
    [
        "Wann beginnt der Elternabend?",
        "Merci, c'était très utile",
        "¿A qué hora sale el autobús de la excursión?",
        "Il bambino ha la febbre, oggi non viene",
    ],
)
def test_the_opinion_is_silent_about_the_school_day(text: str) -> None:
    assert classify(Record(text)).actions == (Action.NONE,)


def test_an_english_reply_is_left_to_the_english_opinion() -> None:
    signs = read_signs("someone has got hold of things my lad sent and is after cash")
    assert opinion_abroad(signs, beside_a_stop=False) is None
