"""Makes the three rosters of the demo: `python -m outreach.cli.demo_data.make_rosters`.

Everything in them is invented (see README.md), and the same program gives the same
bytes every time. Three schools export in three ways, as real ones do; a few rows are
bad on purpose, so that an import has something to report.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from outreach.audience.importing.ages import BANDS
from outreach.cli.demo_data.names import first_names
from outreach.cli.demo_data.people import Guardian, Inventor, plain, share_phones

_LANGUAGES = {"greenhill": "en", "lindenschule": "de", "guiniguada": "es"}
_GUARDIANS_PER_SCHOOL = 104
# Parents with children at two schools, counted in both.
_AT_TWO = (
    ("greenhill", "lindenschule", 6),
    ("lindenschule", "guiniguada", 4),
    ("greenhill", "guiniguada", 2),
)
_NOBODY = [""] * 5


def rosters() -> dict[str, bytes]:
    """File name -> content, for all three schools."""
    inventor = Inventor()
    people: dict[str, list[Guardian]] = {school: [] for school in _LANGUAGES}
    for one, other, count in _AT_TWO:
        for _ in range(count):
            parent = inventor.guardian(_LANGUAGES[one], reach="both")
            parent.consents = True
            people[one].append(parent)
            people[other].append(parent)
    for school, members in people.items():
        missing = _GUARDIANS_PER_SCHOOL - len(members)
        members += [inventor.guardian(_LANGUAGES[school]) for _ in range(missing)]
        share_phones(members)
    return {
        "greenhill.csv": _greenhill(people["greenhill"], inventor),
        "lindenschule.csv": _lindenschule(people["lindenschule"], inventor),
        "guiniguada.csv": _guiniguada(people["guiniguada"], inventor),
    }


def _greenhill(members: list[Guardian], inventor: Inventor) -> bytes:
    """One row per guardian; a few guardians stand twice, once per child."""
    rows = [
        [
            "Guardian name",
            "Email",
            "Mobile",
            "Home phone",
            "Home language",
            "Age group",
            "Role",
            "Consent",
            "Consent date",
        ]
    ]
    for index, person in enumerate(members):
        consent = ["yes", "12/09/2025"] if person.consents else ["no", ""]
        start = [person.name, person.email, _british(person.mobile), _british(person.landline)]
        start.append({"en": "English", "de": "German", "es": "Spanish"}[person.language])
        groups = [_band(age) for age in person.ages]
        twice = len(groups) > 1 and index % 2 == 0
        for ages in groups if twice else ["; ".join(groups)]:
            rows.append([*start, ages, "guardian", *consent])
    rows += [*_greenhill_staff(inventor), *_greenhill_mistakes(inventor)]
    return _written(rows, ",", "utf-8")


def _greenhill_staff(inventor: Inventor) -> Iterator[list[str]]:
    for role, name in (
        ("contact", "School Office"),
        ("contact", "Head Teacher"),
        ("safeguarding lead", "Safeguarding Lead"),
    ):
        email = f"{plain(name)}@greenhill.example.org"
        mobile = _british(inventor.mobile("en"))
        yield [name, email, mobile, "", "English", "", role, "yes", "01/09/2025"]


def _greenhill_mistakes(inventor: Inventor) -> Iterator[list[str]]:
    for name, email, mobile in (
        ("Moira Pell", "", "07700 900 ask Gran"),
        ("Dev Ashworth", "dev.ashworth@example", _british(inventor.mobile("en"))),
        ("Ruth Calder", "", "4.48E+11"),
    ):
        yield [name, email, mobile, "", "English", "8-10", "guardian", "yes", "12/09/2025"]


def _lindenschule(members: list[Guardian], inventor: Inventor) -> bytes:
    """One row per child with two guardians; sisters and brothers are rows of their own."""
    adult = "Erziehungsberechtigte/r"
    fields = ("Name", "E-Mail", "Handy", "Festnetz", "Sprache")
    rows = [
        ["Kind Nachname", "Kind Vorname", "Klasse"]
        + [f"{adult} {n} {name}" for n in (1, 2) for name in fields]
        + ["Rolle", "Einwilligung", "Einwilligung vom"]
    ]
    children = first_names("de")
    for index, (one, other) in enumerate(zip(members[::2], members[1::2], strict=True)):
        agreed = ["ja", "15.09.2025"] if one.consents else ["nein", ""]
        for age in one.ages:
            child = [
                _western(one.last),
                _western(children[(index + age) % len(children)]),
                f"{max(age - 5, 1)}{'abc'[index % 3]}",
            ]
            rows.append([*child, *_german_adult(one), *_german_adult(other), "Eltern", *agreed])
    rows += [*_linden_staff(inventor), *_linden_mistakes(inventor)]
    return _written(rows, ";", "cp1252")


def _linden_staff(inventor: Inventor) -> Iterator[list[str]]:
    for role, name in (
        ("Kontakt", "Sekretariat"),
        ("Kontakt", "Schulleitung"),
        ("Kinderschutz", "Kinderschutzbeauftragte"),
    ):
        mobile = _german(inventor.mobile("de"))
        staff = [name, f"{plain(name)}@lindenschule.example.org", mobile, "", "Deutsch"]
        yield ["", "", "", *staff, *_NOBODY, role, "ja", "01.09.2025"]


def _linden_mistakes(inventor: Inventor) -> Iterator[list[str]]:
    for child, name, email, mobile in (
        ("Ihle", "Bernd Ihle", "", "0171 392 (Oma fragen)"),
        ("Rath", "Carola Rath", "carola.rath(at)example.org", _german(inventor.mobile("de"))),
        ("Zander", "Doris Zander", "", "4,91E+12"),
    ):
        adult = [name, email, mobile, "", "Deutsch"]
        yield [child, "Kim", "3a", *adult, *_NOBODY, "Eltern", "ja", "15.09.2025"]


def _german_adult(person: Guardian) -> list[str]:
    language = {"en": "Englisch", "de": "Deutsch", "es": "Spanisch"}[person.language]
    name = _western(person.name)
    return [name, person.email, _german(person.mobile), _german(person.landline), language]


def _guiniguada(members: list[Guardian], inventor: Inventor) -> bytes:
    """One row per guardian and child, with the child's name, which an import drops."""
    rows = [
        [
            "Alumno/a",
            "Edad",
            "Nombre tutor/a",
            "Apellidos tutor/a",
            "Correo electrónico",
            "Móvil",
            "Teléfono fijo",
            "Idioma",
            "Rol",
            "Consentimiento",
            "Fecha de consentimiento",
        ]
    ]
    children = first_names("es")
    for index, person in enumerate(members):
        agreed = ["sí", "10/09/2025"] if person.consents else ["no", ""]
        language = {"en": "inglés", "de": "alemán", "es": "español"}[person.language]
        addresses = [person.email, _spanish(person.mobile), _spanish(person.landline)]
        for age in person.ages:
            child = f"{children[(index + age) % len(children)]} {person.last}"
            adult = [person.first, person.last, *addresses, language]
            rows.append([child, str(age), *adult, "tutor", *agreed])
    rows += [*_guiniguada_staff(inventor), *_guiniguada_mistakes(inventor)]
    return _written(rows, "\t", "utf-8-sig")


