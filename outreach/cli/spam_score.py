"""What SpamAssassin thinks of an email, where it is installed; asked without the network.

Owns calling its program and reading the answer. Refuses to decide: a score is a warning.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage

from outreach.content import BulkEmail, TemplateSet
from outreach.content.checks.emails import sample_emails
from outreach.core.errors import Problem

PROGRAM = "spamassassin"
# SpamAssassin calls it spam from 5 on; large mailboxes are stricter.
MOST_POINTS = 2.5
_PATIENCE_SECONDS = 60
_POINTS = re.compile(r"score=(-?[\d.]+)")
_RULES = re.compile(r"tests=([A-Z0-9_,\s]+)")


def is_installed() -> bool:
    return shutil.which(PROGRAM) is not None


def spam_problems(templates: TemplateSet, language: str, folder: str) -> Iterator[Problem]:
    """A warning for each email of `language` with too many points. `folder`: of the templates."""
    for source, mail in sample_emails(templates, language):
        points, rules = score_of(mail)
        if points > MOST_POINTS:
            yield Problem(
                "spam-score",
                f"SpamAssassin gives {points:.1f} points, for {', '.join(rules)}; "
                f"{MOST_POINTS} are safe.",
                f"{folder}/{source.where}:{source.body_line}",
                "Look at what the rules say on spamassassin.apache.org.",
                blocks=False,
            )


def score_of(mail: BulkEmail) -> tuple[float, list[str]]:
    """Points, and the rules that gave them. 0 where the program said nothing that can be read."""
    done = subprocess.run(  # noqa: S603  # a fixed program, the message on its standard input
        [shutil.which(PROGRAM) or PROGRAM, "--local", "--test-mode"],
        input=bytes(_message(mail)),
        capture_output=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
    status = str(message_from_bytes(done.stdout).get("X-Spam-Status", ""))
    points, rules = _POINTS.search(status), _RULES.search(status)
    if points is None:
        return 0.0, []
    return float(points[1]), re.findall(r"[A-Z0-9_]+", rules[1]) if rules else []


def _message(mail: BulkEmail) -> EmailMessage:
    """As it goes out: both forms, and a way to stop in the head."""
    message = EmailMessage()
    message["From"] = "Northfield Primary School via Safer Schools <school@outreach.example.org>"
    message["To"] = "parent@example.net"
    message["Subject"] = mail.subject
    message["List-Unsubscribe"] = "<https://outreach.example.org/u/k7q2>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message
