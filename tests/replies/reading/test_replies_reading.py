"""What replies mean: the corpus, and what has to hold for any text at all."""

from __future__ import annotations

import json
from functools import cache
from itertools import combinations

import pytest

from bench.opinion import CONCEPTS, source_digest
from bench.replies import Judged, judged, shares, wilson, written
from outreach.core.errors import BadFile
from outreach.replies.reading import Action, Label, Record, classify
from outreach.replies.reading.beside import ruled
from outreach.replies.reading.opinion import Asked, opinion
from outreach.replies.reading.packs import packs, parse
from outreach.replies.reading.signs import read_signs
from outreach.replies.reading.words import MOST_CHARACTERS


@cache
def _judged(part: str) -> tuple[Judged, ...]:
    return tuple(judged(part))


@pytest.mark.parametrize(
    ("name", "at_least"),
    [
        ("keywords found", 1.0),
        ("plain English found", 0.95),
        ("plain words of other languages found", 0.90),
        ("crises found", 0.98),
    ],
)
def test_the_test_part_is_found(name: str, at_least: float) -> None:
    share = shares(list(_judged("test")))[name]
    assert share.value >= at_least, share.missed


@pytest.mark.parametrize(
    ("name", "at_most"),
    [
        ("others wrongly unsubscribed", 0.005),
        ("crises unsubscribed", 0.0),
        ("others held", 0.05),
        ("opt-outs taken for coming back", 0.0),
    ],
)
def test_the_test_part_is_not_mistaken(name: str, at_most: float) -> None:
    assert shares(list(_judged("test")))[name].value <= at_most


def test_the_parts_of_the_corpus_share_no_reply_but_bare_commands() -> None:
    parts = [
        {each["text"] for each in written(part) if each["kind"] != "keyword"}
        for part in ("train", "test", "last", "last_english")
    ]
    assert [one & other for one, other in combinations(parts, 2) if one & other] == []


@pytest.mark.parametrize("part", ["last", "last_english"])
def test_no_crisis_of_a_part_that_nothing_was_learnt_from_is_unsubscribed(part: str) -> None:
    assert shares(list(_judged(part)))["crises unsubscribed"].hits == 0


@pytest.mark.parametrize(
    ("language", "is_stopped"), [("it", True), ("", True), ("en", False), ("en-GB", False)]
)
def test_a_stop_word_of_another_language_is_none_where_it_is_an_everyday_word(
    language: str, is_stopped: bool
) -> None:
    assert (classify(Record("Fine", "sms", language)).action is Action.SUPPRESS) is is_stopped


def test_what_somebody_else_has_written_is_no_reaction_of_a_phone() -> None:
    text = 'a message came up on his phone, it says "pay by nine or everyone sees it"'
    assert classify(Record(text)).is_crisis


@pytest.mark.parametrize("kind", ["keyword", "plain_opt_out", "ordinary", "crisis"])
def test_every_language_is_in_the_corpus(kind: str) -> None:
    parts = ("train", "test", "newest")
    met = {each["lang"] for part in parts for each in written(part) if each["kind"] == kind}
    assert set(packs()) - met == set()
    assert len(packs()) >= 50


def test_what_was_written_beside_the_newest_packs_is_read() -> None:
    stops, harm = {"keyword", "plain_opt_out"}, {"crisis", "crisis_with_stop"}
    wrong = [
        (one.language, one.text, one.decision.rule)
        for one in judged("newest")
        if one.is_stopped != (one.kind in stops)
        or (one.kind in harm) != (Action.HOLD in one.decision.actions)
    ]
    assert wrong == []


@pytest.mark.parametrize("part", ["train", "test"])
def test_no_reply_of_the_corpus_counts_twice(part: str) -> None:
    replies = [(each["lang"], each.get("subject"), each["text"]) for each in written(part)]
    assert len(set(replies)) == len(replies) > 1_000