def _guiniguada_staff(inventor: Inventor) -> Iterator[list[str]]:
    for role, name in (
        ("contacto", "Secretaría"),
        ("contacto", "Dirección"),
        ("protección", "Protección de la Infancia"),
    ):
        addresses = [f"{plain(name)}@guiniguada.example.org", _spanish(inventor.mobile("es")), ""]
        yield ["", "", name, "", *addresses, "español", role, "sí", "01/09/2025"]


def _guiniguada_mistakes(inventor: Inventor) -> Iterator[list[str]]:
    for name, email, mobile in (
        ("Gara", "", "600 000 (abuela)"),
        ("Tomás", "tomas@@example.org", _spanish(inventor.mobile("es"))),
        ("Luz", "", "3,46E+10"),
    ):
        adult = [name, "Valido Inventado", email, mobile, "", "español", "tutor"]
        yield [f"Alex {name}", "9", *adult, "sí", "10/09/2025"]


def _band(age: int) -> str:
    return next(band for band, (_, oldest) in BANDS.items() if age <= oldest)


def _western(name: str) -> str:
    """Windows-1252 has no ş or ć; a school on it writes them without their marks."""
    return "".join(letter if _in_cp1252(letter) else _without_mark(letter) for letter in name)


def _in_cp1252(letter: str) -> bool:
    return letter.encode("cp1252", "ignore") != b""


def _without_mark(letter: str) -> str:
    return unicodedata.normalize("NFKD", letter)[0]


def _british(number: str) -> str:
    if number.startswith("+447"):
        return f"0{number[3:7]} {number[7:]}"
    return f"020 {number[5:9]} {number[9:]}" if number.startswith("+4420") else number


def _german(number: str) -> str:
    if number.startswith("+491"):
        return f"0{number[3:6]}/{number[6:]}"
    return f"030 {number[5:]}" if number.startswith("+4930") else number


def _spanish(number: str) -> str:
    plain = number.removeprefix("+34")
    return number if plain == number else f"{plain[:3]} {plain[3:6]} {plain[6:]}"


def _written(rows: list[list[str]], delimiter: str, encoding: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode(encoding)


if __name__ == "__main__":
    for file_name, content in rosters().items():
        Path(__file__).with_name(file_name).write_bytes(content)
        print(f"{file_name}: {len(content):,} bytes")
