"""The words of the staff's pages as catalogues: what has to be there, and its compiled form.

Owns which texts there are: those marked in templates and Python of this room, and the names of
states and reasons that other rooms own and pages translate as they show them. Each language has
locale/<language>/LC_MESSAGES/django.po and, compiled, django.mo beside it. Both are committed, so
that a fresh clone needs no gettext tools; `make words` writes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.db.models import TextChoices
from django.utils.translation.template import templatize

from outreach.audience import models as audience
from outreach.audience.importing import MEANINGS
from outreach.campaigns import models as campaigns
from outreach.consent import models as consent
from outreach.delivery import models as delivery
from outreach.delivery.history import HISTORY_WORDS
from outreach.delivery.rehearsal.choosing import SCHOOL_STOPPED
from outreach.delivery.rehearsal.words import left_out_words
from outreach.delivery.rules import REASON_WORDS
from outreach.notices import models as notices
from outreach.organisation import models as organisation
from outreach.organisation.permissions import Right
from outreach.organisation.readiness import CONTACT_WORDS
from outreach.replies import models as replies
from outreach.replies.alert_ways import (
    NONE_IN_USE,
    OUR_REASONS,
    WAY_REMEDIES,
    WAY_WORDS,
    WITHOUT_ONE,
)
from outreach.subscriptions.parent_timeline import Happened
from outreach.web.gathering import (
    address_sentences,
    error_sentences,
    finding_sentences,
    provider_sentences,
)

_CHOICES = tuple(
    choices
    for room in (audience, campaigns, consent, delivery, notices, organisation, replies)
    for choices in vars(room).values()
    if isinstance(choices, type) and issubclass(choices, TextChoices) and len(choices)
)
WEB = Path(__file__).resolve().parent
LOCALE = WEB / "locale"
# The pages of parents have their words in YAML, see outreach/web/public/words.py.
_OTHERS = (WEB / "public", WEB / "templates" / "public")
# Django asks for its sentence in the midst of its own validators, so it is marked where it stands.
_PASSWORDS = WEB.parent / "organisation" / "passwords.py"
_KEYWORDS: dict[str, tuple[int, ...] | None] = dict.fromkeys(
    ("_", "gettext", "gettext_lazy", "gettext_noop", "lazy", "noop", "ngettext", "ngettext_lazy")
)

Message = tuple[str, ...]
_NO_DAY = datetime(1970, 1, 1, tzinfo=UTC)


def messages() -> set[Message]:
    """Every text of the staff's pages: one string, or singular and plural."""
    found = {text for path in _sources() for text in _messages_of(path)}
    return found | {(words,) for words in _words_of_rooms() if words}


def _words_of_rooms() -> Iterator[str]:
    """Names of states and reasons, which their rooms own and pages translate as they show them."""
    for choices in _CHOICES:
        yield from map(str, choices.labels)
    yield from REASON_WORDS.values()
    yield from CONTACT_WORDS.values()
    for found in (WAY_WORDS, WAY_REMEDIES, OUR_REASONS):
        yield from found.values()
    yield from (WITHOUT_ONE, NONE_IN_USE)
    yield left_out_words(SCHOOL_STOPPED)
    yield from (right.value for right in Right)
    yield from (happened.value for happened in Happened)
    yield from (meaning.capitalize() for meaning in MEANINGS)
    yield from HISTORY_WORDS
    yield from error_sentences()
    yield from finding_sentences()
    yield from provider_sentences()
    yield from address_sentences()


def catalogues() -> list[Path]:
    """The django.po of every language that there is."""
    return sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))


def read(path: Path) -> Catalog:
    """The catalogue in a django.po."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name, domain="django")


def up_to_date(catalogue: Catalog) -> Catalog:
    """The same translations, for the texts that there are now, in the order of the alphabet."""
    found = Catalog(locale=catalogue.locale, domain="django", project="Outreach", fuzzy=False)
    found.header_comment = catalogue.header_comment
    found.mime_headers = [
        (name, value) for name, value in catalogue.mime_headers if not name.endswith("-Date")
    ]
    for message in sorted(messages()):
        key = message if len(message) > 1 else message[0]
        known = catalogue.get(message[0])
        same = known is not None and known.id == key
        found.add(key, known.string if known is not None and same else None)
    return found


def po_of(catalogue: Catalog) -> bytes:
    """The text of django.po; without dates, so that the same words give the same file."""
    file = BytesIO()
    write_po(file, catalogue, width=96, omit_header=False, sort_output=True, no_location=True)
    lines = file.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if b"-Date: " not in line)


def mo_of(catalogue: Catalog) -> bytes:
    """The compiled catalogue; with a date that is always the same, for the same reason."""
    file = BytesIO()
    found = read_po(BytesIO(po_of(catalogue)), locale=catalogue.locale, domain="django")
    found.creation_date = found.revision_date = _NO_DAY
    write_mo(file, found)
    return file.getvalue()


def _sources() -> Iterator[Path]:
    for path in sorted((*WEB.rglob("*.py"), *WEB.rglob("*.html"))):
        if not any(path.is_relative_to(folder) for folder in _OTHERS):
            yield path
    yield _PASSWORDS


def _messages_of(path: Path) -> Iterator[Message]:
    text = path.read_text("utf-8")
    if path.suffix == ".html":  # as Python calls, one to a place; indentation means nothing
        text = "\n".join(line.strip() for line in templatize(text).splitlines())
    source = BytesIO(text.encode())
    for _line, _function, found, _comments in extract_python(source, _KEYWORDS, (), {}):
        parts: tuple[object, ...] = found if isinstance(found, tuple) else (found,)
        kept = tuple(part for part in parts if isinstance(part, str))[:2]
        if kept and kept[0]:
            yield kept


def stale() -> dict[Path, bytes]:
    """Every file that is not as it should be, with what should be in it."""
    fresh = {path: up_to_date(read(path)) for path in catalogues()}
    wanted = {path: po_of(found) for path, found in fresh.items()}
    wanted |= {path.with_suffix(".mo"): mo_of(found) for path, found in fresh.items()}
    return {
        path: content
        for path, content in wanted.items()
        if not path.exists() or path.read_bytes() != content
    }


def without_words(path: Path) -> list[str]:
    """The texts of a catalogue that nobody has translated."""
    return [
        str(message.id) for message in read(path) if message.id and not all(_forms(message.string))
    ]


def _forms(found: object) -> tuple[object, ...]:
    return found if isinstance(found, tuple) else (found,)
