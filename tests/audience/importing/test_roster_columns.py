"""What is kept of a file, what is dropped, and whose an address is."""

from __future__ import annotations

import pytest
from roster_files import TODAY, ReadText

from outreach.audience.importing import FileBytes, ProblemCode, Role, Use, read_roster
from outreach.audience.importing.headings import Field, read_heading
from outreach.core.errors import BadInput


@pytest.mark.parametrize(
    ("country", "heading", "field", "person"),
    [
        ("GB", "E-mail address", Field.EMAIL, ""),
        ("GB", "parent1_email", Field.EMAIL, "1"),
        ("GB", "Parent2Mobile", Field.PHONE, "2"),
        ("GB", "Second guardian name", Field.FULL_NAME, "2"),
        ("GB", "guardian_email_2", Field.EMAIL, ""),
        ("GB", "Mother's mobile", Field.PHONE, "mother"),
        ("GB", "Home language", Field.LANGUAGE, ""),
        ("GB", "Do not contact", Field.BARRED_IF_YES, ""),
        ("GB", "Tutor", Field.UNKNOWN, ""),
        ("ES", "Tutor/a 1", Field.FULL_NAME, "1"),
        ("DE", "Erziehungsberechtigte/r 2 Handy", Field.PHONE, "2"),
        ("DE", "E-Mail-Adresse der Mutter", Field.EMAIL, "mother"),
        ("DE", "Familiensprache", Field.LANGUAGE, ""),
        ("DE", "Einwilligung vom", Field.CONSENT_DATE, ""),
        ("DE", "Wortlaut der Einwilligung", Field.CONSENT_WORDING, ""),
        ("DE", "Name, Vorname", Field.FULL_NAME, ""),
        ("ES", "Teléfono móvil del padre", Field.PHONE, "father"),
        ("ES", "Nombre y apellidos", Field.FULL_NAME, ""),
        ("ES", "Fecha de consentimiento", Field.CONSENT_DATE, ""),
        ("FR", "Prénom", Field.FIRST_NAME, ""),
        ("FR", "Courriel responsable 1", Field.EMAIL, "1"),
        ("IT", "Nome e cognome", Field.FULL_NAME, ""),
        ("IT", "Genitore 1 - Cellulare", Field.PHONE, "1"),
        ("IT", "Indirizzo e-mail della madre", Field.EMAIL, "mother"),
        ("IT", "Posta elettronica", Field.EMAIL, ""),
        ("IT", "Padre/Madre 2 Cognome", Field.LAST_NAME, "2"),
        ("IT", "Responsabilità genitoriale", Field.BARRED_IF_NO, ""),
        ("IT", "Data del consenso", Field.CONSENT_DATE, ""),
        ("IT", "Non contattare", Field.BARRED_IF_YES, ""),
        ("PT", "Encarregado de Educação 1", Field.FULL_NAME, "1"),
        ("PT", "Encarregado de Educação - Telemóvel", Field.PHONE, ""),
        ("PT", "Nome da mãe", Field.FIRST_NAME, "mother"),
        ("PT", "Correio eletrónico do pai", Field.EMAIL, "father"),
        ("PT", "Apelidos", Field.LAST_NAME, ""),
        ("PT", "Consentimento", Field.CONSENT, ""),
        ("NL", "Ouder/verzorger 1 achternaam", Field.LAST_NAME, "1"),
        ("NL", "E-mailadres ouder 2", Field.EMAIL, "2"),
        ("NL", "Mobiel moeder", Field.PHONE, "mother"),
        ("NL", "Thuistaal", Field.LANGUAGE, ""),
        ("NL", "Ouderlijk gezag", Field.BARRED_IF_NO, ""),
        ("NL", "Toestemming", Field.CONSENT, ""),
        ("NL", "Niet benaderen", Field.BARRED_IF_YES, ""),
        ("PL", "Imię i nazwisko opiekuna", Field.FULL_NAME, ""),
        ("PL", "Opiekun prawny 2 telefon", Field.PHONE, "2"),
        ("PL", "Adres e-mail matki", Field.EMAIL, "mother"),
        ("PL", "Telefon komórkowy ojca", Field.PHONE, "father"),
        ("PL", "Władza rodzicielska", Field.BARRED_IF_NO, ""),
        ("PL", "Zgoda", Field.CONSENT, ""),
        ("PL", "Data zgody", Field.CONSENT_DATE, ""),
        ("GB", "Parent/Carer 1 email", Field.EMAIL, "1"),
    ],
)
def test_heading_is_understood(country: str, heading: str, field: Field, person: str) -> None:
    found = read_heading(heading, country)
    assert (found.field, found.person) == (field, person)


