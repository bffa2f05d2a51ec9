"""Replies in other languages than English as they are spoken and typed: in dialects, in a hurry
and in Latin letters. `east`: Slavic, Baltic and Finno-Ugric languages, Greek, Albanian, Turkish,
Azerbaijani, Georgian and Armenian. `south`: of the Middle East, South and East Asia and Africa.
`west`: Germanic, Romance and Celtic languages, Basque and Maltese. Half of each is in a part
`…_train`, half in `…_test`."""

from __future__ import annotations

from functools import cache

import pytest

from bench.replies import Judged, judged, shares, written
from outreach.replies.reading import Action, Label, Record, classify
from outreach.replies.reading.packs import packs

_REGIONS = ("east", "south", "west")
_PARTS = [f"{region}_{half}" for region in _REGIONS for half in ("train", "test")]
_OTHERS = ["train", "test", "natural", "last", "last_english", "last_abroad"]
_AT_LEAST = {
    "east": {
        "plain words of other languages found": 0.95,
        "crises brought to a person": 1.0,
        "start and help understood": 1.0,
    },
    "south": {"plain words of other languages found": 0.9, "crises brought to a person": 0.98},
    "west": {
        "plain words of other languages found": 0.9,
        "crises brought to a person": 0.98,
        "start and help understood": 0.9,
    },
}
_AT_MOST = {
    # Most of the others of the east ask the school to take a child off something.
    "east": {"crises unsubscribed": 0.0, "others wrongly unsubscribed": 0.015, "others held": 0.1},
    "south": {
        "crises unsubscribed": 0.0,
        "others wrongly unsubscribed": 0.005,
        "others held": 0.05,
    },
    "west": {
        "crises unsubscribed": 0.0,
        "others wrongly unsubscribed": 0.005,
        "others held": 0.05,
    },
}


@cache
def _judged(part: str) -> tuple[Judged, ...]:
    return tuple(judged(part))


@cache
def _of_packs(part: str) -> list[Judged]:
    return [one for one in _judged(part) if one.language in packs()]


def _bars(table: dict[str, dict[str, float]]) -> list[tuple[str, str, float]]:
    return [
        (part, name, bar) for part in _PARTS for name, bar in table[part.partition("_")[0]].items()
    ]


@pytest.mark.parametrize(("part", "name", "at_least"), _bars(_AT_LEAST))
def test_spoken_replies_are_found(part: str, name: str, at_least: float) -> None:
    share = shares(_of_packs(part))[name]
    assert share.value >= at_least, share.missed


@pytest.mark.parametrize(("part", "name", "at_most"), _bars(_AT_MOST))
def test_spoken_replies_are_not_mistaken(part: str, name: str, at_most: float) -> None:
    share = shares(_of_packs(part))[name]
    assert share.value <= at_most, share


@pytest.mark.parametrize(
    "text",
    [
        "tha e ag iarraidh dealbhan dhith, stop",  # Scottish Gaelic
        "hann hóttir við at leggja myndirnar út. stop",  # Faroese
        "hy driget de foto's fan myn dochter te dielen, stop",  # Frisian
        "emañ o c'houlenn arc'hant digant va merc'h. stop",  # Breton
    ],
)
def test_a_crisis_in_a_language_without_a_pack_is_not_unsubscribed(text: str) -> None:
    assert Action.SUPPRESS not in classify(Record(text)).actions


@pytest.mark.parametrize("region", _REGIONS)
def test_the_parts_of_a_region_share_no_reply_with_each_other_or_the_others(region: str) -> None:
    halves = (f"{region}_train", f"{region}_test")
    train, test = ({one["text"] for one in written(part)} for part in halves)
    others = {one["text"] for part in _OTHERS for one in written(part)}
    assert (train | test) & others == set()
    assert train & test == set()


@pytest.mark.parametrize(
    "text",
    [
        "wypiszcie mnie, życie nie ma już sensu",
        "удалите номер, надоело жить",
        "mesaj atmayın, hayattan bıktım",
        "nesiųskite daugiau, nusibodo gyventi",
        "mos shkruni ma, jam lodhur nga jeta",
        "ნუ მიგზავნით, ცხოვრება მომბეზრდა",
        "էլ մի գրեք, հոգնել եմ կյանքից",
        "lösch mi, mei tochter hot si de adern aufgschnittn",
        "no manden más, mi prima se tiró del puente",
        "ya no escriban, mi sobrina se tomó veneno",
        "ta bort mig, min kusin hoppade framför tåget",
        "hassru n-numru tieghi. ieqfu, hija tghallaq",
        "eg ønskjer ikkje å få desse sms-ane. ein mann trugar dottera mi med bilete",
    ],
)
def test_a_spoken_stop_beside_a_life_in_danger_or_a_threat_is_no_opt_out(text: str) -> None:
    decision = classify(Record(text))
    assert Action.HOLD in decision.actions
    assert Action.SUPPRESS not in decision.actions


@pytest.mark.parametrize(
    "text",
    [
        "tak, chciałbym dostawać wiadomości",
        "хотела бы получать уведомления",
        "igen, szeretném kapni az üzeneteket",
        "мы бы хотели получать рассылку, запишите нас в список",
    ],
)
def test_who_asks_in_words_for_messages_comes_in(text: str) -> None:
    assert classify(Record(text)).label is Label.OPT_IN


@pytest.mark.parametrize(
    "text",
    [
        "nie chcę dostawać wiadomości",
        "не хочу получать сообщения",
        "nem szeretnék üzeneteket kapni",
        "nechci dostávat zprávy",
        "mesajları almak istemiyorum",
    ],
)
def test_who_refuses_messages_does_not_come_in(text: str) -> None:
    assert classify(Record(text)).action is Action.SUPPRESS
