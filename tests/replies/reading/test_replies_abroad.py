"""The second opinion on replies in other languages than English."""

from __future__ import annotations

import json

import pytest
from ruamel.yaml import YAML

from bench.opinion_abroad import FOLDER, WEIGHTS, source_digest
from bench.replies import CRISES, judged, written
from outreach.replies.reading import Action, Record, classify
from outreach.replies.reading.abroad import CONCEPTS, Heard, opinion_abroad
from outreach.replies.reading.holds import Hold
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
    found = opinion_abroad(Heard(read_signs(text)), beside_a_stop=False)
    assert found is not None
    assert found.matched


def test_what_may_be_harm_is_held_and_not_escalated() -> None:
    text = "jakiś mężczyzna wypisuje do mojego syna"
    decision = classify(Record(text))
    assert decision.rule == Hold.PERHAPS
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
    assert opinion_abroad(Heard(signs), beside_a_stop=False) is None


def test_the_last_part_abroad_was_not_learnt_from() -> None:
    last, train = ({each["text"] for each in written(part)} for part in ("last_abroad", "train"))
    assert last & train == set()
    assert len(last) > 100


def test_the_last_part_abroad_brings_crises_to_a_person_and_leaves_others_alone() -> None:
    read = judged("last_abroad")
    crises = [each for each in read if each.kind in CRISES]
    others = [each for each in read if each.kind in {"ordinary", "not_opt_out", "worry"}]
    to_a_person = [each for each in crises if Action.HOLD in each.decision.actions]
    assert not [each.text for each in crises if each.is_stopped]
    assert len(to_a_person) >= len(crises) * 0.88
    assert sum(each.decision.actions != (Action.NONE,) for each in others) <= len(others) * 0.1
    assert not [each.text for each in others if each.is_stopped]


@pytest.mark.parametrize(
    "text",
    [
        "Ab wann sollte man mit Kindern über Erpressung mit Fotos reden?",
        "que hace la escuela contra el acoso?",
        "fa paura il ricatto ma per fortuna a noi non è mai successo",
        "как остановить травлю в школе?",
        "okulda zorbalığı nasıl önleriz?",
    ],
)
def test_harm_that_is_asked_about_or_did_not_happen_is_left_alone(text: str) -> None:
    assert classify(Record(text)).actions == (Action.NONE,)


@pytest.mark.parametrize(
    "text",
    [
        "keine sms mehr, meine enkelin wurde von der brücke gestoßen",
        "basta mensajes, mi ahijado se tiró del segundo piso por ese tipo",
    ],
)
def test_a_stop_beside_a_child_and_no_reason_is_a_persons_to_decide(text: str) -> None:
    assert Action.HOLD in classify(Record(text)).actions


@pytest.mark.parametrize(
    "text",
    [
        "on a déménagé, ma fille est maintenant dans une autre école",
        "ya nos mudamos, mi hijo estudia en otra ciudad",
        "ich habe nie meine einwilligung gegeben, löschen sie meine daten",
    ],
)
def test_a_stop_may_give_its_reason(text: str) -> None:
    assert classify(Record(text)).actions == (Action.SUPPRESS,)
