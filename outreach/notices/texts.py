"""The words of notices, from `templates/notices/<language>/<kind>.sms.txt` and `.email.md`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from outreach.content import SmsText, TemplateSet, Values, choose_language
from outreach.content.shipped import shipped
from outreach.core.channels import Channel
from outreach.notices.models import NoticeKind
from outreach.organisation.models import Organisation
from outreach.providers.substitution import substitute


@dataclass(frozen=True)
class EmailText:
    """A finished mail."""

    subject: str
    html: str
    text: str


@lru_cache(maxsize=1)
def notice_templates() -> TemplateSet:
    """The templates that ship with the product, compiled once. Raises Unavailable without them."""
    folder = shipped("notices")
    files = sorted(path for path in folder.rglob("*.*") if path.suffix in {".txt", ".md"})
    return TemplateSet(
        {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in files}
    )


def choose_notice_language(kind: NoticeKind, channel: Channel, wanted: Sequence[str | None]) -> str:
    """The best of `wanted` (BCP 47 tags) in which this notice exists, else the
    organisation's own language, else English."""
    organisation = Organisation.objects.filter(pk=1).first()
    own = organisation.default_language if organisation else None
    return choose_language([*wanted, own], notice_templates().languages(kind, channel), "en")


def write_notice_sms(kind: NoticeKind, language: str, values: Values) -> SmsText:
    """The text of a notice. Raises CannotRender when a value is missing."""
    return notice_templates().write_sms(language, kind, values)


def write_notice_email(kind: NoticeKind, language: str, values: Values) -> EmailText:
    """The mail of a notice. Raises CannotRender when a value is missing."""
    (mail,) = notice_templates().write_email(language, kind, [values])
    ((_, keys),) = mail.members
    subject, html, text = (substitute(part, keys) for part in (mail.subject, mail.html, mail.text))
    return EmailText(subject, html, text)
