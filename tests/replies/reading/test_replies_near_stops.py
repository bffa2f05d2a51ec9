"""Words that stops are made of, in replies that ask for nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from outreach.replies.reading import Action, Record, classify

_CORPUS = Path(__file__).parent / "corpus"
_PRAISE = YAML(typ="safe").load((_CORPUS / "praise.yaml").read_text("utf-8"))
_PLAINEST = YAML(typ="safe").load((_CORPUS / "plainest.yaml").read_text("utf-8"))
_SOMETHING_ELSE = YAML(typ="safe").load((_CORPUS / "something_else.yaml").read_text("utf-8"))
_NEAR = {
    language: listed
    for path in sorted(_CORPUS.glob("near_*.yaml"))
    for language, listed in YAML(typ="safe").load(path.read_text("utf-8")).items()
}


@pytest.mark.parametrize("language", sorted(_NEAR))
def test_who_wants_to_stay_or_stops_something_else_stays(language: str) -> None:
    read = [
        (text, hint, classify(Record(text, "sms", hint)))
        for text in _NEAR[language]["near"]
        for hint in ("", language)
    ]
    assert [each[:2] for each in read if Action.SUPPRESS in each[2].actions] == []


@pytest.mark.parametrize("language", sorted(_NEAR))
def test_who_asks_to_stop_in_nearly_the_same_words_is_obeyed(language: str) -> None:
    read = [
        (text, hint, classify(Record(text, "sms", hint)))
        for text in _NEAR[language]["stops"]
        for hint in ("", language)
    ]
    assert [each[:2] for each in read if each[2].actions != (Action.SUPPRESS,)] == []


@pytest.mark.parametrize("language", sorted(_PLAINEST))
def test_the_plainest_ways_to_ask_are_obeyed_whatever_hides_them(language: str) -> None:
    read = [
        (text, hint, classify(Record(text, "sms", hint)))
        for text in _PLAINEST[language]
        for hint in ("", language)
    ]
    assert [each[:2] for each in read if each[2].actions != (Action.SUPPRESS,)] == []


@pytest.mark.parametrize("language", sorted(_SOMETHING_ELSE))
def test_who_stops_cancels_or_changes_something_else_is_not_unsubscribed(language: str) -> None:
    read = [
        (text, hint, classify(Record(text, "sms", hint)))
        for text in _SOMETHING_ELSE[language]
        for hint in ("", language)
    ]
    assert [each[:2] for each in read if Action.SUPPRESS in each[2].actions] == []


@pytest.mark.parametrize("language", sorted(_PRAISE))
def test_praise_is_left_alone_in_answer_to_any_language(language: str) -> None:
    read = [
        (text, hint, classify(Record(text, "sms", hint)))
        for text in _PRAISE[language]
        for hint in ("", language, "en")
    ]
    looked_at = {Action.SUPPRESS, Action.HOLD, Action.ESCALATE}
    assert [each[:2] for each in read if looked_at & set(each[2].actions)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Mr Harris is a star, please pass on our thanks",
        "can't thank you enough",
        "we can never thank you enough for this",
        "no other school bothers, thank you",
        "please take me off the baking rota, I'm away",
        "I got an unsubscribe link from another school, not you",
        "how do I unsubscribe from the uniform shop emails",
        "no need to text back",
        "does dad not receive these? please add him",
        "Take Mia off the register for today, she's poorly",
        "so done with these school shoes, third pair",
        "Is the disco off?",
        "we are off on holiday Friday so will look when back",
        "the fire alarm went off",
        "I deleted the last one by mistake, send again please",
    ],
)
def test_words_of_stopping_in_praise_and_school_business_unsubscribe_nobody(text: str) -> None:
    assert Action.SUPPRESS not in classify(Record(text)).actions


@pytest.mark.parametrize(
    "text",
    [
        "حذفت الرسالة بالخطأ، ممكن ترسلها مرة ثانية؟",
        "गलती से मैसेज डिलीट हो गया, फिर से भेज दीजिए",
        "我不小心删了短信，能再发一次吗？",
        "メッセージを間違えて消しました、もう一度送ってください",
        "Nabura ko yung text, pa-send ulit po",
        "מחקתי את ההודעה בטעות, אפשר לשלוח שוב?",
        "borré el mensaje, ¿me lo mandan más tarde?",
    ],
)
def test_asking_for_a_message_again_is_no_stop(text: str) -> None:
    assert classify(Record(text)).actions == (Action.NONE,)


@pytest.mark.parametrize(
    "text",
    [
        "no quiero más mensajes",
        "bitte keine Nachrichten mehr",
        "不要再发短信了",
        "अब और मैसेज मत भेजो",
    ],
)
def test_more_and_again_with_a_refusal_are_a_stop(text: str) -> None:
    assert classify(Record(text)).actions == (Action.SUPPRESS,)


@pytest.mark.parametrize(
    "text", ["När börjar sportlovet?", "Er kampen aflyst?", "Kad počinju praznici?"]
)
def test_a_slip_in_a_language_of_which_nothing_else_is_there_is_none(text: str) -> None:
    assert classify(Record(text)).actions == (Action.NONE,)


@pytest.mark.parametrize("text", ["may nambablackmail sa anak ko", "ktoś zaszantażował moją córkę"])
def test_a_borrowed_word_of_harm_is_one_however_it_is_conjugated(text: str) -> None:
    assert Action.HOLD in classify(Record(text)).actions


@pytest.mark.parametrize(
    "text",
    [
        "STOP - and tell the school to stop handing out my number",
        "how many times do I have to tell you to stop messaging me",
        "Last warning: text me again and I'm complaining to Ofcom",
        "remove me from the newsletter",
        "opt out of school texts",
    ],
)
def test_a_stop_stays_one_beside_words_that_are_none(text: str) -> None:
    assert classify(Record(text)).actions == (Action.SUPPRESS,)


@pytest.mark.parametrize(
    "text",
    [
        "my son left the school but I'd like to keep receiving these",
        "I unsubscribed from the old newsletter, please keep me on",
    ],
)
def test_a_wish_for_more_messages_beside_a_stop_is_a_persons_to_decide(text: str) -> None:
    assert classify(Record(text)).actions == (Action.HOLD,)


def test_a_refusal_to_be_kept_on_a_list_is_a_stop() -> None:
    assert classify(Record("do not keep me on the list")).actions == (Action.SUPPRESS,)
