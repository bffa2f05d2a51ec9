"""The words that headings and cells of school exports are made of.

English, German, Spanish, French, Italian, Portuguese, Dutch and Polish, without
accents and in lower case ("ü" as "u" and as "ue"). Owns words only; what they mean together is
decided in `headings`.
"""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


GUARDIAN = _set(
    """guardian guardians parent parents carer carers contact mother father mum dad eltern
    elternteil elternteile erziehungsberechtigter erziehungsberechtigte
    erziehungsberechtigten sorgeberechtigter sorgeberechtigte sorgeberechtigten kontakt
    mutter vater padre madre padres progenitor progenitora progenitores contacto responsable
    responsables mere pere famille familia person
    genitore genitori tutore tutrice tutori affidatario mamma papa contatto responsabile
    responsabili encarregado encarregada encarregados educacao mae pai pais responsavel responsaveis
    contato pessoa ouder ouders verzorger verzorgers verzorgster voogd voogden moeder vader
    contactpersoon persoon rodzic rodzica rodzice rodzicow opiekun opiekuna opiekunka opiekunowie
    opiekunow prawny prawnego prawni matka matki ojciec ojca mama tata kontaktowa osoba persona"""
)
# Also used for a pupil's own details, and for the contact persons of a school.
WEAK_GUARDIAN = _set("""contact kontakt contacto responsable responsables person
    contatto responsabile responsabili contato responsavel responsaveis pessoa
    contactpersoon persoon kontaktowa osoba persona""")
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
    "mamma": "mother",
    "mama": "mother",
    "papa": "father",
    "mae": "mother",
    "pai": "father",
    "moeder": "mother",
    "vader": "father",
    "matka": "mother",
    "matki": "mother",
    "ojciec": "father",
    "ojca": "father",
    "tata": "father",
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
    "primo": "1",
    "prima": "1",
    "secondo": "2",
    "seconda": "2",
    "primeiro": "1",
    "eerste": "1",
    "tweede": "2",
    "pierwszy": "1",
    "pierwszego": "1",
    "drugi": "2",
    "drugiego": "2",
}
# Small words inside a heading that name nobody: "mae do aluno", "genitore dell'alunno".
BETWEEN = _set("""de do da dos di del della dell van het""")
CHILD = _set(
    """child childs children kind kindes kinder schuler schueler schulers schuelers schulerin
    schuelerin pupil pupils student students alumno alumna alumnos estudiante hijo hija nino
    nina enfant eleve
    alunno alunna alunni allievo allieva allievi studente studentessa studenti figlio figlia
    figli bambino bambina minore aluno aluna alunos estudantes filho filha filhos crianca
    educando educanda discente leerling leerlingen scholier zoon dochter uczen ucznia uczniowie
    uczniow uczennica
    uczennicy dziecko dziecka dzieci syn syna corka corki"""
)
# Facts about a pupil that an export brings and nobody here may keep.
ABOUT_A_CHILD = _set(
    """class classes form registration upn uln sen send senco ehcp fsm gender sex ethnicity
    ethnic medical allergy allergies dietary religion attendance house sibling siblings
    premium disability nationality geschlecht konfession religionszugehorigkeit
    staatsangehorigkeit schulernummer schuelernummer forderbedarf foerderbedarf geschwister
    sexo grupo religion nee nacionalidad discapacidad expediente nia groupe sexe boursier
    ine admission photo foto fotoerlaubnis
    sezione sesso genere nazionalita cittadinanza religione disabilita dsa bes
    fratelli matricola turma genero nacionalidade religiao deficiencia irmaos processo geslacht
    nationaliteit godsdienst leerlingnummer bsn klas leerjaar plec obywatelstwo narodowosc religia
    niepelnosprawnosc pesel rodzenstwo legitymacja oddzial"""
)
BIRTH = _set(
    """dob birth birthday birthdate geburtsdatum geburtstag geboren nacimiento naissance nascita
    nascimento geboortedatum urodzenia"""
)
# A place of birth is no date, and nothing that we keep.
PLACE = _set("""place ort lugar local lieu luogo comune provincia plaats geboorteplaats miejsce""")
AGE = _set(
    """age alter edad altersgruppe agegroup ageband eta idade leeftijd leeftijdsgroep wiek"""
)
SCHOOL_YEAR = _set(
    """year yeargroup grade grades klasse klassenstufe jahrgang jahrgangsstufe stufe schulstufe
    curso niveau classe
    escolaridade groep klasa klasy"""
)
EMAIL = _set(
    """email emails mail mails emailaddress emailadresse mailadresse correo correos courriel
    mel
    emailadres mailadres mailowy elettronica eletronico elektroniczna elektronicznej"""
)
PHONE = _set(
    """phone phones telephone tel telefon telefono telefonos mobile mobil mobiltelefon
    mobilnummer mobilfunk mobilfunknummer handy handynummer telefonnummer rufnummer festnetz
    festnetznummer movil moviles fijo cell cellphone phonenumber mobilenumber portable sms
    landline natel celular
    cellulare cellulari telefonico telefone telefones telemovel telemoveis mobiel
    mobiele telefoon telefoonnummer gsm telefonu telefoniczny komorka komorki komorkowy
    komorkowego"""
)
FIRST_NAME = _set(
    """firstname given givenname forename forenames vorname vornamen nombre prenom prenoms
    nome nomi voornaam voornamen roepnaam imie imienia imiona"""
)
LAST_NAME = _set(
    """lastname surname familyname nachname nachnamen familienname zuname apellido apellidos
    nom
    cognome cognomi sobrenome apelido apelidos achternaam familienaam nazwisko
    nazwiska"""
)
FULL_NAME = _set("""name names fullname namen naam nominativo""")
GREETING = _set("""greeting salutation briefanrede saludo saluto saudacao aanhef""")
LANGUAGE = _set(
    """language languages sprache familiensprache muttersprache korrespondenzsprache idioma
    lengua langue
    lingua taal thuistaal moedertaal voertaal jezyk jezyka"""
)
RELATION = _set(
    """relationship relation erzieherart verwandtschaft verwandtschaftsverhaltnis
    verwandtschaftsverhaeltnis beziehung parentesco lien
    parentela relatie verwantschap pokrewienstwo pokrewienstwa"""
)
PRIORITY = _set("""priority prioritat prioritaet prioridad priorite priorita prioridade
    prioriteit priorytet""")
