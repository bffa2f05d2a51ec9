"""Emails as they come out: whether they can be written for everybody, and what they weigh."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outreach.content.checks.places import body_place, without_tags
from outreach.content.checks.sample import bare_reader, home_of, usual_reader
from outreach.content.checks.texts import cannot_be_written
from outreach.content.messages import BulkEmail
from outreach.content.source import SourceFile, TemplateKey
from outreach.content.template_set import TemplateSet
from outreach.core.channels import Channel
from outreach.core.errors import CannotRender, Problem

# Gmail clips a message of more than 102 kB of HTML, and with it the way to stop. Google has not
# written the number down; it is what senders see.
MOST_BYTES = 102_000
# What a phone shows of a subject in its list.
_MOST_SUBJECT = 78
_RAW_HTML = re.compile(r"</?[A-Za-z][^<>\n]*>")
_PICTURE = re.compile(r"!\[[^\]]*\]\(")


def check_emails(templates: TemplateSet) -> Iterator[Problem]:
    for key in templates.template_keys():
        if key.channel is Channel.EMAIL:
            source = templates.source(key)
            yield from _shown_as_typed(source)
            yield from _finished(templates, key, source)


def _shown_as_typed(source: SourceFile) -> Iterator[Problem]:
    """HTML would reach the reader as it is typed, and a picture as its link."""
    text = without_tags(source.body)
    for pattern, what in ((_RAW_HTML, "HTML"), (_PICTURE, "A picture")):
        for found in pattern.finditer(text):
            if what == "HTML" and found[0].startswith(("<http", "<mailto:")):
                continue
            line = source.body_line + text.count("\n", 0, found.start())
            yield Problem(
                "not-in-email",
                f"{what} (`{found[0][:40]}`) does not work in a message.",
                f"{source.where}:{line}",
                "Write Markdown without pictures: a message is complete without them.",
            )


def _finished(templates: TemplateSet, key: TemplateKey, source: SourceFile) -> Iterator[Problem]:
    mail = _written(templates, key, is_bare=False)
    if isinstance(mail, CannotRender):
        yield cannot_be_written(mail, is_bare=False)
        return
    yield from _too_large(mail, source)
    if "recipient.name" in templates.usage(key).every():
        bare = _written(templates, key, is_bare=True)
        if isinstance(bare, CannotRender):
            yield cannot_be_written(bare, is_bare=True)


def _written(
    templates: TemplateSet, key: TemplateKey, *, is_bare: bool
) -> BulkEmail | CannotRender:
    reader = bare_reader if is_bare else usual_reader
    try:
        values = reader(key.language, home_of(key.language))
        (mail,) = templates.write_email(key.language, key.step, [values])
    except CannotRender as error:
        return error
    return mail


def _too_large(mail: BulkEmail, source: SourceFile) -> Iterator[Problem]:
    size = len(mail.html.encode())
    if size > MOST_BYTES:
        yield Problem(
            "email-too-large",
            f"The email has {size:,} bytes; from {MOST_BYTES:,} on Gmail cuts its end off, and "
            "with it the way to stop.",
            body_place(source),
            "Say less, or make two steps of it.",
        )
    if len(mail.subject) > _MOST_SUBJECT:
        yield Problem(
            "long-subject",
            f"The subject has {len(mail.subject)} characters; phones show the first of "
            f"{_MOST_SUBJECT}.",
            f"{source.where}:{source.lines.get('subject', 1)}",
            "Shorten it.",
            blocks=False,
        )


def sample_emails(templates: TemplateSet, language: str) -> Iterator[tuple[SourceFile, BulkEmail]]:
    """Each email of `language` that can be written, as a usual reader gets it."""
    for key in templates.template_keys():
        if key.channel is Channel.EMAIL and key.language == language:
            mail = _written(templates, key, is_bare=False)
            if not isinstance(mail, CannotRender):
                yield templates.source(key), mail
