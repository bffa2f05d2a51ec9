"""Replies as parents and children really write them, and crises with small changes."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import cache

import pytest

from bench.replies import CRISES, Judged, judged, shares, written
from outreach.replies.reading import Action, Decision, Record, classify
from outreach.replies.reading.abroad import Heard
from outreach.replies.reading.holds import Hold
from outreach.replies.reading.signs import read_signs

_CHANGED = 1_500  # of 300 a drawing had two per cent where all together have less than one
_FEW_WORDS = 3  # of which each one carries the meaning
_STOPS = ["stop", "STOP", "please stop texting me", "unsubscribe", "no more texts"]


@cache
def _natural() -> tuple[Judged, ...]:
    return tuple(judged("natural"))


@cache
def _crises() -> tuple[str, ...]:
    parts = [written(part) for part in ("train", "test", "natural")]
    known = sorted({one["text"] for part in parts for one in part if _is_text(one)})
    return tuple(random.Random(9).sample(known, _CHANGED))  # noqa: S311  # the same every time


def _is_text(one: Mapping[str, str]) -> bool:
    return one["kind"] in CRISES and not one.get("subject") and len(one["text"]) < 300


@pytest.mark.parametrize(
    ("name", "at_least"),
    [
        ("keywords found", 0.99),
        ("plain English found", 0.95),
        ("plain words of other languages found", 0.95),
        ("crises brought to a person", 0.98),
        ("pointless ones stopped or held", 0.9),
    ],
)
def test_what_parents_naturally_write_is_found(name: str, at_least: float) -> None:
    share = shares(list(_natural()))[name]
    assert share.value >= at_least, share.missed


@pytest.mark.parametrize(
    ("name", "at_most"),
    [
        ("others wrongly unsubscribed", 0.005),
        ("crises unsubscribed", 0.0),
        ("others held", 0.05),
    ],
)
def test_what_parents_naturally_write_is_not_mistaken(name: str, at_most: float) -> None:
    share = shares(list(_natural()))[name]
    assert share.value <= at_most, share


def _halves_swapped(text: str, chance: random.Random) -> str:
    words = text.split()
    half = len(words) // 2
    return " ".join(words[half:] + words[:half])


def _bare(text: str, chance: random.Random) -> str:
    return "".join(char for char in text.lower() if char not in ".,!?'’")


def _named(text: str, chance: random.Random) -> str:
    return f"{chance.choice(['Tom', 'Aisha', 'Maja', 'Yusuf'])} {text}"


def _word_lost(text: str, chance: random.Random) -> str:
    words = text.split()
    lost = chance.randrange(len(words)) if len(words) > _FEW_WORDS else len(words)
    return " ".join(words[:lost] + words[lost + 1 :])


def _mistyped(text: str, chance: random.Random) -> str:
    at = chance.randrange(max(1, len(text) - 1))
    return text[:at] + chance.choice(["", text[at] * 2, text[at + 1 : at + 2]]) + text[at + 1 :]


@cache
def _read(change: Callable[[str, random.Random], str], with_stop: bool) -> list[Decision]:
    chance = random.Random(4)  # noqa: S311  # the same every time
    texts = [change(text, chance) for text in _crises()]
    if with_stop:
        orders = ["{stop}. {text}", "{text} {stop}", "{stop}, {text}", "{text}\n{stop}"]
        texts = [
            chance.choice(orders).format(stop=chance.choice(_STOPS), text=text) for text in texts
        ]
    return [classify(Record(text)) for text in texts]


def _suppressed(decisions: list[Decision]) -> int:
    return sum(Action.SUPPRESS in each.actions for each in decisions)


@pytest.mark.parametrize("with_stop", [False, True])
@pytest.mark.parametrize("change", [_bare, _named])
def test_a_crisis_stays_one_with_a_name_or_without_points(
    change: Callable[[str, random.Random], str], with_stop: bool
) -> None:
    decisions = _read(change, with_stop)
    held = sum(Action.HOLD in each.actions for each in decisions)
    assert _suppressed(decisions) == 0
    assert held >= len(decisions) * 0.98


@pytest.mark.parametrize("with_stop", [False, True])
@pytest.mark.parametrize("change", [_halves_swapped, _word_lost, _mistyped])
def test_a_crisis_with_a_word_lost_moved_or_mistyped_is_hardly_ever_an_opt_out(
    change: Callable[[str, random.Random], str], with_stop: bool
) -> None:
    decisions = _read(change, with_stop)
    held = sum(Action.HOLD in each.actions for each in decisions)
    assert _suppressed(decisions) <= len(decisions) * 0.01
    assert held >= len(decisions) * 0.95


@pytest.mark.parametrize(
    "text",
    [
        "We live in Spain now",
        "we have moved abroad",
        "vivimos ahora en Francia",
        "wir wohnen inzwischen in Bremen",
        "teraz mieszkamy w Niemczech",
    ],
)
def test_a_reply_that_says_why_messages_reach_nobody_is_held(text: str) -> None:
    decision = classify(Record(text))
    assert decision.rule == Hold.POINTLESS
    assert decision.actions == (Action.HOLD,)


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("I'm driving right now - I'll get back to you later", Action.NONE),
        ("I am driving, a man is blackmailing my daughter", Action.ESCALATE),
        ("Please stop. I am driving all day and these keep pinging", Action.SUPPRESS),
        ("ich fahre gerade, meine tochter wird erpresst", Action.ESCALATE),
    ],
)
def test_words_of_a_phone_on_its_own_yield_to_those_of_a_person(text: str, action: Action) -> None:
    assert classify(Record(text)).action is action


def test_a_question_about_the_number_is_no_request_to_take_it_off() -> None:
    assert classify(Record("how did you get my number?")).action is Action.HOLD


@pytest.mark.parametrize("text", ["stopstop", "stopstopstop", "СТОПСТОП", "kak otpisatsya ot vas"])
def test_a_stop_written_over_and_over_or_in_other_letters_is_one(text: str) -> None:
    assert classify(Record(text)).action is Action.SUPPRESS


def test_english_weights_do_not_calm_words_of_another_script() -> None:
    decision = classify(Record("no more texts عنده صوري"))
    assert decision.is_crisis
    assert decision.stop_requested


def test_a_mistyped_word_of_harm_beside_a_stop_is_a_persons_to_decide() -> None:
    assert classify(Record("STOP, oplice?")).actions == (Action.HOLD,)


@pytest.mark.parametrize(
    "text",
    [
        "no more texts, i cant do thss anymore",
        "stop. ich will nicht mehrlleben",
        "its oveer for me stop",
        "unsubscribe. apámver",
        "stop, i dont know who else totext",
        "STOP. ik wordggechanteerd",
        "no more texts. bojímm sa ho",
        "stop. menya shantahiruyut",
        "please cal me, no more texts",
        "no more texts. i cant this anymore",
    ],
)
def test_harm_with_one_slip_of_the_finger_beside_a_stop_is_a_persons_to_decide(text: str) -> None:
    decision = classify(Record(text))
    assert Action.HOLD in decision.actions
    assert decision.stop_requested


@pytest.mark.parametrize(
    "text",
    [
        "stpo sending me theese messages please",
        "Please stop. Thorsten Wieczorkowski",
        "plese take me of this lst, we dont live there anymroe",
        "Bitte keine Nachrichtenn mehr, wir sind umgezgen",
        "no mas mensajs porfavor, ya no vivo ahi",
        "where do I unsubscribe",
        "stop sending me messages, our kids left the schol",
    ],
)
def test_a_mistyped_stop_or_reason_is_no_harm(text: str) -> None:
    assert classify(Record(text)).actions == (Action.SUPPRESS,)


def test_the_words_of_a_text_are_looked_up_once() -> None:
    heard = Heard(read_signs("un señor le pide fotos a mi hija"))
    assert heard.features is heard.features
