"""The commands of the pages about campaigns, run as they stand there, one after the other."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_terminal import colleague, outreach

from outreach.audience.models import Person
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock, now
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Role
from outreach.organisation.staff import set_phone, verify_address
from tests.cli.test_cli_calendar import ICS
from tests.delivery import delivery_builders as build
from tests.organisation.contact_builders import make_ready

ROOT = Path(__file__).parents[2]
# In the order in which somebody reads them who begins.
PAGES = (
    "guides/managers.md",
    "rehearsing.md",
    "campaign-pages.md",
    "term-dates.md",
    "asking-and-moving.md",
)
_COMMAND = re.compile(r"^(?: {4})?outreach ((?:campaign|calendar|launch) .+)$", re.MULTILINE)
_MANAGER, _APPROVER = "you@example.org", "ben@example.org"
_PERSON = re.compile(r"--person (\S+)")


def examples() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        text = (ROOT / "docs" / page).read_text("utf-8")
        yield from ((page, call) for call in _COMMAND.findall(text))


@pytest.fixture
def world(
    as_work: None, frozen_clock: FrozenClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the pages suppose: two schools, two colleagues, three versions, calendars on disk."""
    build.build_organisation()
    schools = [build.build_school("greenhill"), build.build_school("lindenschule")]
    make_ready()
    parent = build.build_parent(schools[0], email="anna@example.net", phone="+447700900123")
    (named,) = {_PERSON.search(call)[1] for _, call in examples() if "--person" in call}  # type: ignore[index]  # just looked for
    Person.objects.filter(pk=parent.person.pk).update(uuid=named)
    manager = colleague(_MANAGER, Role.MANAGER)
    set_phone(manager, "+447700900555", actor=OPERATOR)
    verify_address(manager, Channel.SMS, actor=OPERATOR)
    colleague(_APPROVER, Role.APPROVER)
    for name in ("campaigns", "templates"):
        (tmp_path / name).symlink_to(ROOT / name)
    for name in ("ferien-bayern.ics", "terms.ics"):
        (tmp_path / name).write_text(ICS.replace("\n", "\r\n"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def _import_three_versions(folder: Path) -> None:
    """The same campaign with another title each time: the same one again would be no version."""
    text = (ROOT / "campaigns/say-no/campaign.yaml").read_text("utf-8")
    pack = folder / "edited" / "say-no"
    pack.mkdir(parents=True)
    for number in (1, 2):
        edited = re.sub(r"(?m)^(title: .*)$", rf"\1 {number}", text, count=1)
        (pack / "campaign.yaml").write_text(edited, encoding="utf-8")
        assert outreach("campaign", "import", pack).code == 0
    assert outreach("campaign", "import", "campaigns/say-no").code == 0


def _start_an_older_version(name: str) -> None:
    """A launch that runs, for the pages that are about one."""
    made = ("--campaign", "say-no@2", "--name", name, "--starts-on", str(now().date()))
    for words in (
        ("create", *made, "--as", _MANAGER),
        ("review", name, "--accept-unreviewed", "--as", _MANAGER),
        ("approve", name, "--as", _APPROVER),
        ("start", name, "--as", _MANAGER),
    ):
        answer = outreach("launch", *words)
        assert answer.code == 0, answer.err


@pytest.mark.usefixtures("world")
def test_every_command_about_campaigns_does_what_its_page_says(tmp_path: Path) -> None:
    _import_three_versions(tmp_path)
    _start_an_older_version("Autumn 2026")
    calls = list(examples())
    assert len(calls) >= 20
    failed = []
    for page, call in calls:
        answer = outreach(*shlex.split(call, comments=True))
        if answer.code != 0:
            failed.append(f"{page}: outreach {call}\n{answer.out}{answer.err}")
    assert not failed, "\n".join(failed)