@pytest.mark.parametrize(
    "heading",
    [
        "Photo consent",
        "Email consent",
        "Emergency contact phone",
        "School email",
        "Klassenlehrerin E-Mail",
        "Address",
    ],
)
def test_what_belongs_to_others_or_means_something_else_is_not_used(heading: str) -> None:
    assert read_heading(heading, "GB").field is Field.UNKNOWN


PUPIL_HEADINGS = (
    *("Pupil name", "Child", "Class", "UPN", "SEN", "Gender", "Student email", "Tutor group"),
    *("Student contact email", "Kind Nachname", "Schülernummer", "Konfession", "Alumno/a"),
    *("Cognome alunno", "Nome dell'alunna", "Luogo di nascita", "Sezione", "Cittadinanza"),
    *("Nome do aluno", "Turma", "Nome do educando", "Data de nascimento e local"),
    *("Naam leerling", "Achternaam kind", "Geboorteplaats geboren", "Leerlingnummer", "Klas"),
    *("Imię ucznia", "Nazwisko dziecka", "Imię i nazwisko uczennicy", "PESEL", "Płeć"),
    *("Miejsce urodzenia", "E-mail ucznia", "Correio eletrónico do aluno", "Email studente"),
)


@pytest.mark.parametrize("heading", PUPIL_HEADINGS)
def test_everything_about_a_child_is_dropped(heading: str) -> None:
    assert read_heading(heading, "GB").field is Field.CHILD


CHILD_ROWS = (
    "Pupil name,Class,Date of birth,SEN,Year group,Guardian name,Guardian email\n"
    "Kimsecret,Oaksecret,03/04/2016,SENsecret,5,Ann,ann@example.org\n"
    "Kimsecret,Oaksecret,unreadable-secret,SENsecret,secret,Bob,bad-address\n"
)


def test_no_value_about_a_child_is_anywhere_in_the_result(read: ReadText) -> None:
    roster = read(CHILD_ROWS)
    assert "secret" not in repr(roster)
    assert "2016" not in repr(roster)
    assert roster.dropped_columns == ["Pupil name", "Class", "SEN"]
    assert roster.rows[0].age_bands == ("8-10",)


def test_unreadable_age_is_told_without_its_value(read: ReadText) -> None:
    ages = [p for p in read(CHILD_ROWS).problems if p.code is ProblemCode.BAD_AGE]
    assert [(p.row, p.column, p.value) for p in ages] == [
        (3, "Date of birth", ""),
        (3, "Year group", ""),
    ]


def test_every_column_says_what_was_done_with_it(read: ReadText) -> None:
    roster = read(
        "Pupil name,Age,Guardian 2 email,Guardian 1 email,Shoe size\nKim,9,,ann@example.org,38\n"
    )
    assert [(c.use, c.meaning) for c in roster.columns] == [
        (Use.DROPPED, "dropped because it is about a child"),
        (Use.REDUCED, "reduced to age group"),
        (Use.USED, "used as email of guardian 2"),
        (Use.USED, "used as email of guardian 1"),
        (Use.IGNORED, "not understood and ignored"),
    ]


def test_row_per_child_gives_both_guardians_the_age_group(read: ReadText) -> None:
    roster = read(
        "child_name,age,parent1_name,parent1_email,parent2_name,parent2_mobile,consent\n"
        "Kim,9,Ann,ann@example.org,Bob,07700900123,yes\n"
    )
    assert [(r.full_name, r.age_bands, r.consent) for r in roster.rows] == [
        ("Ann", ("8-10",), True),
        ("Bob", ("8-10",), True),
    ]


def test_missing_second_guardian_is_no_problem(read: ReadText) -> None:
    roster = read("parent1_name,parent1_email,parent2_name,parent2_email\nAnn,a@example.org,,\n")
    assert len(roster.rows) == 1
    assert roster.problems == []


def test_plain_name_beside_guardian_columns_is_the_childs(read: ReadText) -> None:
    roster = read("Name;Vorname;Klasse;E-Mail Eltern\nMüller;Kai;5b;anna@example.org\n", "DE")
    assert roster.rows[0].full_name == ""
    assert "Kai" not in repr(roster)
    assert roster.dropped_columns == ["Name", "Vorname"]
    assert roster.rows[0].age_bands == ("8-10",)


def test_plain_name_beside_a_child_column_is_the_guardians(read: ReadText) -> None:
    roster = read("child name,name,email\nKim,Ann Doe,ann@example.org\n")
    assert roster.rows[0].full_name == "Ann Doe"


def test_list_that_may_be_of_pupils_own_addresses_is_refused(read: ReadText) -> None:
    for heading in ("name,class,email", "pupil name,email", "name,date of birth,mobile"):
        with pytest.raises(BadInput, match="no heading says whose the addresses are"):
            read(f"{heading}\nKim,5b,kim@example.org\n")


