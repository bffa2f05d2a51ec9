"""Questions, confirmed visits, senders and rates: what a definition may say of them."""

from __future__ import annotations

import pytest

from outreach.campaigns.definition import check_pack, make_pack, read_definition
from outreach.core.errors import BadFile

QUESTION = """\
    question:
      answers: [talked, not-yet]
      texts:
        en: {ask: Have you talked?, says: ["Yes", Not yet]}
        de: {ask: Schon gesprochen?, says: [Ja, Noch nicht]}
"""


def findings(source: str) -> list[str]:
    with pytest.raises(BadFile) as refused:
        read_definition(source, filename="campaign.yaml")
    return [str(problem) for problem in refused.value.problems]


def of_pack(source: str, files: dict[str, str]) -> list[str]:
    pack = make_pack(source, files, filename="campaign.yaml")
    wanted = {"question-unasked", "nothing-to-confirm"}
    return [str(problem) for problem in check_pack(pack) if problem.code in wanted]


def asking(sound: str) -> str:
    return sound.replace("  - key: later", f"{QUESTION}  - key: later")


def test_a_question_is_read_in_each_language(sound: str) -> None:
    question = read_definition(asking(sound), filename="campaign.yaml").steps[0].question
    assert question is not None
    assert question.answers == ("talked", "not-yet")
    assert question.texts["de"].says == ("Ja", "Noch nicht")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "        de: {ask: Schon gesprochen?, says: [Ja, Noch nicht]}\n",
            "",
            "campaign.yaml:15:7: The question of `hello` has no words in de. "
            "Add `ask` and `says` for each language of the campaign.",
        ),
        (
            "        de:",
            "        fr: {ask: Alors ?, says: [Oui, Non]}\n        de:",
            "campaign.yaml:17:9: The campaign is not written in `fr`, so nobody sees these words. "
            "Choose from en, de, or take it out.",
        ),
        (
            "[talked, not-yet]",
            "[talked, not-yet, never]",
            "campaign.yaml:16:43: The question has 3 answers, and in `en` there are words for 2. "
            "Write one for each of `answers`, in their order.",
        ),
        (
            "ask: Have",
            "asks: Have",
            "campaign.yaml:16:14: `asks` is not a key that is known here. Did you mean `ask`?",
        ),
    ],
)
def test_a_broken_question_is_found_at_its_line(
    sound: str, old: str, new: str, sentence: str
) -> None:
    assert sentence in findings(asking(sound).replace(old, new, 1))


def test_who_opened_is_refused_with_what_to_write_instead(sound: str) -> None:
    (sentence,) = findings(sound + "    only: {opened: hello}\n")
    assert sentence == (
        "campaign.yaml:18:12: `opened` is not known and not collected: it would take a hidden "
        "picture or a marked link in every message. Write `confirmed`: who answered the step's "
        "question or pressed the button behind {{ links.answer }}."
    )


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("only: {confirmed: hallo}", "There is no step `hallo`. Did you mean `hello`?"),
        (
            "only: {confirmed: hello, not_confirmed: hello}",
            "`confirmed` and `not_confirmed` both name `hello`, so nobody is left. "
            "Keep one of `confirmed` and `not_confirmed`.",
        ),
    ],
)
def test_a_confirmation_names_one_step_above(sound: str, line: str, sentence: str) -> None:
    assert findings(f"{sound}    {line}\n")[0].endswith(sentence)


def test_a_question_has_to_be_asked_in_each_message(
    sound: str, sound_files: dict[str, str]
) -> None:
    assert of_pack(asking(sound), sound_files) == [
        f"templates/first-phone/{tag}/hello.{kind}: `hello` has a question, and this message has "
        f"no way to answer it. Ask it with a link to {{{{ links.answer }}}}{more}"
        for tag in ("en", "de")
        for kind, more in (("email.md", "."), ("sms.txt", ", or with the digits 1, 2."))
    ]
    for tag in ("en", "de"):
        sound_files[f"{tag}/hello.sms.txt"] += " Reply 1 = yes, 2 = not yet."
        sound_files[f"{tag}/hello.email.md"] += "[Answer]({{ links.answer }})\n"
    assert of_pack(asking(sound), sound_files) == []


def test_nobody_can_confirm_a_step_without_question_and_link(
    sound: str, sound_files: dict[str, str]
) -> None:
    source = sound + "    except: {confirmed: hello}\n"
    assert of_pack(source, sound_files) == [
        "campaign.yaml:18:25: Nobody can confirm `hello`: it has no question, and none of its "
        "messages links to the page with the button. Put {{ links.answer }} into its messages, "
        "or give it a `question`."
    ]
    sound_files["en/hello.email.md"] += "[I have read it]({{ links.answer }})\n"
    assert of_pack(source, sound_files) == []


def test_rate_and_senders_are_read(sound: str) -> None:
    more = 'rate: 600 per minute\nsenders: {email: hello@example.org, sms-DE: "+4915112345678"}\n'
    definition = read_definition(sound.replace("steps:", f"{more}steps:"), filename="c")
    assert definition.rate is not None
    assert definition.rate.per_second == 10
    assert definition.senders == {"email": "hello@example.org", "sms-DE": "+4915112345678"}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("rate: fast", "`fast` does not say how fast. Write it like `500 per minute`"),
        ("senders: {fax: us}", "`fax` is not a channel or a channel and a country."),
        ("senders: {sms-XX: us}", "`XX` is not a country."),
    ],
)
def test_a_broken_rate_or_sender_is_found(sound: str, line: str, sentence: str) -> None:
    assert any(sentence in each for each in findings(sound.replace("steps:", f"{line}\nsteps:")))