ROLE = _set("""role roles rolle funktion rol funcion cargo ruolo funcao functie rola""")
CONSENT = _set(
    """consent consents consented optin einwilligung einverstandnis einverstaendnis zustimmung
    einverstandniserklarung einwilligungserklarung consentimiento autorizacion consentement
    consenso consensi consentimento autorizacao toestemming akkoord zgoda zgody"""
)
DATE = _set("""date dated datum fecha am on vom del le data dnia""")
WORDING = _set(
    """wording text wortlaut reference ref version form formular texto formulario texte
    formulaire
    testo versione versao formulier tekst tresc formularz"""
)
# What may stand beside the word consent. "Photo consent" is another consent and is not read.
BESIDE_CONSENT = (
    _set(
        """of the for to der des die das zur zum de la el given erteilt dado dada messages
        nachrichten mensajes outreach online safety received al alla il per di dos do da para ao
        van voor het na dla messaggi mensagens berichten wiadomosci"""
    )
    | DATE
    | WORDING
)
# Numbers and addresses of somebody else, or of no person.
NOT_THE_GUARDIAN = _set(
    """emergency notfall notfallnummer notfallkontakt urgencia urgencias emergencia urgence
    doctor gp arzt hausarzt medico medecin school schule centro colegio ecole teacher
    klassenlehrer klassenlehrerin lehrer lehrerin profesor profesora user username iban fax
    emergenza emergenze pediatra scuola docente docenti insegnante escola
    professora medica nood noodnummer noodgeval noodcontact huisarts leraar leerkracht mentor
    naglych wypadku lekarz szkola szkoly nauczyciel wychowawca wychowawcy"""
)
OUR_OWN = frozenset({"outreach", "problem"})

# Whoever stands in a list under one of these words is not by that word a guardian.
NOT_GUARDIAN_RELATIONS = _set(
    """grandparent grandmother grandfather gran granny nan grandma grandad grandpa aunt uncle
    sister brother sibling cousin relative childminder nanny neighbour neighbor friend doctor gp
    social worker solicitor employer agency other emergency oma opa grossmutter grossvater
    grosseltern tante onkel schwester bruder nachbar nachbarin tagesmutter freund freundin
    betreuer betreuerin jugendamt sonstige sonstiger betrieb arbeitgeber abuela abuelo abuelos
    tia tio hermana hermano vecino vecina amigo amiga cuidadora otro otra
    nonno nonna nonni zio zia fratello sorella vicino vicina amico amica
    altro altra avo avos irmao irma vizinho vizinha outro outra oom broer zus buurman buurvrouw
    vriend vriendin oppas anders overig babcia dziadek dziadkowie wujek ciocia brat siostra sasiad
    sasiadka niania inny inna"""
)
YES = _set("""yes y ja j si sim tak oui true wahr verdadero vrai x 1 ok granted given""")
NO = _set("""no n nein nee nao nie non false falsch falso faux 0 - none withdrawn refused""")
NOTHING = frozenset(
    {"-", "--", "---", "n/a", "na", "none", "null", "k.a.", "keine", "keins", "ninguno", "aucun"}
    | {"nessuno", "nessuna", "nenhum", "geen", "brak"}
)
GUARDIAN_ROLES = GUARDIAN - WEAK_GUARDIAN | TUTOR
CONTACT_ROLES = _set(
    """contact kontakt contacto staff office secretary sekretariat ansprechpartner
    ansprechpartnerin secretaria head headteacher schulleitung direccion directora director
    contatto referente segreteria dirigente preside contato diretor diretora
    contactpersoon secretariaat directeur directrice dyrektor"""
)
SAFEGUARDING_ROLES = _set(
    """safeguarding dsl kinderschutz kinderschutzbeauftragte kinderschutzbeauftragter
    kinderschutzfachkraft proteccion protection protezione protecao vertrouwenspersoon ochrony"""
)
