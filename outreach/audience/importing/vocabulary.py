"""The words that headings and cells of school exports are made of.

English, German, Spanish and French, without accents and in lower case ("ü" as "u" and
as "ue"). Owns words only; what they mean together is decided in `headings`.
"""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


GUARDIAN = _set(
    """guardian guardians parent parents carer carers contact mother father mum dad eltern
    elternteil elternteile erziehungsberechtigter erziehungsberechtigte
    erziehungsberechtigten sorgeberechtigter sorgeberechtigte sorgeberechtigten kontakt
    mutter vater padre madre padres progenitor progenitora progenitores contacto responsable
    responsables mere pere famille familia person"""
)
# Also used for a pupil's own details, and for the contact persons of a school.
WEAK_GUARDIAN = _set("""contact kontakt contacto responsable responsables person""")
# In Spanish a guardian, in English a teacher.
TUTOR = _set("""tutor tutora tutores""")
ENGLISH_SPEAKING = frozenset({"GB", "IE", "US", "CA", "AU", "NZ", "ZA"})
RELATIONS = {
    "mother": "mother",
    "mum": "mother",
    "mutter": "mother",
    "madre": "mother",
    "mere": "mother",
    "father": "father",
    "dad": "father",
    "vater": "father",
    "padre": "father",
    "pere": "father",
}
ORDINALS = {
    "first": "1",
    "second": "2",
    "erster": "1",
    "erste": "1",
    "zweiter": "2",
    "zweite": "2",
    "primer": "1",
    "segundo": "2",
    "segunda": "2",
    "premier": "1",
    "deuxieme": "2",
}
CHILD = _set(
    """child childs children kind kindes kinder schuler schueler schulers schuelers schulerin
    schuelerin pupil pupils student students alumno alumna alumnos estudiante hijo hija nino
    nina enfant eleve"""
)
# Facts about a pupil that an export brings and nobody here may keep.
ABOUT_A_CHILD = _set(
    """class classes form registration upn uln sen send senco ehcp fsm gender sex ethnicity
    ethnic medical allergy allergies dietary religion attendance house sibling siblings
    premium disability nationality geschlecht konfession religionszugehorigkeit
    staatsangehorigkeit schulernummer schuelernummer forderbedarf foerderbedarf geschwister
    sexo grupo religion nee nacionalidad discapacidad expediente nia groupe sexe boursier
    ine admission photo foto fotoerlaubnis"""
)
BIRTH = _set(
    """dob birth birthday birthdate geburtsdatum geburtstag geboren nacimiento naissance"""
)
AGE = _set("""age alter edad altersgruppe agegroup ageband""")
SCHOOL_YEAR = _set(
    """year yeargroup grade grades klasse klassenstufe jahrgang jahrgangsstufe stufe schulstufe
    curso niveau classe"""
)
EMAIL = _set(
    """email emails mail mails emailaddress emailadresse mailadresse correo correos courriel
    mel"""
)
PHONE = _set(
    """phone phones telephone tel telefon telefono telefonos mobile mobil mobiltelefon
    mobilnummer mobilfunk mobilfunknummer handy handynummer telefonnummer rufnummer festnetz
    festnetznummer movil moviles fijo cell cellphone phonenumber mobilenumber portable sms
    landline natel celular"""
)
FIRST_NAME = _set(
    """firstname given givenname forename forenames vorname vornamen nombre prenom prenoms"""
)
LAST_NAME = _set(
    """lastname surname familyname nachname nachnamen familienname zuname apellido apellidos
    nom"""
)
FULL_NAME = _set("""name names fullname namen""")
GREETING = _set("""greeting salutation briefanrede saludo""")
LANGUAGE = _set(
    """language languages sprache familiensprache muttersprache korrespondenzsprache idioma
    lengua langue"""
)
RELATION = _set(
    """relationship relation erzieherart verwandtschaft verwandtschaftsverhaltnis
    verwandtschaftsverhaeltnis beziehung parentesco lien"""
)
PRIORITY = _set("""priority prioritat prioritaet prioridad priorite""")
ROLE = _set("""role roles rolle funktion rol funcion cargo""")
CONSENT = _set(
    """consent consents consented optin einwilligung einverstandnis einverstaendnis zustimmung
    einverstandniserklarung einwilligungserklarung consentimiento autorizacion consentement"""
)
DATE = _set("""date dated datum fecha am on vom del le""")
WORDING = _set(
    """wording text wortlaut reference ref version form formular texto formulario texte
    formulaire"""
)
# What may stand beside the word consent. "Photo consent" is another consent and is not read.
BESIDE_CONSENT = (
    _set(
        """of the for to der des die das zur zum de la el given erteilt dado dada messages
        nachrichten mensajes outreach online safety received"""
    )
    | DATE
    | WORDING
)
# Numbers and addresses of somebody else, or of no person.
NOT_THE_GUARDIAN = _set(
    """emergency notfall notfallnummer notfallkontakt urgencia urgencias emergencia urgence
    doctor gp arzt hausarzt medico medecin school schule centro colegio ecole teacher
    klassenlehrer klassenlehrerin lehrer lehrerin profesor profesora user username iban fax"""
)
OUR_OWN = frozenset({"outreach", "problem"})

# Whoever stands in a list under one of these words is not by that word a guardian.
NOT_GUARDIAN_RELATIONS = _set(
    """grandparent grandmother grandfather gran granny nan grandma grandad grandpa aunt uncle
    sister brother sibling cousin relative childminder nanny neighbour neighbor friend doctor gp
    social worker solicitor employer agency other emergency oma opa grossmutter grossvater
    grosseltern tante onkel schwester bruder nachbar nachbarin tagesmutter freund freundin
    betreuer betreuerin jugendamt sonstige sonstiger betrieb arbeitgeber abuela abuelo abuelos
    tia tio hermana hermano vecino vecina amigo amiga cuidadora otro otra"""
)
YES = _set("""yes y ja j si oui true wahr verdadero vrai x 1 ok granted given""")
NO = _set("""no n nein non false falsch falso faux 0 - none withdrawn refused""")
NOTHING = frozenset(
    {"-", "--", "---", "n/a", "na", "none", "null", "k.a.", "keine", "keins", "ninguno", "aucun"}
)
GUARDIAN_ROLES = GUARDIAN - WEAK_GUARDIAN | TUTOR
CONTACT_ROLES = _set(
    """contact kontakt contacto staff office secretary sekretariat ansprechpartner
    ansprechpartnerin secretaria head headteacher schulleitung direccion directora director"""
)
SAFEGUARDING_ROLES = _set(
    """safeguarding dsl kinderschutz kinderschutzbeauftragte kinderschutzbeauftragter
    kinderschutzfachkraft proteccion protection"""
)
