"""What may be supposed of the reader of a preview: read, said again, and tried out.

Owns the closed list of settings (`recipient.name=Ann`) and the search for the readers who go
through each branch of a template. Refuses to write a message: `preview` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from outreach.content import TemplateKey, help_directory
from outreach.content.branches import Branch
from outreach.core.errors import BadInput
from outreach.delivery.preview import BranchFinder, Reader, Source

Setting = tuple[str, str]

_MOST_CHANGES = 2
_YES, _NO = "yes", "no"
SAMPLE_NAME = "Ann Miller"
# So long that a text has to say less to keep to its parts.
_LONG_SCHOOL = "Saint Bartholomew and Holy Trinity Primary and Secondary School of Northfield East"
_NAME, _SCHOOL, _COUNTRY = "recipient.name", "school.name", "school.country"
_ORGANISATION, _REPLY = "organisation.name", "message.can_reply"


@dataclass(frozen=True)
class Example:
    """A branch with the least that has to be supposed to go through it: () for the reader as
    they are, None where nobody does."""

    branch: Branch
    settings: tuple[Setting, ...] | None


def supposing(reader: Reader, settings: Sequence[Setting]) -> Reader:
    """`reader` with these settings; an empty value is one that is missing.

    Raises BadInput for a setting that there is not, or a value that it cannot have.
    """
    for name, value in settings:
        if name not in _SETTERS:
            raise BadInput(
                f"{name!r} cannot be set.",
                remedy=f"Can be set: {', '.join(_SETTERS)}. The other variables follow from them "
                "and from the school.",
            )
        reader = _SETTERS[name](reader, value.strip())
    return reader


def setting_of(text: str) -> Setting:
    """ "recipient.name=Ann" in its two parts. Raises BadInput."""
    name, sign, value = text.partition("=")
    if not sign:
        raise BadInput(f"{text!r} sets nothing.", remedy="Write it like recipient.name=Ann.")
    return name.strip(), value


def examples(source: Source, key: TemplateKey, reader: Reader) -> list[Example]:
    """Each branch of a template with an example of who goes through it.

    Tried are a name and none, an answer that reaches us and one that does not, a school with a
    long name, and the help lines of every country, the fewest changes first. Raises NotFound,
    CannotRender.
    """
    finder = BranchFinder(source, key, reader)
    found: dict[Branch, tuple[Setting, ...]] = {}
    for settings in _tries(reader) if finder.branches else ():
        for branch in finder.taken(supposing(reader, settings)):
            found.setdefault(branch, settings)
        if len(found) == len(finder.branches):
            break
    return [Example(branch, found.get(branch)) for branch in finder.branches]


def _tries(reader: Reader) -> Iterator[tuple[Setting, ...]]:
    """As the reader is, then with one change, then with two; three at once take the page longer
    than a tenth of a second."""
    name: Setting = (_NAME, "" if reader.name else SAMPLE_NAME)
    others = [each for each in help_directory().countries() if each != reader.school_country]
    choices: list[list[Setting | None]] = [
        [None, name],
        [None, (_REPLY, _YES), (_REPLY, _NO)],
        [None, (_SCHOOL, _LONG_SCHOOL)],
        [None, *((_COUNTRY, country) for country in sorted(others) if _has_help(country))],
    ]
    tries = (tuple(each for each in chosen if each) for chosen in product(*choices))
    yield from sorted((each for each in tries if len(each) <= _MOST_CHANGES), key=len)


def _has_help(country: str) -> bool:
    return not help_directory().for_country(country).missing()


def _with_name(reader: Reader, value: str) -> Reader:
    return replace(reader, name=value or None)


def _with_school(reader: Reader, value: str) -> Reader:
    return replace(reader, supposed=replace(reader.supposed, school_name=value))


def _with_country(reader: Reader, value: str) -> Reader:
    country = value.upper()
    if country not in help_directory().countries():
        known = ", ".join(sorted(help_directory().countries()))
        raise BadInput(f"{value!r} is no country of the help directory.", remedy=f"Known: {known}.")
    return replace(reader, supposed=replace(reader.supposed, school_country=country))


def _with_organisation(reader: Reader, value: str) -> Reader:
    return replace(reader, supposed=replace(reader.supposed, organisation=value))


def _with_reply(reader: Reader, value: str) -> Reader:
    if value.casefold() not in (_YES, _NO):
        raise BadInput(f"{_REPLY} is yes or no, not {value!r}.")
    can_reply = value.casefold() == _YES
    return replace(reader, supposed=replace(reader.supposed, can_reply=can_reply))


_SETTERS: Mapping[str, Callable[[Reader, str], Reader]] = {
    _NAME: _with_name,
    _SCHOOL: _with_school,
    _COUNTRY: _with_country,
    _ORGANISATION: _with_organisation,
    _REPLY: _with_reply,
}
SETTABLE: tuple[str, ...] = tuple(_SETTERS)
