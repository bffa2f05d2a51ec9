"""Findings that are kept with a version: by content, and never about the day."""

from __future__ import annotations

from datetime import date

import pytest

from outreach.campaigns.definition import CampaignPack, check_pack, make_pack
from outreach.campaigns.kept_checks import check_known, findings_of, keep_missing_checks
from outreach.campaigns.models import CampaignVersion, KeptCheck
from outreach.campaigns.versions import import_pack
from outreach.core.errors import BadFile
from outreach.organisation.audit import OPERATOR

pytestmark = pytest.mark.django_db
TODAY, FAR_AHEAD = date(2026, 11, 22), date(2031, 1, 1)
MARK = {"code": "marked", "message": "It is marked.", "where": "x:1", "remedy": "", "blocks": False}


@pytest.fixture
def pack(sound: str, sound_files: dict[str, str]) -> CampaignPack:
    unread = sound_files | {
        name: text.replace("A Native Speaker", "null")
        for name, text in sound_files.items()
        if name.startswith("de/")
    }
    return make_pack(sound, unread)


@pytest.fixture
def version(pack: CampaignPack) -> CampaignVersion:
    return import_pack(pack, actor=OPERATOR)


def row(kind: str, ending: str = "") -> KeptCheck:
    return KeptCheck.objects.filter(key__contains=f":{kind}:", key__endswith=ending)[0]


def test_what_is_kept_is_what_the_checks_say(pack: CampaignPack, version: CampaignVersion) -> None:
    found = findings_of(version, countries=(), today=TODAY)
    assert found == check_pack(pack) == check_known(pack)
    assert {problem.code for problem in found} == {"unreviewed-language"}


def test_a_version_is_not_read_again(version: CampaignVersion) -> None:
    kept = row("version", version.sha256)
    kept.answer = [MARK]
    kept.save()
    assert [each.code for each in findings_of(version, countries=(), today=TODAY)] == ["marked"]


def test_of_an_edited_pack_only_the_edited_text_is_read(
    pack: CampaignPack, version: CampaignVersion
) -> None:
    for each in KeptCheck.objects.filter(key__contains=":message:"):
        each.answer["findings"] = [MARK]
        each.save()
    assert len(check_known(pack)) == len(pack.files) + 1
    edited = {**pack.files, "en/hello.email.md": f"{pack.files['en/hello.email.md']}\nMore.\n"}
    found = check_known(make_pack(pack.source_yaml, edited))
    assert [each.code for each in found].count("marked") == len(pack.files) - 1


def test_what_other_checks_found_answers_nothing_and_is_forgotten(
    pack: CampaignPack, version: CampaignVersion
) -> None:
    for each in KeptCheck.objects.all():
        KeptCheck.objects.create(key=f"0ther{each.key[5:]}", answer=[MARK])
        each.delete()
    assert findings_of(version, countries=(), today=TODAY) == check_pack(pack)
    assert keep_missing_checks() == 1
    assert not KeptCheck.objects.filter(key__startswith="0ther").exists()
    assert keep_missing_checks() == 0


def test_the_age_of_help_lines_is_asked_of_the_day_and_never_kept(version: CampaignVersion) -> None:
    old = findings_of(version, countries=["GB"], today=FAR_AHEAD)
    assert "old-help" in {each.code for each in old}
    assert "old-help" not in {
        each.code for each in findings_of(version, countries=(), today=FAR_AHEAD)
    }
    assert not KeptCheck.objects.filter(answer__contains=[{"code": "old-help"}]).exists()


def test_a_faulty_import_keeps_nothing(sound: str, sound_files: dict[str, str]) -> None:
    faulty = sound_files | {"en/hello.sms.txt": "---\nreviewed_by: null\n---\nHello.\n"}
    with pytest.raises(BadFile, match="faults"):
        import_pack(make_pack(sound, faulty), actor=OPERATOR)
    assert not KeptCheck.objects.exists()


def test_the_place_in_the_definition_has_no_folder_of_the_import(
    sound: str, sound_files: dict[str, str]
) -> None:
    late = sound.replace('at: "17:00"', 'at: "21:30"')
    pack = make_pack(late, sound_files, filename="/home/mara/first-phone/campaign.yaml")
    version = import_pack(pack, actor=OPERATOR)
    (found,) = findings_of(version, countries=(), today=TODAY)
    assert found.code == "quiet-hours"
    assert found.where.startswith("campaign.yaml:")
