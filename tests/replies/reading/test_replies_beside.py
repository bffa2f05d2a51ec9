"""What stands beside a stop, who signed it, and who wants the messages again."""

from __future__ import annotations

import pytest

from outreach.replies.reading import Action, Label, Record, classify
from outreach.replies.reading.closing import without_signature
from outreach.replies.reading.packs import Field, packs


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Take me off.\n\nRegards\nP. Whitcombe", "Take me off.\n\nRegards"),
        ("Stop. Thank you. Mrs Okafor", "Stop. Thank you."),
        ("no more please\n\nSent from my iPhone", "no more please"),
        ("stopp. Danke, Jürgen Klein", "stopp. Danke,"),
    ],
)
def test_a_name_after_the_last_courtesy_says_nothing(text: str, left: str) -> None:
    assert without_signature(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "stop. Thanks\nHe Raped Me",
        "stop, thanks. Blackmail",
        "stop. Merci\nIl Me Frappe",
        "Thank you Mrs Patel for the lovely film",
        "Regards\nClive",
        "HEJ. TA BORT MIG",  # no Bort who says ta
        "Hej. Tackling Bullying",
    ],
)
def test_words_that_may_tell_of_something_are_no_name(text: str) -> None:
    assert without_signature(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "We're off to Portugal for good in a fortnight, kindly strike us from your circulation",
        "My night shifts mean I am asleep at noon. Please stop texting. Regards, Oluwaseun",
        "I would be obliged if nothing further came to this address\n\nYours, T. Abernathy",
        "the last tenant must have given you this number, please delete it",
        "it is far too often for my liking, kindly take me off",
        "this phone belongs to the bakery, don't text it please",
    ],
)
def test_a_stop_with_an_ordinary_reason_in_words_that_no_rule_knows_is_one(text: str) -> None:
    assert classify(Record(text)).actions == (Action.SUPPRESS,)


@pytest.mark.parametrize(
    "text",
    [
        "I'd be grateful if you took me off, a man keeps turning up at her window",
        "Please stop these messages, he goes through my phone and then he starts on me",
        "Kindly unsubscribe me. My boy swallowed a box of tablets last night.\n\nRegards\nT. Lowe",
        "stop texting, please call me",
        "No more texts please, someone ring me back",
    ],
)
def test_the_same_courtesies_around_harm_go_to_a_person(text: str) -> None:
    decision = classify(Record(text))
    assert Action.HOLD in decision.actions
    assert Action.SUPPRESS not in decision.actions


def test_one_sentence_of_a_long_mail_is_a_stop() -> None:
    text = (
        "Dear Mrs Lowe,\n\nThank you for the lovely summer fair, we all enjoyed it very much. "
        "Tobias has started as a gardener's apprentice and gets up at five. As he has left you, "
        "would you please take my address off the list?\n\nWith best wishes,\nThe Aldersons"
    )
    assert classify(Record(text, "email")).actions == (Action.SUPPRESS,)


@pytest.mark.parametrize(
    "text",
    [
        "sorry I stopped them by accident, please sign me up again",
        "can you put me back on the list",
        "I would like to get the messages again",
        "Ich möchte die Nachrichten gern wieder bekommen",
        "je voudrais recevoir de nouveau vos messages",
        "quiero volver a recibir los mensajes",
        "хочу снова получать сообщения",
        "mesajları tekrar almak istiyorum",
    ],
)
def test_who_wants_messages_again_in_plain_words_comes_back(text: str) -> None:
    decision = classify(Record(text))
    assert (decision.label, decision.actions) == (Label.OPT_IN, (Action.CONFIRM_OPT_IN,))


@pytest.mark.parametrize(
    "text",
    [
        "do not sign me up again",
        "I don't want to receive these messages again",
        "why did you put me back on the list? take me off",
        "ich möchte die Nachrichten nicht wieder bekommen",
        "no quiero volver a recibir mensajes",
    ],
)
def test_who_refuses_to_get_messages_again_does_not_come_back(text: str) -> None:
    assert classify(Record(text)).label is not Label.OPT_IN


@pytest.mark.parametrize("language", sorted(packs()))
def test_a_stop_in_latin_letters_stops_in_any_language(language: str) -> None:
    listed = packs()[language].phrases[Field.STOP_LATIN]
    assert [each for each in listed if classify(Record(each)).label is not Label.OPT_OUT] == []


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("Hvordan bliver jeg slettet?", Action.SUPPRESS),
        ("Hur blir jag avregistrerad?", Action.SUPPRESS),
        ("Emme halua enää näitä viestejä", Action.SUPPRESS),
        ("Schéckt mer w.e.g. keng weider Messagen méi", Action.SUPPRESS),
        ("en halua enää elää", Action.ESCALATE),
        ("nechcem už dostávať tieto správy", Action.SUPPRESS),
        ("nechcem už žiť", Action.ESCALATE),
    ],
)
def test_a_question_how_to_be_taken_off_is_a_stop_and_a_wish_to_die_is_none(
    text: str, action: Action
) -> None:
    assert classify(Record(text)).action is action


@pytest.mark.parametrize(
    "text",
    [
        "i wü des nimmer kriagn, bitte abmelden",
        "nebesiųskite man žinučių",
        "jeg vil ikke have de her sms'er",
        "orkar inte med de här smsen",
        "ich mag die nachrichten nimmer",
    ],
)
def test_a_stop_in_dialect_or_everyday_words_of_another_language_is_one(text: str) -> None:
    assert classify(Record(text)).action is Action.SUPPRESS
