"""A terminal for the tests: the real root command, and what a person reads afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from outreach.cli.program import program
from outreach.core.channels import Channel
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import Role, School, Staff
from outreach.organisation.schools import add_school
from outreach.organisation.staff import create_staff, give_role, verify_address

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Answer:
    """`out` and `err`: as text, without the colours of a terminal."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def outreach(*words: object) -> Answer:
    """Runs the command in this process, on the test's database."""
    runner = CliRunner(env={"COLUMNS": "200", "OUTREACH_AS": ""})
    result = runner.invoke(program, [str(word) for word in words], prog_name="outreach")
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Answer(result.exit_code, result.stdout, result.stderr)


def installed_outreach(*words: object, env: Mapping[str, str] | None = None) -> Answer:
    """Runs the entry point as installed, in a process of its own. `env`: added, "" removes."""
    given = {**os.environ, "OUTREACH_DATABASE_ROLE": "work", **(env or {})}
    done = subprocess.run(
        [Path(sys.executable).parent / "outreach", *map(str, words)],
        env={name: value for name, value in given.items() if value},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def colleague(email: str, role: Role, school: School | None = None) -> Staff:
    staff = create_staff(
        email=email, name=email.partition("@")[0], password=PASSWORD, actor=OPERATOR
    )
    give_role(staff, role, school=school, actor=OPERATOR)
    verify_address(staff, Channel.EMAIL, actor=OPERATOR)
    return staff


def school(slug: str = "north") -> School:
    return add_school(
        slug=slug,
        name=slug.title(),
        country="GB",
        zone="Europe/London",
        languages=["en"],
        actor=OPERATOR,
    )