def test_plain_address_beside_numbered_guardians_is_not_used(read: ReadText) -> None:
    roster = read("email,parent1_name,parent1_email\nkim@example.org,Ann,ann@example.org\n")
    assert "kim@" not in repr(roster)


def test_person_not_to_be_contacted_is_not_taken(read: ReadText) -> None:
    roster = read(
        "guardian name,email,court order,parental responsibility\n"
        "Ann,ann@example.org,,yes\nBob,bob@example.org,see file,yes\n"
        "Cy,cy@example.org,no,no\nDee,dee@example.org,no,shared\n"
    )
    assert [row.full_name for row in roster.rows] == ["Ann", "Dee"]
    assert {p.code for p in roster.problems} == {ProblemCode.NO_CONTACT_ALLOWED}


def test_nothing_under_responsibility_is_no_responsibility(read: ReadText) -> None:
    roster = read("guardian name,email,parental responsibility\nAnn,ann@example.org,\n")
    assert roster.rows == []
    assert "does not give this person parental responsibility" in roster.problems[0].reason


@pytest.mark.parametrize(
    ("relationship", "is_taken"),
    [("Mother", True), ("Step-parent", True), ("Grandmother", False), ("Social worker", False),
     ("", True), ("Grandmother and guardian", True)],
)  # fmt: skip
def test_relationship_of_no_guardian_is_listed(
    read: ReadText, relationship: str, is_taken: bool
) -> None:
    roster = read(f"guardian name,email,relationship\nAnn,ann@example.org,{relationship}\n")
    assert bool(roster.rows) is is_taken
    assert [p.code for p in roster.problems] == ([] if is_taken else [ProblemCode.NOT_A_GUARDIAN])


def test_place_counts_only_where_the_list_says_nothing_else(read: ReadText) -> None:
    plain = read("guardian name,email,priority\nA,a@example.org,2\nB,b@example.org,3\n")
    assert [row.full_name for row in plain.rows] == ["A"]
    said = read("guardian name,email,priority,relationship\nB,b@example.org,3,Father\n")
    assert [row.full_name for row in said.rows] == ["B"]


def test_mended_cells_take_the_place_of_those_in_the_file() -> None:
    file = FileBytes("x.csv", b"name,email\nAnn,ann@\nBob,bob@example.org\n")
    roster = read_roster(
        file, country="GB", today=TODAY, corrections={(2, 2): "ann@example.org", (2, 9): "x"}
    )
    assert [row.full_name for row in roster.rows] == ["Ann", "Bob"]
    assert roster.problems == []


def test_roles_are_read_in_four_languages(read: ReadText) -> None:
    roster = read(
        "name,email,role,age\nA,a@example.org,Kontakt,9\nB,b@example.org,Safeguarding Lead,\n"
        "C,c@example.org,madre,9\nD,d@example.org,,9\nE,e@example.org,plumber,\n"
    )
    assert [(r.role, r.age_bands) for r in roster.rows] == [
        (Role.CONTACT, ()),
        (Role.SAFEGUARDING_LEAD, ()),
        (Role.GUARDIAN, ("8-10",)),
        (Role.GUARDIAN, ("8-10",)),
    ]
    assert [(p.row, p.code) for p in roster.problems] == [(6, ProblemCode.BAD_ROLE)]


def test_german_name_and_first_name_are_put_together(read: ReadText) -> None:
    roster = read("Name;Vorname;E-Mail\nMüller;Anna;anna@example.org\n", "DE")
    assert roster.rows[0].full_name == "Anna Müller"


def test_joint_names_stay_as_they_are(read: ReadText) -> None:
    roster = read("name;email\nAnna / Jörg Müller;a@example.org\nMr & Mrs Doe;d@example.org\n")
    assert [row.full_name for row in roster.rows] == ["Anna / Jörg Müller", "Mr & Mrs Doe"]


def test_very_long_name_is_refused(read: ReadText) -> None:
    roster = read(f"name,email\n{'A' * 201},a@example.org\n")
    assert [p.code for p in roster.problems] == [ProblemCode.LONG_NAME]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("de", "de"),
        ("de-CH", "de"),
        ("Deutsch", "de"),
        ("German", "de"),
        ("alemán", "de"),
        ("Español", "es"),
        ("castellano", "es"),
        ("ESP", None),
        ("Türkçe", "tr"),
        ("Ukrainisch", "uk"),
        ("العربية", "ar"),
        ("", None),
    ],
)
def test_language_by_code_or_name(read: ReadText, cell: str, code: str | None) -> None:
    roster = read(f"name,email,language\nA,a@example.org,{cell}\n")
    assert roster.rows[0].language == code
    assert bool(roster.problems) is (cell == "ESP")