@pytest.mark.parametrize("language", sorted(packs()))
def test_every_stop_word_of_every_pack_stops(language: str) -> None:
    for field, phrases in packs()[language].phrases.items():
        if field == "stop":
            not_stopped = [
                each for each in phrases if classify(Record(each)).label is not Label.OPT_OUT
            ]
            assert not_stopped == []


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    padding = "thanks for the video " * (MOST_CHARACTERS // 10)
    assert classify(Record(padding + " take me off this list")).action is Action.NONE


def test_a_stop_in_quoted_history_is_not_one() -> None:
    text = (
        "Thanks, great!\n\nOn Mon, 3 Nov 2025 Greenhill <a@example.org> wrote:\n> Reply STOP to end"
    )
    assert classify(Record(text, "email", subject="Re: Online safety")).action is Action.NONE


@pytest.mark.parametrize(
    "headers",
    [{"Auto-Submitted": "auto-replied"}, {"Return-Path": "<>"}, {"Precedence": "bulk"}],
)
def test_a_machine_does_not_opt_out(headers: dict[str, str]) -> None:
    record = Record("STOP", "email", subject="Out of office", headers=headers)
    assert classify(record).is_automatic
    assert classify(record).action is Action.NONE


def test_a_mail_programs_unsubscribe_is_one() -> None:
    headers = {"Auto-Submitted": "auto-replied"}
    text = "Apple Mail sent this email to unsubscribe from the mailing list"
    record = Record(text, "email", subject="unsubscribe", headers=headers)
    assert classify(record).action is Action.SUPPRESS


def test_a_pack_with_an_unknown_field_is_refused() -> None:
    with pytest.raises(BadFile) as raised:
        parse("xx.yaml", "language: xx\nname: Xx\nstopp: halt\n")
    assert "'stopp'" in raised.value.problems[0].message


def test_wilsons_interval_of_a_known_share() -> None:
    low, high = wilson(9, 10)
    assert (round(low, 3), round(high, 3)) == (0.596, 0.982)


def test_the_weights_belong_to_the_corpus_and_the_concepts_as_they_are() -> None:
    shipped = json.loads((CONCEPTS / "en.weights.json").read_text("utf-8"))
    assert shipped["source"] == source_digest(), "run `python -m bench.opinion`"


@pytest.mark.parametrize(
    "text",
    [
        "take me off, a man has pictures of my daughter",
        "opt out please, somebody films me",
        "please remove my number, my son was hurt by one of them",
    ],
)
def test_a_stop_with_harm_in_free_words_is_never_only_a_stop(text: str) -> None:
    decision = classify(Record(text))
    assert decision.is_crisis
    assert decision.stop_requested
    assert Action.SUPPRESS not in decision.actions


@pytest.mark.parametrize("text", ["HELP", "YES", "START", "yes please"])
def test_the_second_opinion_leaves_commands_alone(text: str) -> None:
    assert not classify(Record(text)).is_crisis


def test_the_second_opinion_names_words_of_the_reply() -> None:
    text = "someone has got hold of things my lad sent and is after cash"
    signs = read_signs(text)
    view = opinion(signs, ruled(signs).names)
    assert view is not None
    matched = view.finding(Asked.HARM).matched
    assert matched
    assert set(" ".join(matched).split()) <= set(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "unsubscribe. he is outside my house",
        "my kid googled how to die unsubscribe",
        "opt out\nsos",
        "STOP\nshe packed a bag and went off with him",
    ],
)
def test_a_stop_beside_words_that_no_rule_knows_goes_to_a_person(text: str) -> None:
    decision = classify(Record(text))
    assert Action.HOLD in decision.actions
    assert Action.SUPPRESS not in decision.actions


@pytest.mark.parametrize(
    "text", ["we moved to Leeds, take me off please", "wrong number, I have no kids. Stop"]
)
def test_a_stop_with_an_ordinary_reason_is_one(text: str) -> None:
    assert classify(Record(text)).action is Action.SUPPRESS


@pytest.mark.parametrize(
    "text",
    ["1", "5", "10", "4.", "8/10", "five", "3 stars", "good", "meh", "no", "👍", "very good"],
)
def test_a_rating_in_a_word_or_a_figure_asks_nobody(text: str) -> None:
    decision = classify(Record(text))
    assert decision.label is Label.OTHER
    assert decision.action is Action.NONE


@pytest.mark.parametrize(
    "text", ['a "girl" made him do it', 'there is a chat called "kill Emma" here']
)
def test_a_word_in_quotation_marks_is_no_reaction_of_a_phone(text: str) -> None:
    assert classify(Record(text)).rule != "reaction of a phone"
