"""What has to hold for every reply, however it was typed."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.replies import written
from outreach.replies.reading import Action, Decision, Label, Record, classify
from outreach.replies.reading.packs import Field, packs

_SAYS_NOTHING_ALONE = {"me too"}  # an answer to a message of ours
_CRISES = sorted(
    {each["text"] for each in written("train") if each["kind"] == "crisis"} - _SAYS_NOTHING_ALONE
)
_OPT_OUTS = sorted({each["text"] for each in written("train") if each["kind"] == "plain_opt_out"})
_STOPS = sorted(
    {
        phrase
        for pack in packs().values()
        for phrase in pack.phrases[Field.STOP]
        if phrase[0] not in "ǀǁ"  # the rough spellings of another script
    }
)
# What people type in one word: with several, a letter held down may write another word.
_WORDS = [each for each in _STOPS if each.isascii() and each.isalpha()]
_EMOJI = ["", "😡", "🙏🏽", "👎", "❤️", "✋", "🛑", "😭😭"]
_AROUND = ["", ".", "!!!", "?", " .", "…", "*", '"', "'", "»", ")", "\n", "  "]
_BEFORE = ["", " ", "- ", "*", '"', "«", "(", "1. ", "\n"]
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def _meaning(decision: Decision) -> tuple[Label, tuple[Action, ...], bool]:
    return decision.label, decision.actions, decision.is_crisis


@given(
    st.sampled_from(_CRISES),
    st.sampled_from(_STOPS),
    st.sampled_from(
        ["{stop}. {crisis}", "{crisis} {stop}", "{crisis}\n{stop}!", "{stop}\n{crisis}"]
    ),
)
@example("i cut again", "закройте", "{stop}\n{crisis}")
@example("i cut again", "text stop", "{crisis} {stop}")
@example("i asked god to take me", "nggak mau", "{crisis} {stop}")
@example("he wont let me stop", "darme de baja", "{stop}\n{crisis}")
@example("so scared pls", "leiratkozom", "{stop}\n{crisis}")
@example("do i ring the guards or the school", "no texts", "{crisis} {stop}")
@settings(max_examples=400, deadline=None)
def test_a_crisis_with_a_word_of_stopping_is_never_suppressed(
    crisis: str, stop: str, order: str
) -> None:
    decision = classify(Record(order.format(crisis=crisis, stop=stop)))
    assert Action.SUPPRESS not in decision.actions


@given(
    st.sampled_from(_STOPS),
    st.sampled_from([str.upper, str.lower, str.title, str.capitalize]),
    st.sampled_from(_BEFORE),
    st.sampled_from(_AROUND),
    st.sampled_from(_EMOJI),
    st.booleans(),
)
@example("lassen sie das", str.upper, '"', "…", "", False)
@example("ta bort", str.title, "1. ", "", "", False)
@settings(max_examples=400, deadline=None)
def test_a_keyword_stops_however_it_is_written(  # noqa: PLR0917  # one for each way to write it
    word: str, case: Callable[[str], str], before: str, after: str, emoji: str, is_wide: bool
) -> None:
    written = case(word).translate(_FULL_WIDTH) if is_wide else case(word)
    decision = classify(Record(f"{before}{written}{after}{emoji}"))
    assert decision.actions == (Action.SUPPRESS,), decision


@given(st.sampled_from(_WORDS), st.data())
@settings(max_examples=200, deadline=None)
def test_a_key_held_down_does_not_hide_a_keyword(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    times = data.draw(st.integers(3, 9))
    held = word[:at] + word[at] * times + word[at + 1 :]
    assert classify(Record(held)).actions == (Action.SUPPRESS,)


@given(st.sampled_from(_OPT_OUTS + _CRISES))
@settings(max_examples=200, deadline=None)
def test_a_reaction_to_a_message_says_nothing(quoted: str) -> None:
    words = f"Thank you, {quoted}, it says on the poster"
    decision = classify(Record(f"Liked “{words}”"))
    assert decision.actions == (Action.NONE,)


@given(
    st.sampled_from(_OPT_OUTS + _CRISES),
    st.sampled_from(["Reply STOP to end", "To unsubscribe click here", "Stop", "Abmelden: STOP"]),
)
@settings(max_examples=200, deadline=None)
def test_our_own_words_quoted_below_change_nothing(text: str, footer: str) -> None:
    quoted = f"{text}\n\nOn Mon, 3 Nov 2025 Greenhill <a@example.org> wrote:\n> {footer}"
    assert _meaning(classify(Record(quoted, "email"))) == _meaning(classify(Record(text, "email")))


@given(st.text(max_size=300), st.sampled_from(["sms", "email"]), st.text(max_size=40))
@settings(max_examples=150, deadline=None)
def test_any_text_has_one_answer(text: str, channel: str, subject: str) -> None:
    record = Record(text, channel, subject=subject)
    assert classify(record) == classify(record)


@given(st.text(min_size=1, max_size=40))
@settings(max_examples=100, deadline=None)
def test_noise_around_a_crisis_does_not_make_it_an_opt_out(noise: str) -> None:
    decision = classify(
        Record(f"{noise}\nsomeone is blackmailing my son, stop texting me\n{noise}")
    )
    assert Action.SUPPRESS not in decision.actions
