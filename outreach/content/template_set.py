"""All templates of one pack, compiled once.

Owns the way from files to messages. Refuses to write anything from a pack that has
findings: `problems()` shows them all at once, before a campaign is frozen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from outreach.content import email_writer, sms_writer
from outreach.content.branches import Branch, branches_of, taken
from outreach.content.context import Room, seen_by_template
from outreach.content.email_drafts import Drafts, EmailTemplate
from outreach.content.layout import Layout, default_layout
from outreach.content.messages import BulkEmail, SmsText
from outreach.content.phrases import known_languages, phrases
from outreach.content.readers import Readers
from outreach.content.reading import Usage
from outreach.content.sandbox import Piece, compile_piece
from outreach.content.sms_writer import SmsDraft, SmsTemplate
from outreach.content.source import SourceFile, TemplateKey, read_name, read_source
from outreach.content.values import Values
from outreach.core.channels import Channel
from outreach.core.errors import CannotRender, NotFound, Problem


class TemplateSet:
    """A pack of templates.

    `files`: name inside the pack -> text ("en/launch.email.md"). `layout`: the frame of
    the emails, the shipped one when None.
    """

    def __init__(self, files: Mapping[str, str], layout: Layout | None = None) -> None:
        self._layout = layout
        self._drafts: Drafts | None = None
        self._problems: list[Problem] = []
        self._emails: dict[tuple[str, str], EmailTemplate] = {}
        self._texts: dict[tuple[str, str], SmsTemplate] = {}
        self._sources: dict[TemplateKey, SourceFile] = {}
        for name in sorted(files):
            self._take(name, files[name])

    def problems(self) -> list[Problem]:
        """Every finding, by file and line; empty when all templates can be used."""
        return list(self._problems)

    def template_keys(self) -> list[TemplateKey]:
        """Every template of the pack: language, step and channel."""
        return sorted(self._sources)

    def languages(self, step_key: str, channel: Channel) -> frozenset[str]:
        """The languages in which this step can be sent by this channel."""
        return frozenset(
            key.language for key in self._sources if key.step == step_key and key.channel == channel
        )

    def source(self, key: TemplateKey) -> SourceFile:
        """The file of a template, for previews and linters. Raises NotFound."""
        try:
            return self._sources[key]
        except KeyError:
            raise _not_there(key.language, key.step, key.channel) from None

    def reviewed_by(self, key: TemplateKey) -> str | None:
        """Who reviewed this text as a native speaker; None when nobody did."""
        return self.source(key).head.get("reviewed_by")

    def usage(self, key: TemplateKey) -> Usage:
        """Which variables the file itself uses (an email without its help box and footer)."""
        if key.channel is Channel.SMS:
            return self._text(key.language, key.step).body.usage
        email = self._email(key.language, key.step)
        return email.subject.usage | email.preheader.usage | email.body.usage

    def branches(self, key: TemplateKey) -> tuple[Branch, ...]:
        """Every way that the file itself can go, in its order. Raises NotFound."""
        return tuple(branch for piece in self._pieces(key) for branch in branches_of(piece))

    def branches_taken(self, key: TemplateKey, values: Values) -> frozenset[Branch]:
        """Those that a reader with `values` goes through. Raises NotFound, CannotRender."""
        room = Room.AMPLE
        if key.channel is Channel.SMS:
            draft = self.draft_sms(key.language, key.step, values)
            room = draft.room_for(values.school.name)
        seen = seen_by_template(values, key.language, room)
        return frozenset(branch for piece in self._pieces(key) for branch in taken(piece, seen))

    def _pieces(self, key: TemplateKey) -> tuple[Piece, ...]:
        if key.channel is Channel.SMS:
            return (self._text(key.language, key.step).body,)
        email = self._email(key.language, key.step)
        return email.subject, email.preheader, email.body

    def write_email(
        self, language: str, step_key: str, readers: Sequence[Values] | Readers
    ) -> list[BulkEmail]:
        """The emails of this step for all `readers`, as few as can be.

        Each recipient gets the very bytes that a list of that one alone would give.
        Raises CannotRenderSome (a CannotRender) when a value is missing for somebody:
        it says for whom, and has the emails of all others; NotFound without template.
        """
        template = self._email(language, step_key)
        if self._drafts is None:
            self._drafts = Drafts(self._layout or default_layout())
        many = readers if isinstance(readers, Readers) else Readers.each(readers)
        return email_writer.write_email(template, self._drafts, many)

    def write_sms(self, language: str, step_key: str, values: Values) -> SmsText:
        """The text of this step for one recipient. Raises CannotRender, NotFound."""
        return sms_writer.write_sms(self._text(language, step_key), values)

    def draft_sms(self, language: str, step_key: str, values: Values) -> SmsDraft:
        """The text of this step without the school's name. Raises CannotRender, NotFound."""
        return sms_writer.draft_sms(self._text(language, step_key), values)

    def _email(self, language: str, step: str) -> EmailTemplate:
        self._refuse_broken()
        if (language, step) not in self._emails:
            raise _not_there(language, step, Channel.EMAIL)
        return self._emails[language, step]

    def _text(self, language: str, step: str) -> SmsTemplate:
        self._refuse_broken()
        if (language, step) not in self._texts:
            raise _not_there(language, step, Channel.SMS)
        return self._texts[language, step]

    def _refuse_broken(self) -> None:
        if self._problems:
            first = self._problems[0]
            raise CannotRender(first.message, where=first.where, remedy=first.remedy)

    def _take(self, name: str, text: str) -> None:
        key = read_name(name)
        if isinstance(key, Problem):
            self._problems.append(key)
            return
        source = read_source(name, text, key.channel)
        self._sources[key] = source
        found = [*source.problems, *_language_problems(key, name)]
        body = compile_piece(source.body, name, source.body_line)
        if not source.body.strip():
            where = f"{name}:{source.body_line}"
            found.append(Problem("empty-text", "There is no text.", where, "Write it."))
        if key.channel is Channel.EMAIL:
            found += self._take_email(key, source, body)
        else:
            found += self._take_text(key, source, body)
        self._problems += found

    def _take_email(
        self, key: TemplateKey, source: SourceFile, body: Piece | list[Problem]
    ) -> list[Problem]:
        subject, preheader = _head_piece(source, "subject"), _head_piece(source, "preheader")
        if not (
            isinstance(subject, Piece) and isinstance(preheader, Piece) and isinstance(body, Piece)
        ):
            return _problems_of(subject, preheader, body)
        if key.language in known_languages():
            self._emails[key.language, key.step] = EmailTemplate(
                key.language,
                subject,
                preheader,
                body,
                *_shared(key.language),
                "help" in source.head,
            )
        return []

    def _take_text(
        self, key: TemplateKey, source: SourceFile, body: Piece | list[Problem]
    ) -> list[Problem]:
        if not isinstance(body, Piece):
            return body
        self._texts[key.language, key.step] = SmsTemplate(key.language, body, "help" in source.head)
        return []


