"""A campaign goes out as one file and comes in again as what it was; bad ones name the place."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from outreach.campaigns.archive import LARGEST_ARCHIVE_BYTES, archive_of, unpack
from outreach.campaigns.definition import load_pack, make_pack
from outreach.campaigns.models import Campaign, CampaignVersion
from outreach.core.errors import BadFile

ROOT = Path(__file__).parents[2]
SLUG = "safer-internet-day"


def version() -> CampaignVersion:
    pack = load_pack(ROOT / "campaigns" / SLUG, ROOT / "templates")
    campaign = Campaign(slug=SLUG, title=pack.definition.title)
    return CampaignVersion(
        campaign=campaign, number=1, sha256=pack.sha256, definition=pack.source_yaml,
        files=dict(pack.files),
    )  # fmt: skip


def zipped(**files: str | bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return stream.getvalue()


def test_what_goes_out_comes_in_as_the_same_version() -> None:
    before = version()
    found = unpack(archive_of(before), filename="campaign.zip")
    assert make_pack(found.source_yaml, found.files).sha256 == before.sha256


def test_an_archive_is_the_same_bytes_each_time() -> None:
    assert archive_of(version()) == archive_of(version())


def test_what_is_unpacked_is_laid_out_as_the_command_line_reads_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(archive_of(version()))) as archive:
        archive.extractall(tmp_path)
    pack = load_pack(tmp_path / "campaigns" / SLUG, tmp_path / "templates")
    assert pack.sha256 == version().sha256


def test_a_definition_alone_has_no_texts() -> None:
    found = unpack(b"schema: 1\n", filename="campaign.yaml")
    assert (found.source_yaml, found.files) == ("schema: 1\n", {})


def test_folders_around_it_and_what_systems_leave_behind_do_not_count() -> None:
    content = zipped(
        **{
            "x/campaign.yaml": "schema: 1\n",
            "x/.git/config": "\x00",
            "__MACOSX/x/campaign.yaml": "\x00",
            "x/t/en/launch.sms.txt": "Hello.\n",
            "x/t/en/launch.sms.txt~": "old",
        }
    )
    assert unpack(content, filename="x.zip").files == {"en/launch.sms.txt": "Hello.\n"}


@pytest.mark.parametrize(
    ("content", "where", "said"),
    [
        (b"PK\x03\x04 and nothing else", "x.zip", "cannot be opened"),
        (zipped(other="1"), "x.zip", "one campaign.yaml"),
        (zipped(**{"a/campaign.yaml": "1", "b/campaign.yaml": "2"}), "x.zip", "b/campaign.yaml"),
        (zipped(**{"campaign.yaml": b"a: 1\nb: \xff\n"}), "campaign.yaml:2", "not in UTF-8"),
        (b"a: 1\n\xff", "x.zip:2", "not in UTF-8"),
        (b"x" * (LARGEST_ARCHIVE_BYTES + 1), "x.zip", "more than"),
    ],
)
def test_what_cannot_be_read_names_its_place(content: bytes, where: str, said: str) -> None:
    with pytest.raises(BadFile) as refused:
        unpack(content, filename="x.zip")
    assert where in refused.value.problems[0].where
    assert said in refused.value.problems[0].message


def test_a_small_archive_that_unpacks_to_very_much_is_refused_unread() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("campaign.yaml", b"#" * 30_000_000)
    assert len(content.getvalue()) < LARGEST_ARCHIVE_BYTES
    with pytest.raises(BadFile, match="more than a campaign can be"):
        unpack(content.getvalue(), filename="x.zip")
