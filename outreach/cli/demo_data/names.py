"""First and last names that are common where the demo's schools are; nobody in particular."""

from __future__ import annotations

FIRST = {
    "en": """Amelia Oliver Priya Thomas Aisha Daniel Chloe Kwame Grace Callum Fatima Rhys Hannah
    Mohammed Ellen Jack Zainab Peter Sian Adebayo Lucy Rajesh Megan Liam Folake George Nadia Harry
    Imran Rebecca""",
    "de": """Anna Jörg Ayşe Stefan Katrin Mehmet Sabine Lukas Olena Thomas Jana Björn Fatma Uwe
    Svenja Piotr Heike Emre Miriam Jürgen Nadine Tobias Dragana Florian Ulrike Hakan Silke Matthias
    Yasmin Götz""",
    "es": """María José Carmen Antonio Lucía Ayoze Yaiza Francisco Nieves Rayco Candelaria Mohamed
    Elena Airam Begoña Iván Pino Jesús Idaira Sergio Ángela Cristo Noelia Víctor Fátima Agustín
    Rosario Echedey Inés Óscar""",
}
LAST = {
    "en": """Okafor Hughes Patel Bennett Khan Murray Adeyemi Clarke Nair Thompson Begum Walsh
    Robinson Chaudhry Ellis Mensah Fletcher O'Connor Iqbal Griffiths Sharma Doyle Palmer Osei
    Whitfield Rahman Lloyd Hartley Fernandes Sutton""",
    "de": """Müller Çelik Schäfer Kowalski Becker Özdemir Krüger Weiß Demir Lehmann Nguyen Böhm
    Schröder Petrović Jäger Großmann Kaya Vogel Ivanenko Hofmann Nowak Köhler Şahin Brandt Haddad
    Förster Lindner Rößler Arslan Engel""",
    "es": """Santana García|Rodríguez Peña|Déniz Suárez|Hernández Quintana|Ojeda Ramírez|Cabrera
    León|Medina Guerra|Alonso Vega|Suárez Falcón|Marrero Díaz|Benítez Núñez|Monzón Castellano|Rivero
    Bolaños|Artiles Torres|Melián Pérez|Sosa Navarro|El Amrani|Perdomo Cruz|Ortega Muñoz|Jiménez
    Vera|Afonso Mora|Betancor Lugo|Umpiérrez Gil|Cárdenas Mejía|Viera Henríquez|Gutiérrez Rojas""",
}


def first_names(language: str) -> list[str]:
    return FIRST[language].split()


def last_names(language: str) -> list[str]:
    text = LAST[language]
    return [" ".join(name.split()) for name in text.split("|")] if "|" in text else text.split()
