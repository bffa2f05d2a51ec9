"""A OneRoster export (1.1 or 1.2, CSV in a zip) as one row per guardian.

Owns the way from users and agents to guardians: in 1.1 the role stands in users.csv, in 1.2
in roles.csv; `agentSourcedIds` names, on the child's line or on the guardian's, who belongs
to whom. Of the children nothing is taken but their grades, which become age groups further on.

Source: 1EdTech OneRoster CSV Binding 1.2.1 (22 August 2023) and CSV Tables 1.1.1.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from outreach.audience.importing.archive import opened, read_part
from outreach.audience.importing.records import Record, read_records
from outreach.audience.importing.roster import ProblemCode, RowProblem
from outreach.audience.importing.source import FileBytes, RosterFile, inspect, size_of
from outreach.core.errors import BadInput

TITLES = (
    "guardian given name",
    "guardian family name",
    "guardian email",
    "guardian sms",
    "guardian phone",
    "guardian relationship",
    "grades",
)
_ADULTS = frozenset({"guardian", "parent", "relative"})
_STUDENT = "student"
_GONE = frozenset({"tobedeleted", "inactive"})
# The grades without a number in the Common Education Data Standards, as this house says them.
_GRADES = {"IT": "", "PR": "", "PK": "", "TK": "kindergarten", "KG": "kindergarten", "PS": ""}


@dataclass(frozen=True)
class _Line:
    """`number`: row of its file, the heading is row 1."""

    number: int
    values: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values.get(column.casefold(), "")

    def ids(self, column: str) -> list[str]:
        return [each.strip() for each in self[column].split(",") if each.strip()]

    @property
    def is_gone(self) -> bool:
        return self["status"].casefold() in _GONE


@dataclass
class _Family:
    """The grades of the children of one guardian. `has_child`: also for a child without one."""

    grades: dict[str, None] = field(default_factory=dict)
    has_child: bool = False


class OneRosterTable:
    """Row numbers are those of users.csv."""

    encoding = "OneRoster"
    delimiter = ","

    def __init__(self, file: RosterFile) -> None:
        self.name = file.name
        self.size_bytes = size_of(file)
        self._file = file
        self._done = 0
        self._problems: list[RowProblem] = []
        self._rows = self._read()

    def sample(self) -> list[list[str]]:
        return [list(TITLES)]

    def records(self) -> Iterator[Record]:
        yield Record(1, list(TITLES))
        for count, record in enumerate(self._rows, start=1):
            self._done = self.size_bytes * count // len(self._rows)
            yield record

    def bytes_done(self) -> int:
        return self._done

    def problems(self) -> list[RowProblem]:
        return self._problems

    def _read(self) -> list[Record]:
        with opened(self._file) as archive:
            parts = _parts(archive)
            _refuse_several_schools(self._file, list(self._lines(archive, parts, "orgs.csv")))
            roles = _roles(self._lines(archive, parts, "roles.csv"))
            users = [u for u in self._lines(archive, parts, "users.csv") if not u.is_gone]
        if not users or not users[0].values.keys() >= {"sourcedid", "agentsourcedids"}:
            raise BadInput(
                f"{self.name}: users.csv lists nobody, or lacks sourcedId or agentSourcedIds.",
                remedy="Export users with their agents (guardians), OneRoster 1.1 or 1.2.",
            )
        return self._guardians(users, {u["sourcedId"]: _roles_of(u, roles) for u in users})

    def _lines(
        self, archive: zipfile.ZipFile, parts: dict[str, str], wanted: str
    ) -> Iterator[_Line]:
        """The lines of one CSV file of the archive; none where it is missing or empty."""
        content = read_part(self._file, archive, parts[wanted]) if wanted in parts else b""
        if not content:
            return
        source = inspect(FileBytes(f"{self.name}, {wanted}", content))
        with source.open() as (text, _):
            titles: list[str] = []
            for record in read_records(source, text, ","):
                if record.broken_lines:
                    self._problems.append(_broken(record, wanted))
                elif not titles:
                    titles = [cell.casefold() for cell in record.cells]
                elif any(record.cells):
                    values = dict(zip(titles, record.cells, strict=False))
                    yield _Line(record.number, values)

    def _guardians(self, users: list[_Line], roles: dict[str, frozenset[str]]) -> list[Record]:
        families = _families(users, roles)
        rows: list[Record] = []
        for user in users:
            held = roles[user["sourcedId"]]
            if _STUDENT in held or not held & _ADULTS:
                continue
            family = families.get(user["sourcedId"])
            if family is None or not family.has_child:
                self._problems.append(_childless(user))
                continue
            rows.append(Record(user.number, _cells(user, held, family)))
        return rows


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """File name -> path in the archive; some programs put everything into a folder."""
    return {
        PurePosixPath(info.filename).name.casefold(): info.filename
        for info in archive.infolist()
        if not info.is_dir()
    }


def _refuse_several_schools(file: RosterFile, orgs: list[_Line]) -> None:
    schools = [org for org in orgs if org["type"].casefold() == "school" and not org.is_gone]
    if len(schools) > 1:
        raise BadInput(
            f"{file.name} has the people of {len(schools)} schools.",
            remedy="Export one school only: nobody is to be written to in another's name.",
        )


def _roles(lines: Iterator[_Line]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in lines:
        if not line.is_gone:
            found.setdefault(line["userSourcedId"], set()).add(line["role"].casefold())
    return found


def _roles_of(user: _Line, roles: dict[str, set[str]]) -> frozenset[str]:
    own = user["role"].casefold()
    return frozenset(roles.get(user["sourcedId"], set()) | ({own} if own else set()))


def _families(users: list[_Line], roles: dict[str, frozenset[str]]) -> dict[str, _Family]:
    """Guardian -> the children's grades, whichever of both lines names the other."""
    by_id = {user["sourcedId"]: user for user in users}
    families: dict[str, _Family] = {}
    for user in users:
        is_student = _STUDENT in roles[user["sourcedId"]]
        for other in user.ids("agentSourcedIds"):
            if other not in by_id or (_STUDENT in roles[other]) == is_student:
                continue
            child, adult = (user, other) if is_student else (by_id[other], user["sourcedId"])
            family = families.setdefault(adult, _Family())
            family.has_child = True
            family.grades |= dict.fromkeys(_grade(grade) for grade in child.ids("grades"))
    return families


def _grade(grade: str) -> str:
    return _GRADES.get(grade.upper(), grade)


def _cells(user: _Line, held: frozenset[str], family: _Family) -> list[str]:
    relation = next((role for role in ("guardian", "parent", "relative") if role in held), "")
    own = [user[column] for column in ("givenName", "familyName", "email", "sms", "phone")]
    return [*own, relation, "; ".join(grade for grade in family.grades if grade)]


def _childless(user: _Line) -> RowProblem:
    return RowProblem(
        user.number,
        "agentSourcedIds",
        "",
        "No child of this person is in the export.",
        "Nothing to do, unless a child is missing.",
        ProblemCode.NO_CHILD,
    )


def _broken(record: Record, wanted: str) -> RowProblem:
    return RowProblem(
        record.number,
        "",
        "",
        f"The quotation marks of {wanted} do not match, so line {record.broken_lines} was not "
        "read.",
        "Export it again.",
        ProblemCode.BROKEN_QUOTES,
    )