@cache
def _shared(language: str) -> tuple[Piece, Piece, Piece]:
    """Sender, help box and footer of a language."""
    words = phrases(language)
    where = f"phrases/{language}.yaml"
    found = []
    for name in ("sender", "help_now", "footer"):
        piece = compile_piece(getattr(words, name), f"{where} {name}")
        if not isinstance(piece, Piece):
            raise CannotRender(piece[0].message, where=piece[0].where)
        found.append(piece)
    return found[0], found[1], found[2]


def _head_piece(source: SourceFile, part: str) -> Piece | list[Problem]:
    return compile_piece(source.head.get(part) or "", source.where, source.lines.get(part, 1))


def _problems_of(*pieces: Piece | list[Problem]) -> list[Problem]:
    return [problem for each in pieces if isinstance(each, list) for problem in each]


def _language_problems(key: TemplateKey, name: str) -> list[Problem]:
    if key.language in known_languages():
        return []
    known = ", ".join(sorted(known_languages()))
    message = f"There are no shared phrases in {key.language}."
    remedy = f"There are phrases in: {known}. Add outreach/content/phrases/{key.language}.yaml."
    return [Problem("no-phrases", message, name, remedy)]


def _not_there(language: str, step: str, channel: Channel) -> NotFound:
    return NotFound(
        f"There is no {channel} template {step} in {language}.",
        remedy="Choose the language with choose_language among those that the step has.",
    )
