"""What an edit changes for the people, said before it is imported."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import delivery_builders as build
import pytest
import rehearsal_builders as rehearsal

from outreach.campaigns.actions import create_launch, import_version
from outreach.campaigns.models import CampaignVersion, Launch
from outreach.delivery.rehearsal import Difference, Plan, StepChange, compare
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import SmsPrice
from tests.organisation.contact_builders import make_ready

TODAY = build.MONDAY.date()
pytestmark = pytest.mark.usefixtures("ledger")


@pytest.fixture(autouse=True)
def _audience(ledger: object) -> None:
    rehearsal.build_audience()
    make_ready()


def edited(folder: Path, definition: str, texts: dict[str, str] | None = None) -> Difference:
    old = rehearsal.pack_at(rehearsal.write_pack(folder / "old"))
    new = rehearsal.pack_at(rehearsal.write_pack(folder / "new", definition, texts))
    return compare(Plan(old, TODAY), Plan(new, TODAY))


def change_of(found: Difference, key: str) -> StepChange:
    return next(each for each in found.steps if each.step_key == key)


def test_the_same_campaign_changes_nothing(tmp_path: Path) -> None:
    assert edited(tmp_path, rehearsal.DEFINITION).is_nothing


def test_a_later_day_moves_the_step_and_what_counts_from_it(tmp_path: Path) -> None:
    found = edited(tmp_path, rehearsal.DEFINITION.replace("day: 1", "day: 2"))

    moved = change_of(found, "tip")
    assert change_of(found, "brief").change == "same"
    assert (moved.change, moved.new_day) == ("changed", TODAY + timedelta(days=5))
    assert [each.zone for each in moved.shifts] == ["Europe/Berlin", "Europe/London"]
    assert moved.shifts[0].opened_local == "2026-11-06 12:00 to 15:00"
    assert moved.shifts[0].opens_local == "2026-11-07 12:00 to 15:00"
    assert (moved.added, moved.dropped) == (0, 0)


def test_a_channel_taken_away_drops_those_who_have_no_other(tmp_path: Path) -> None:
    definition = rehearsal.DEFINITION.replace(
        "channels: [email, sms]\n    when: {day: 1", "channels: [email]\n    when: {day: 1"
    )
    found = edited(tmp_path, definition)

    launch = change_of(found, "launch")
    assert (launch.added, launch.dropped, launch.dropped_by_school) == (0, 7, {"greenhill": 7})
    assert launch.dropped_by_language == {"en": 7}
    assert launch.old_micros > launch.new_micros == 0
    assert [line for text in found.texts for line in text.lines if line.startswith("+")] == [
        "+++ campaign.yaml",
        "+    channels: [email]",
    ]


def test_another_order_of_channels_changes_only_how(tmp_path: Path) -> None:
    found = edited(tmp_path, rehearsal.DEFINITION.replace("[sms, email]", "[email, sms]"))

    tip = change_of(found, "tip")
    assert (tip.added, tip.dropped, tip.other_channel) == (0, 0, 6)


def test_a_language_taken_away_changes_what_its_readers_get(tmp_path: Path) -> None:
    texts = {key: text for key, text in rehearsal.TEXTS.items() if key != "bg"}
    found = edited(tmp_path, rehearsal.DEFINITION.replace("[en, de, bg]", "[en, de]"), texts)

    assert change_of(found, "launch").other_language == 2
    assert {text.language for text in found.texts} == {"", "bg"}


def test_a_new_step_and_a_gone_one_count_everybody(tmp_path: Path) -> None:
    found = edited(tmp_path, rehearsal.DEFINITION.replace("key: tip", "key: other"), None)

    assert change_of(found, "other").change == "added"
    assert change_of(found, "tip").change == "dropped"
    assert change_of(found, "other").added == sum(
        change_of(found, "tip").dropped_by_school.values()
    )


def test_a_longer_text_shows_its_price_and_its_words(tmp_path: Path) -> None:
    texts = {**rehearsal.TEXTS, "en": rehearsal.TEXTS["en"] + " and more" * 20}
    found = edited(tmp_path, rehearsal.DEFINITION, texts)

    price = SmsPrice.objects.get(country="GB").micros
    launch = change_of(found, "launch")
    assert launch.change == "changed"
    assert launch.new_micros - launch.old_micros >= 7 * price
    assert {text.name for text in found.texts} == {"en/launch.sms.txt", "en/tip.sms.txt"}


def test_a_launch_is_compared_with_an_edit_and_stays_as_it_is(tmp_path: Path) -> None:
    folder = rehearsal.write_pack(tmp_path / "old")
    version = import_version(folder, folder.parent.parent / "templates", actor=OPERATOR)
    launch = create_launch(
        version, name="Real", starts_on=TODAY, schools=[], actor=build.build_staff("maker")
    )
    definition = rehearsal.DEFINITION.replace("day: 1", "day: 2")
    pack = rehearsal.pack_at(rehearsal.write_pack(tmp_path / "new", definition))

    found = compare(Plan.of_launch(launch), Plan(pack, TODAY))

    assert change_of(found, "launch").new_day == TODAY + timedelta(days=2)
    assert CampaignVersion.objects.count() == Launch.objects.count() == 1
