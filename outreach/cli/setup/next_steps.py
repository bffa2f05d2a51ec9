"""What to run after the files are there."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from outreach.cli.setup.answers import Answers, Mail
from outreach.config.environment import Mode

_RUN = "docker compose run --rm clock outreach"


def next_steps(answers: Answers) -> list[str]:
    """Commands in their order, ready to be copied."""
    return ["docker compose up -d --wait", *(f"{_RUN} {shlex.join(w)}" for w in _words(answers))]


def _words(answers: Answers) -> Iterator[list[str]]:
    yield [
        *("organisation", "set", "--name", answers.organisation),
        *("--language", answers.language, "--currency", answers.currency),
    ]
    if answers.mail is not Mail.NONE:
        provider = answers.mail.value
        yield ["sender", "add", answers.mail_from, "--channel", "email", "--provider", provider]
    invite = ["staff", "invite", answers.administrator_email, "--name", answers.administrator]
    # In mode trial no mail goes to an address that its owner has not confirmed.
    by_hand = ["--print"] if answers.mode is Mode.TRIAL or answers.mail is Mail.NONE else []
    yield [*invite, "--role", "administrator", *by_hand]
    yield ["doctor"]
