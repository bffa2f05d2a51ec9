"""The closed list of what a template may name, as a tree.

Owns which names exist and what they hold. Everything else is a finding when the
template is read, in whichever branch it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from outreach.content import values
from outreach.content.phrases import LineText


class Leaf:
    """A text or a number."""


@dataclass(frozen=True)
class Record:
    """Named fields below a name."""

    fields: Mapping[str, Kind]


@dataclass(frozen=True)
class Several:
    """A list to loop over."""

    of: Record


Kind = Leaf | Record | Several

LEAF = Leaf()


def _record(shape: type) -> Record:
    return Record({field.name: LEAF for field in fields(shape)})


_LINE = _record(LineText)
_HELP: dict[str, Kind] = {
    "emergency": _LINE,
    "helpline": _LINE,
    "emergencies": Several(_LINE),
    "helplines": Several(_LINE),
    "report": Several(_LINE),
    "removal": Several(_LINE),
    "staff": Several(_LINE),
    "others": Several(_LINE),
    "sms_line": LEAF,
}
VARIABLES: Mapping[str, Kind] = {
    "recipient": _record(values.Recipient),
    "school": _record(values.SchoolValues),
    "organisation": _record(values.OrganisationValues),
    "links": _record(values.Links),
    "step": _record(values.StepValues),
    "sms": _record(values.SmsValues),
    "consent": _record(values.ConsentValues),
    "stopped": _record(values.StopValues),
    "message": _record(values.MessageValues),
    "help": Record(_HELP),
    "language": LEAF,
    "direction": LEAF,
}

# What Jinja itself gives inside a loop, as far as a message needs it.
LOOP = Record({"index": LEAF, "first": LEAF, "last": LEAF, "length": LEAF})


def names(kind: Record | Mapping[str, Kind]) -> list[str]:
    """The names to suggest, sorted."""
    return sorted(kind.fields if isinstance(kind, Record) else kind)
