"""Lists of guardians in the shape in which school programs write them: the columns, separators
and letters of their exports, with made-up people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Export:
    """`secrets`: what is said of the children in it."""

    name: str
    country: str
    content: bytes
    secrets: tuple[str, ...]


_SIMS = """\
Legal Surname,Legal Forename,Reg Group,Year,DOB,Priority,Contact Title,Contact Forename,\
Contact Surname,Contact Relationship,Parental Responsibility,Court Order,Contact Home Telephone,\
Contact Mobile Telephone,Contact Primary Email
Childson,Zacharias,7B,Year 7,03/02/2015,1,Mrs,Zoë,Carter,Mother,True,False,020 7946 0018,\
07700 900101,zoe.carter@example.org
Childson,Zacharias,7B,Year 7,03/02/2015,2,Mr,Tom,Carter,Father,True,True,,07700 900102,\
tom.carter@example.org
Childson,Zacharias,7B,Year 7,03/02/2015,3,Mrs,Gran,Carter,Grandmother,False,False,,07700 900103,
Childdottir,Yolanda,9A,Year 9,14/11/2012,1,Mrs,Zoë,Carter,Mother,True,False,020 7946 0018,\
07700 900101,zoe.carter@example.org
"""

_ARBOR = """\
Student,Year Group,Registration Form,Guardian Name,Relationship to Student,Primary Guardian,\
Legal Guardian,Guardian Email Address,Guardian Mobile Number
"Childson, Zacharias",Year 3,3 Oak,Amara Okafor,Mother,Yes,Yes,amara@example.org,+44 7700 900111
"Childson, Zacharias",Year 3,3 Oak,Obi Okafor,Uncle,No,No,obi@example.org,07700900112
"""

_WEBUNTIS = """\
id\tlastName\tfirstName\temail\tphone\tmobile\tstudentShortName\tstudentExternalId\tklasse
4711\tMüller\tAnna\tanna.mueller@example.org\t030 23125001\t0171/3920000\tMuellKim\t900815\t5b
4711\tMüller\tAnna\tanna.mueller@example.org\t030 23125001\t0171/3920000\tMuellLeo\t900816\t8a
4712\tŞahin\tElif\telif@example.org\t\t0176 04069001\tSahinDen\t900817\t5b
"""

_ASV = """\
Familienname Schüler;Rufname Schüler;Klasse;Geburtsdatum;\
Erziehungsberechtigter 1 Art;Erziehungsberechtigter 1 Anrede;Erziehungsberechtigter 1 Nachname;\
Erziehungsberechtigter 1 Vorname;Erziehungsberechtigter 1 Auskunftsberechtigt;\
Erziehungsberechtigter 1 E-Mail;Erziehungsberechtigter 1 Mobiltelefon;\
Erziehungsberechtigter 2 Art;Erziehungsberechtigter 2 Anrede;Erziehungsberechtigter 2 Nachname;\
Erziehungsberechtigter 2 Vorname;Erziehungsberechtigter 2 Auskunftsberechtigt;\
Erziehungsberechtigter 2 E-Mail;Erziehungsberechtigter 2 Mobiltelefon
Kindermann;Zacharias;6c;17.05.2015;Mutter;Frau;Kindermann;Jördis;Ja;joerdis@example.org;\
0049 171 3920001;Vater;Herr;Weiß;Jörg;Nein;joerg@example.org;0171-3920002
"""

_SCHILD = """\
Nachname|Vorname|Geburtsdatum|Erzieherart|Anrede 1.Person|Titel 1.Person|Nachname 1.Person|\
Vorname 1.Person|Anrede 2.Person|Titel 2.Person|Nachname 2.Person|Vorname 2.Person|Straße|PLZ|\
Ort|Ortsteil|E-Mail|Anschreiben
Kindermann|Zacharias|17.05.2015|Eltern|Frau|Dr.|Groß|Anna|Herr||Groß|Jörg|Geheimweg 1|40210|\
Düsseldorf||familie.gross@example.org|1
Kindermann|Yolanda|02.01.2010|Großmutter|Frau||Alt|Erna|||||Geheimweg 2|40210|Düsseldorf||\
erna@example.org|1
"""

EXPORTS: Mapping[str, Export] = {
    "sims": Export(
        "sims.csv", "GB", _SIMS.replace("\n", "\r\n").encode("cp1252"),
        ("Zacharias", "Yolanda", "Childson", "7B", "2015"),
    ),
    "arbor": Export(
        "arbor.csv", "GB", _ARBOR.encode("utf-8-sig"), ("Zacharias", "Childson", "3 Oak")
    ),
    "webuntis": Export(
        "webuntis.csv", "DE", _WEBUNTIS.encode("utf-8"), ("MuellKim", "900815", "SahinDen")
    ),
    "asv": Export(
        "asv.csv", "DE", _ASV.replace("\n", "\r\n").encode("iso-8859-1"),
        ("Zacharias", "6c", "17.05."),
    ),
    "schild": Export(
        "SchuelerErzieher.dat", "DE", _SCHILD.replace("\n", "\r\n").encode("utf-8-sig"),
        ("Zacharias", "Yolanda", "Kindermann", "17.05.", "Geheimweg"),
    ),
}  # fmt: skip
