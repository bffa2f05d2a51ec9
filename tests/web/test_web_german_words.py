"""What other rooms say, in German on a German page: findings, codes of providers, the log."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import web_builders as build
from django.utils import translation
from test_web_access import addresses  # noqa: F401  # the address of every guarded page
from test_web_german import ENGLISH, NO_PAGES, texts_on
from web_client import AppClient
from web_rules import POST_ONLY

from outreach.campaigns.models import LaunchState
from outreach.delivery.history import why_words
from outreach.delivery.rules import Event
from outreach.organisation.audit import CLOCK, Actor, record
from outreach.organisation.models import Role, Staff
from outreach.outbound.models import HookState
from outreach.replies.reading import crisis
from outreach.replies.reading.holds import Hold
from outreach.subscriptions.wording import wording_languages
from outreach.web.audit_words import ACTIONS, GROUPS, action_words
from outreach.web.rule_words import rule_words
from outreach.web.sentences import sentence
from tests.campaigns.definition.test_definition_fifty import BROKEN, checked
from tests.campaigns.definition.test_definition_findings import BROKEN_KEYS_AND_VALUES, findings

HOUSE = Path(__file__).parents[2] / "outreach"
# What authors wrote, and keys and codes, which are the same in every language.
QUOTED = re.compile(
    r"`[^`]*`|[a-z]+(?:-[a-z]+)+|\"[^\"]*\"|[“„][^“”]*[“”]|\{[{%].*?[}%]\}"
    r"|\S*[/.]\S+|unter [a-z, -]+|\[[^\]]*\]"
)
# Where a parser's own words stand behind a colon, or keys.
PARSERS = {"bad-front-matter", "template-syntax", "unknown-variable"}
# Texts that are the same in both languages: names, loan words, and what people wrote themselves.
SAME = frozenset(
    {
        "",
        "version 1",
        "Passkeys",
        "Adam",
        "Anna",
        "Anna Muster",
        "Autumn",
        "Ben",
        "Dora",
        "Lead-greenhill",
        "Mara",
        "London",
    }
    | {"Browser", "Demo", "Name", "November 2026", "Start", "Status", "Text", "Text, in Markdown"}
    | {"Online safety", "test", "guardian name", "guardian email", "guardian mobile", "consent"}
    | {"Enter", "host: hub.example.org", "&lt;10"}
    | set(wording_languages().values())
)
WRITTEN = re.compile(
    r".*@.*|https?://.*|/.*|[\d\W]+|[a-z]{1,2}|[a-z]+:[0-9a-f-]{36}|[\d\W]*[A-Z]{2,5}[\d\W]*"
    r"|[\d\W]*(GSM-7|UCS-2|CSV|PDF|YAML)[\d\W]*|[,: ]*(Greenhill|London)\b[^a-z]*"
    r"|Greenhill \(GB, Europe/London\)?|[\d: ]+Autumn"
)


def english_left(words: str) -> bool:
    return ENGLISH.search(QUOTED.sub(" ", words)) is not None


@pytest.mark.parametrize("fault", BROKEN, ids=lambda fault: f"{fault[3]}-{fault[2].strip()[:30]}")
def test_a_finding_of_the_checks_is_said_in_german(
    tmp_path: Path, fault: tuple[str, str, str, str, int]
) -> None:
    edited, right, wrong, code, _ = fault
    with translation.override("de"):
        for problem in checked(tmp_path, edited, right, wrong):
            for words in (problem.message, problem.remedy):
                assert not words or sentence(words) != words
                said = sentence(words).partition(":")[0] if code in PARSERS else sentence(words)
                assert not english_left(said), said


@pytest.mark.parametrize("broken", BROKEN_KEYS_AND_VALUES, ids=lambda broken: broken[1][:30])
def test_a_finding_of_a_definition_is_said_in_german(
    sound_definition: str, broken: tuple[str, str, str]
) -> None:
    right, wrong, _ = broken
    with translation.override("de"):
        for words in findings(sound_definition.replace(right, wrong)):
            assert not english_left(sentence(words.split(" ", 1)[1])), words


@pytest.fixture
def sound_definition() -> str:
    from tests.campaigns.definition.conftest import SOUND

    return SOUND


def test_the_code_of_a_provider_is_said_in_german_with_the_code() -> None:
    english = why_words("twilio", "21635")
    assert english == "The number is a landline. (21635)"
    with translation.override("de"):
        assert sentence(english) == "Die Nummer ist ein Festnetzanschluss. (21635)"


def test_a_sentence_and_its_remedy_in_one_text_are_both_said_in_german() -> None:
    with translation.override("de"):
        assert sentence("a.csv has a password. Export it without one.") == (
            "a.csv hat ein Passwort. Exportieren Sie sie ohne Passwort."
        )


def test_a_link_that_is_not_whole_is_said_in_german() -> None:
    with translation.override("de"):
        words = sentence("This link is not complete. Copy the whole link.")
    assert words == "Dieser Link ist nicht vollständig. Kopieren Sie den ganzen Link."


def test_a_sentence_without_words_is_not_put_into_those_of_another() -> None:
    with translation.override("de"):
        assert sentence("This thing is not on the shelf.") == "This thing is not on the shelf."
        assert sentence("ES is not DE.") == "ES ist etwas anderes als DE."


def test_what_a_person_wrote_stays_as_they_wrote_it() -> None:
    with translation.override("de"):
        assert sentence("The head of year asked for it") == "The head of year asked for it"


def actions_in_the_code() -> Iterator[str]:
    """What the rooms write into the log, where it stands there as it is."""
    for path in sorted(HOUSE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and len(node.args) > 1:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in {"record", "_record", "_note", "forget_address"}:
                    yield from (
                        each.value
                        for each in node.args[1:3]
                        if isinstance(each, ast.Constant) and isinstance(each.value, str)
                    )


def test_every_action_of_the_log_has_words_and_a_group() -> None:
    made = {f"launch.{state.value}" for state in LaunchState}
    made |= {f"launch.{event.value}" for event in (Event.RETRY, Event.DECIDE_SENT)}
    made |= {f"launch.{Event.DECIDE_AGAIN.value}"} | {f"hook.{each.value}" for each in HookState}
    made |= {"school.step-moved", "school.step-skipped", "sender.forced", "sender.left-to-itself"}
    made |= {"sender.switched-on", "sender.switched-off"}
    found = {each for each in actions_in_the_code() if re.match(r"[a-z-]+[. ][a-z]", each)}
    assert (found | made) - set(ACTIONS) == set()
    assert {code.replace(" ", ".").partition(".")[0] for code in ACTIONS} == set(GROUPS)


def test_the_log_is_read_in_words_and_the_code_stays(client: AppClient, manager: Staff) -> None:
    record(CLOCK, "launch.finished", "launch:1", details={"number": 3})
    record(Actor("mara@outreach.test"), "entry.unheard-of", "thing:1", why="a funeral")
    client.as_staff(build.build_staff("Ada", Role.ADMINISTRATOR))
    page = client.get("/audit").content.decode()
    assert "Send finished" in page
    assert "launch.finished" in page
    assert "By itself: the clock" in page
    assert "entry.unheard-of" in page
    narrowed = client.get("/audit?what=launch").content.decode()
    assert "launch:1" in narrowed
    assert "thing:1" not in narrowed
    german = client.get("/audit", headers={"Accept-Language": "de"}).content.decode()
    assert "Versand beendet" in german
    assert "Anzahl: 3" in german


@pytest.mark.parametrize(
    "rule",
    ["keyword", "stop sign", "keyword with figures", "mistyped phrase", crisis.DANGER, *Hold],
)
def test_the_rule_that_read_a_reply_has_words(rule: str) -> None:
    assert rule_words(rule) != rule
    with translation.override("de"):
        assert not english_left(rule_words(rule))


def test_an_action_without_words_is_shown_by_its_code() -> None:
    assert action_words("entry.made") == "entry.made"


def test_no_text_of_a_german_page_is_the_english_one(
    client: AppClient,
    addresses: dict[str, str],  # noqa: F811  # the fixture above
) -> None:
    client.as_staff(build.build_staff("Adam", Role.ADMINISTRATOR))
    left: dict[str, list[str]] = {}  # text -> the pages that show it
    for name, address in addresses.items():
        if name in POST_ONLY | NO_PAGES:
            continue
        english, german = (texts_on(page_in(client, address, each)) for each in ("en", "de"))
        for text in sorted(set(german) & set(english)):
            if not is_the_same(text.strip(" :·,()")):
                left.setdefault(text, []).append(name)
    assert not left, "\n".join(f"{text!r}: {', '.join(names)}" for text, names in left.items())


def page_in(client: AppClient, address: str, language: str) -> str:
    answer = client.get(address, headers={"Accept-Language": language})
    return answer.content.decode() if answer["Content-Type"].startswith("text/html") else ""


def is_the_same(text: str) -> bool:
    return text in SAME or WRITTEN.fullmatch(text) is not None
