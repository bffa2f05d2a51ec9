"""The command as a whole: help, who may, exit codes, what goes wrong outside it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import psycopg
import pytest
from cli_terminal import installed_outreach, outreach

from outreach.cli import reference
from outreach.cli.access import rule_of
from outreach.cli.program import COMMANDS, load
from outreach.cli.settings_page import settings_example, settings_page
from outreach.organisation.permissions import Right

_NOTHING_LISTENS = "postgresql://nobody@127.0.0.1:1/nothing"


def test_the_overview_loads_neither_django_nor_rich() -> None:
    code = (
        "import sys\nfrom outreach.cli.program import program\n"
        "program(['--help'], standalone_mode=False)\n"
        "sys.exit(bool({'django', 'rich', 'celery'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_overview_says_what_each_command_says_itself() -> None:
    own = {name: load(entry).get_short_help_str(limit=200) for name, entry in COMMANDS.items()}
    assert own == {name: entry.summary for name, entry in COMMANDS.items()}


@pytest.mark.parametrize("name", [name for name, _ in reference.commands()])
def test_every_command_says_who_may_use_it(name: str) -> None:
    rule = rule_of(dict(reference.commands())[name])
    assert rule is not None
    assert not rule.right or rule.right in Right.__members__


@pytest.mark.parametrize("name", [name for name, _ in reference.commands()])
def test_every_command_and_option_is_explained(name: str) -> None:
    command = dict(reference.commands())[name]
    assert command.help
    unexplained = [
        option.name
        for option in command.params
        if isinstance(option, click.Option) and not option.help and "Choice" not in str(option.type)
    ]
    assert unexplained == []


def test_the_page_of_commands_is_current() -> None:
    assert reference.PAGE.read_text("utf-8") == reference.page()


@pytest.mark.parametrize("name", ["launch create", "launch pause", "school basis", "roster import"])
def test_help_of_a_command_is_what_the_page_has(name: str) -> None:
    words = " ".join(outreach(*name.split(), "--help").out.split())
    assert words in " ".join(reference.page().split())


def test_the_pages_of_settings_are_what_the_command_prints(repository: Path) -> None:
    assert outreach("settings").out == settings_page()
    assert (repository / "docs" / "settings.md").read_text("utf-8") == settings_page()
    assert outreach("settings", "--env-example").out == settings_example()
    assert (repository / ".env.example").read_text("utf-8") == settings_example()


def test_a_database_that_is_away_is_a_sentence() -> None:
    answer = installed_outreach("launch", "list", env={"DATABASE_URL": _NOTHING_LISTENS})
    assert answer.code == 5
    assert answer.err.startswith("PostgreSQL does not answer: ")
    assert "Traceback" not in answer.err


def test_without_a_database_url_the_remedy_is_named() -> None:
    answer = installed_outreach("migrate", env={"DATABASE_URL": ""})
    assert (answer.code, answer.err) == (
        5,
        "DATABASE_URL is not set. Start everything with `outreach up`, and read in the file that "
        "it names (. ./.outreach/cli.env); or set DATABASE_URL.\n",
    )


def test_a_setting_that_cannot_be_used_is_named() -> None:
    answer = installed_outreach("school", "list", env={"OUTREACH_MODE": "life"})
    assert answer.code == 2
    assert answer.err.startswith("A setting cannot be used: OUTREACH_MODE: ")


def test_tables_that_are_missing_are_a_sentence(spare_database: str) -> None:
    with psycopg.connect(spare_database, options="-c role=outreach_owner") as connection:
        connection.execute("DROP TABLE organisation_smsprice")
    answer = installed_outreach("price", "list", env={"DATABASE_URL": spare_database})
    assert (answer.code, answer.err) == (
        4,
        "The tables are not there, or older than this program. Run: outreach migrate.\n",
    )


def test_an_unknown_command_is_told_in_one_line() -> None:
    answer = outreach("lunch")
    assert answer.code == 2
    assert "No such command 'lunch'" in answer.err


def test_a_campaign_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    answer = outreach("campaign", "check", tmp_path)
    assert answer.code == 2
    assert "There is no such file. Name a campaign's folder or its campaign.yaml." in answer.err


def test_the_doctor_says_once_that_the_database_is_away() -> None:
    answer = installed_outreach("doctor", "--json", env={"DATABASE_URL": ""})
    found = {each["what"]: each for each in answer.json}
    assert answer.code == 1
    assert found["database"]["words"] == "DATABASE_URL is not set."
    assert found["tables"]["words"] == "Not looked at: it needs PostgreSQL."
    assert [each["verdict"] for each in answer.json if "PostgreSQL" in each["remedy"]] == []


def test_a_question_that_nobody_can_answer_says_so(tmp_path: Path) -> None:
    answer = installed_outreach("setup", "--folder", tmp_path)
    assert answer.code == 2
    assert "Nobody is at the terminal to answer. Give it as an option" in answer.err


def test_ctrl_c_ends_quietly_with_130() -> None:
    code = (
        "import signal\n"
        "from outreach.cli.program import program\n"
        "@program.command()\n"
        "def wait():\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "program.get_command = lambda ctx, name: wait\n"
        "program(['wait'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, b"", b"")
