"""Clock, ids, keyed hashes and the error tree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from outreach.core import clock
from outreach.core.clock import FrozenClock, LapseClock, SystemClock, demo_clock
from outreach.core.errors import BadFile, BadInput, OutreachError, Problem, ProviderRefused
from outreach.core.ids import uuid7
from outreach.core.keyed_hash import AddressHasher

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def test_frozen_clock_stands_until_it_is_moved() -> None:
    with clock.using(FrozenClock(NOON)) as frozen:
        assert clock.now() == clock.now() == NOON
        frozen.tick(timedelta(days=3))
        assert clock.now() == NOON + timedelta(days=3)
        frozen.set(NOON)
        assert clock.now() == NOON


def test_clock_of_before_comes_back_after_a_block_even_after_an_error() -> None:
    before = clock.installed()
    with pytest.raises(BadInput), clock.using(FrozenClock(NOON)):
        raise BadInput("x")
    assert clock.installed() is before


def test_system_clock_tells_aware_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_lapse_clock_runs_as_many_times_faster() -> None:
    started = datetime.now(UTC) - timedelta(seconds=100)
    lapse = LapseClock(started, NOON, speed=3600)
    assert lapse.now() - NOON >= timedelta(hours=100)


def test_processes_that_share_the_text_of_a_clock_share_the_time() -> None:
    lapse = LapseClock(datetime.now(UTC), NOON, speed=1440)
    assert LapseClock.from_text(lapse.as_text()) == lapse


def test_sleeping_until_a_moment_takes_the_speed_into_account() -> None:
    with clock.using(FrozenClock(NOON)) as frozen:
        frozen.speed = 60.0
        assert clock.real_seconds_until(NOON + timedelta(hours=1)) == 60.0
        assert clock.real_seconds_until(NOON - timedelta(hours=1)) == 0.0


def test_ids_are_version_7_and_unique() -> None:
    ids = [uuid7() for _ in range(2000)]
    assert len(set(ids)) == 2000
    assert {(made.version, made.variant) for made in ids} == {(7, "specified in RFC 4122")}


def test_ids_grow_with_the_millisecond_they_were_made_in() -> None:
    milliseconds = [uuid7().int >> 80 for _ in range(2000)]
    assert milliseconds == sorted(milliseconds)


def test_hash_is_found_again_under_every_key_there_ever_was() -> None:
    old = AddressHasher({1: b"first"})
    rotated = AddressHasher({2: b"second", 1: b"first"})
    suppressed = old.newest("sms", "+447700900123")
    assert suppressed in rotated.every("sms", "+447700900123")
    assert [one.version for one in rotated.every("sms", "+447700900123")] == [1, 2]
    assert rotated.newest("sms", "+447700900123").version == 2


def test_hash_differs_by_channel_address_and_key() -> None:
    hasher = AddressHasher({1: b"first"})
    digests = {
        hasher.newest("sms", "+447700900123").digest,
        hasher.newest("email", "+447700900123").digest,
        hasher.newest("sms", "+447700900124").digest,
        AddressHasher({1: b"other"}).newest("sms", "+447700900123").digest,
    }
    assert len(digests) == 4
    assert {len(digest) for digest in digests} == {32}


def test_hasher_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        AddressHasher({})


def test_error_reads_place_sentence_remedy() -> None:
    error = BadInput("Not a phone number.", where="row 7, column phone", remedy="Mend it.")
    assert str(error) == "row 7, column phone: Not a phone number. Mend it."
    assert str(Problem("x", "Wrong.", "a.yaml:3", "Mend it.")) == "a.yaml:3: Wrong. Mend it."


def test_every_error_has_its_own_code() -> None:
    def tree(kind: type[OutreachError]) -> list[type[OutreachError]]:
        return [kind, *(below for one in kind.__subclasses__() for below in tree(one))]

    ours = [kind for kind in tree(OutreachError) if kind.__module__ == "outreach.core.errors"]
    assert len({kind.code for kind in ours}) == len(ours)


def test_errors_keep_what_they_were_told() -> None:
    problems = [Problem("a", "One."), Problem("b", "Two.")]
    assert BadFile("Two findings.", problems).problems == problems
    refused = ProviderRefused("No.", provider_code="21610", kind="opted_out")
    assert (refused.provider_code, refused.kind) == ("21610", "opted_out")


def test_an_awaited_clock_stands_still_until_its_file_is_there(tmp_path: Path) -> None:
    shown = datetime(2026, 11, 2, 12, 30, tzinfo=UTC)
    path = tmp_path / "time-lapse"
    waiting = demo_clock(f"await|{shown.isoformat()}|{path}")
    assert waiting.now() == shown
    assert waiting.speed == 1

    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    path.write_text(LapseClock(hour_ago, shown, 24).as_text())

    assert waiting.speed == 24
    assert waiting.now() >= shown + timedelta(days=1)
