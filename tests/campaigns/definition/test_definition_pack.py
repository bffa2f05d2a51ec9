"""A definition with its templates: read from disk, fingerprinted, checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach.campaigns.definition import check_pack, check_path, load_pack, make_pack
from outreach.core.errors import BadFile, NotFound

OnDisk = tuple[Path, Path]


def refused(folder: Path, templates: Path) -> list[str]:
    with pytest.raises(BadFile) as error:
        load_pack(folder, templates)
    return [str(problem) for problem in error.value.problems]


def test_a_pack_has_the_definition_and_every_template(campaign_on_disk: OnDisk) -> None:
    pack = load_pack(*campaign_on_disk)
    assert pack.definition.campaign == "first-phone"
    assert sorted(pack.files) == [
        "de/hello.email.md",
        "de/hello.sms.txt",
        "de/later.email.md",
        "en/hello.email.md",
        "en/hello.sms.txt",
        "en/later.email.md",
    ]
    assert check_pack(pack) == []


def test_the_file_and_its_folder_name_the_same_campaign(campaign_on_disk: OnDisk) -> None:
    folder, templates = campaign_on_disk
    assert load_pack(folder / "campaign.yaml", templates) == load_pack(folder, templates)


def test_windows_newlines_and_byte_order_marks_do_not_change_the_fingerprint(
    campaign_on_disk: OnDisk,
) -> None:
    before = load_pack(*campaign_on_disk).sha256
    for root in campaign_on_disk:
        for file in root.rglob("*.*"):
            text = file.read_bytes().replace(b"\n", b"\r\n")
            file.write_bytes(b"\xef\xbb\xbf" + text)
    assert load_pack(*campaign_on_disk).sha256 == before


def test_a_name_that_a_mac_takes_apart_is_the_same_name(
    sound: str, sound_files: dict[str, str]
) -> None:
    composed = make_pack(sound, sound_files | {"en/caf\u00e9.email.md": "x"})
    taken_apart = make_pack(sound, sound_files | {"en/cafe\u0301.email.md": "x"})
    assert composed.sha256 == taken_apart.sha256


def test_the_fingerprint_is_the_one_that_it_always_was(
    sound: str, sound_files: dict[str, str]
) -> None:
    texts = {f"{tag}/hello.sms.txt": "{{ school.name }}: three rules." for tag in ("en", "de")}
    assert make_pack(sound, sound_files | texts).sha256 == (
        "3bc0108e5a2ddebf0f48e5efe16df87cc09a4ab826011e23ddaf47b6ccea620f"
    )


def test_any_change_makes_another_fingerprint(sound: str, sound_files: dict[str, str]) -> None:
    first = make_pack(sound, sound_files)
    moved = dict(sound_files)
    moved["en/hello.email.md"] += "x"
    renamed = {name.replace("en/later", "en/late"): text for name, text in sound_files.items()}
    others = [
        make_pack(sound.replace("days: 7", "days: 8"), sound_files),
        make_pack(sound + "# a comment\n", sound_files),
        make_pack(sound, moved),
        make_pack(sound, renamed),
    ]
    assert len({first.sha256, *(pack.sha256 for pack in others)}) == 5


def test_a_missing_template_says_which_file_to_create(campaign_on_disk: OnDisk) -> None:
    folder, templates = campaign_on_disk
    (templates / "first-phone/de/hello.sms.txt").unlink()
    assert refused(folder, templates) == [
        f"{folder}/campaign.yaml:11:15: The step `hello` has no text message in the language "
        "`de`. Create templates/first-phone/de/hello.sms.txt."
    ]


def test_a_language_without_any_template_is_one_finding(campaign_on_disk: OnDisk) -> None:
    folder, templates = campaign_on_disk
    definition = folder / "campaign.yaml"
    definition.write_text(definition.read_text().replace("[en, de]", "[en, de, es]"))
    assert refused(folder, templates) == [
        f"{definition}:5:21: Nothing is written in the language `es` yet. Create "
        "templates/first-phone/es/ with hello.email.md, hello.sms.txt, later.email.md; "
        "or take `es` out of `languages`."
    ]


def test_a_misspelt_template_is_a_missing_and_a_stray_one(campaign_on_disk: OnDisk) -> None:
    folder, templates = campaign_on_disk
    right = templates / "first-phone/en/later.email.md"
    right.rename(right.with_name("latr.email.md"))
    assert refused(folder, templates) == [
        f"{folder}/campaign.yaml:16:15: The step `later` has no email in the language `en`. "
        "Create templates/first-phone/en/later.email.md.",
        "templates/first-phone/en/latr.email.md: No step of the campaign uses this file. "
        "Did you mean `en/later.email.md`?",
    ]


def test_a_stray_template_alone_is_a_warning(campaign_on_disk: OnDisk) -> None:
    folder, templates = campaign_on_disk
    source = templates / "first-phone/en/later.email.md"
    (templates / "first-phone/en/goodbye.email.md").write_text(source.read_text())
    problems = check_pack(load_pack(folder, templates))
    assert [(str(problem), problem.blocks) for problem in problems] == [
        (
            "templates/first-phone/en/goodbye.email.md: No step of the campaign uses this file. "
            "Delete it, or add its step, channel or language.",
            False,
        )
    ]


def test_faults_of_definition_and_templates_come_together(campaign_on_disk: OnDisk) -> None:
    folder, templates = campaign_on_disk
    definition = folder / "campaign.yaml"
    definition.write_text(definition.read_text().replace("title: The first", "titel: The first"))
    (templates / "first-phone/en/hello.email.md").write_text(
        "---\nsubject: A\npreheader: B\nreviewed_by: C\n---\nHello {{ schol.name }}\n"
    )
    (templates / "first-phone/de/later.email.md").unlink()
    places = [problem.where for problem in check_path(folder, templates)]
    assert f"{definition}:3:1" in places
    assert f"{definition}:16:15" in places
    assert any(where.startswith("templates/first-phone/en/hello.email.md:6") for where in places)


def test_hidden_files_and_links_out_of_the_folder_are_not_part_of_a_pack(
    campaign_on_disk: OnDisk, tmp_path: Path
) -> None:
    folder, templates = campaign_on_disk
    before = load_pack(folder, templates)
    secret = tmp_path / "secret.txt"
    secret.write_text("not for a message")
    (templates / "first-phone/en/.DS_Store").write_bytes(b"\x00")
    (templates / "first-phone/en/hello.email.md~").write_text("an editor's copy")
    (templates / "first-phone/en/link.sms.txt").symlink_to(secret)
    assert load_pack(folder, templates) == before


def test_a_campaign_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as error:
        load_pack(tmp_path / "nothing.yaml", tmp_path)
    assert str(error.value) == (
        f"{tmp_path}/nothing.yaml: There is no such file. "
        "Name a campaign's folder or its campaign.yaml."
    )


def test_a_definition_of_five_megabytes_is_refused_unread(campaign_on_disk: OnDisk) -> None:
    folder, templates = campaign_on_disk
    (folder / "campaign.yaml").write_bytes(b"x" * 5_000_000)
    assert refused(folder, templates) == [
        f"{folder}/campaign.yaml: The file has 5,000,000 bytes; a definition has at most 64,000. "
        "Check that it is the campaign's definition and not another file."
    ]


def test_a_template_that_is_too_large_is_refused(campaign_on_disk: OnDisk) -> None:
    folder, templates = campaign_on_disk
    large = templates / "first-phone/en/hello.sms.txt"
    large.write_bytes(b"x" * 300_000)
    assert (
        f"{large}: The file has 300,000 bytes; a template has at most 200,000. "
        "Check that it is a template and not another file." in refused(folder, templates)
    )


def test_a_definition_that_is_not_utf8_says_where(campaign_on_disk: OnDisk) -> None:
    folder, templates = campaign_on_disk
    definition = folder / "campaign.yaml"
    text = definition.read_text().replace("The first phone", "Für Eltern")
    definition.write_bytes(text.encode("cp1252"))
    assert refused(folder, templates) == [
        f"{definition}:3: The file is not in UTF-8. Save it as UTF-8 in your editor."
    ]


def test_the_pack_can_wait_for_its_brief_where_every_school_has_a_contact() -> None:
    repository = Path(__file__).resolve().parents[3]
    pack = load_pack(repository / "campaigns" / "say-no", repository / "templates")
    source = pack.source_yaml.replace(
        "  - key: launch\n", "  - key: launch\n    waits_for: staff-brief\n"
    )
    assert source != pack.source_yaml
    found = check_pack(make_pack(source, pack.files))
    assert [problem for problem in found if problem.blocks] == []
