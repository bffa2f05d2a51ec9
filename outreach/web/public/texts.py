"""What the parents' pages say, in each language that messages are written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from outreach.content import choose_language


@dataclass(frozen=True)
class Texts:
    """`direction`: ltr or rtl, for the page's `dir`."""

    language: str
    direction: str
    # stop page
    stop_title: str
    stop_question: str
    stop_detail: str
    stop_button: str
    stopped_title: str
    stopped_detail: str
    # links that do not work
    wrong_link_title: str
    wrong_link_detail: str
    # advice
    advice_title: str
    advice_lead: str
    steps_title: str
    steps: tuple[tuple[str, str], ...]
    never_title: str
    never: tuple[str, ...]
    danger: str
    call: str
    talk_title: str
    report_title: str
    removal_title: str
    no_lines: str
    website: str
    languages_title: str


ENGLISH = Texts(
    language="en",
    direction="ltr",
    stop_title="Stop these emails",
    stop_question="Do you want to stop these emails?",
    stop_detail="One press and no more emails about this topic come to your address. You need "
    "not sign in or say why.",
    stop_button="Stop these emails",
    stopped_title="Done. You get no more of these emails.",
    stopped_detail="An email that left us just before may still arrive. If you change your "
    "mind, tell the school.",
    wrong_link_title="This link does not work",
    wrong_link_detail="Perhaps a part of it is missing. Open the link from your latest email "
    "again, or answer that email with the word STOP.",
    advice_title="Online blackmail: what to do, and who helps",
    advice_lead="Someone threatens to share intimate pictures of your child, real or fake, and "
    "wants money or more pictures. It is a crime, and it is never the child's fault. You can "
    "stop it together.",
    steps_title="What to do now",
    steps=(
        ("Stay calm and listen.", "Say: “You are not in trouble. We sort this out together.”"),
        ("Stop all contact.", "Do not pay and send nothing more. Paying rarely ends it."),
        (
            "Keep the evidence.",
            "Take screenshots of threats, names, profiles and payment details. Do not copy or "
            "forward the intimate picture itself.",
        ),
        ("Then block and report", "the account, in the app itself."),
        ("Report it to the police", "or to a reporting centre below."),
        (
            "Stay close.",
            "Do not leave your child alone with this tonight. A help line listens to parents too.",
        ),
    ),
    never_title="Better not",
    never=(
        "Do not blame: not “Why did you send that?”",
        "Do not take the phone away first; the evidence is on it.",
        "Do not bargain with the person, and do not threaten back.",
        "Do not delete chats or the account before the evidence is safe.",
    ),
    danger="In danger right now? Call",
    call="Call",
    talk_title="Somebody to talk to",
    report_title="Where to report",
    removal_title="Getting pictures taken down",
    no_lines="We have no checked entry for this country yet. Call the emergency number you know.",
    website="website",
    languages_title="Other languages",
)

GERMAN = Texts(
    language="de",
    direction="ltr",
    stop_title="Diese E-Mails beenden",
    stop_question="Möchten Sie diese E-Mails beenden?",
    stop_detail="Ein Klick, und zu diesem Thema kommen keine E-Mails mehr an Ihre Adresse. Sie "
    "müssen sich nicht anmelden und nichts begründen.",
    stop_button="Diese E-Mails beenden",
    stopped_title="Erledigt. Sie bekommen keine dieser E-Mails mehr.",
    stopped_detail="Eine E-Mail, die kurz vorher hinausging, kann noch ankommen. Wenn Sie es "
    "sich anders überlegen, sagen Sie es der Schule.",
    wrong_link_title="Dieser Link funktioniert nicht",
    wrong_link_detail="Vielleicht fehlt ein Stück. Öffnen Sie den Link noch einmal aus Ihrer "
    "letzten E-Mail, oder antworten Sie auf diese E-Mail mit dem Wort STOP.",
    advice_title="Erpressung im Netz: was Sie tun können und wer hilft",
    advice_lead="Jemand droht, intime Bilder Ihres Kindes zu verbreiten, echte oder gefälschte, "
    "und verlangt Geld oder weitere Bilder. Das ist eine Straftat, und das Kind trägt nie die "
    "Schuld. Gemeinsam können Sie das beenden.",
    steps_title="Was Sie jetzt tun können",
    steps=(
        (
            "Ruhig bleiben und zuhören.",
            "Sagen Sie: „Du bekommst keinen Ärger. Wir schaffen das zusammen.“",
        ),
        (
            "Jeden Kontakt abbrechen.",
            "Nicht zahlen und nichts mehr schicken. Zahlen beendet es selten.",
        ),
        (
            "Beweise sichern.",
            "Machen Sie Bildschirmfotos von Drohungen, Namen, Profilen und Kontodaten. Das "
            "intime Bild selbst nicht kopieren und nicht weiterleiten.",
        ),
        ("Danach blockieren und melden:", "das Konto, in der App selbst."),
        ("Anzeige erstatten:", "bei der Polizei oder einer der Meldestellen unten."),
        (
            "In der Nähe bleiben.",
            "Lassen Sie Ihr Kind heute Abend damit nicht allein. Beratungstelefone sind auch "
            "für Eltern da.",
        ),
    ),
    never_title="Besser nicht",
    never=(
        "Keine Vorwürfe, kein „Warum hast du das geschickt?“",
        "Nicht zuerst das Telefon wegnehmen; darauf sind die Beweise.",
        "Nicht mit der Person verhandeln und nicht zurückdrohen.",
        "Chats oder Konto nicht löschen, bevor die Beweise gesichert sind.",
    ),
    danger="Gerade in Gefahr? Rufen Sie an:",
    call="Anrufen:",
    talk_title="Jemand zum Reden",
    report_title="Wo Sie es melden können",
    removal_title="Bilder entfernen lassen",
    no_lines="Für dieses Land haben wir noch keinen geprüften Eintrag. Rufen Sie die Notrufnummer "
    "an, die Sie kennen.",
    website="Website",
    languages_title="Andere Sprachen",
)

SPANISH = Texts(
    language="es",
    direction="ltr",
    stop_title="Dejar de recibir estos correos",
    stop_question="¿Quiere dejar de recibir estos correos?",
    stop_detail="Con un solo clic no llegarán más correos sobre este tema a su dirección. No "
    "hace falta iniciar sesión ni dar motivos.",
    stop_button="Dejar de recibir estos correos",
    stopped_title="Hecho. Ya no recibirá estos correos.",
    stopped_detail="Un correo enviado justo antes todavía puede llegar. Si cambia de opinión, "
    "dígaselo al colegio.",
    wrong_link_title="Este enlace no funciona",
    wrong_link_detail="Quizá falte una parte. Abra de nuevo el enlace de su último correo o "
    "responda a ese correo con la palabra STOP.",
    advice_title="Chantaje en internet: qué hacer y quién ayuda",
    advice_lead="Alguien amenaza con difundir imágenes íntimas de su hijo o hija, reales o "
    "falsas, y pide dinero o más imágenes. Es un delito y nunca es culpa del menor. Juntos "
    "pueden pararlo.",
    steps_title="Qué hacer ahora",
    steps=(
        ("Mantenga la calma y escuche.", "Diga: «No estás en un lío. Lo resolvemos juntos»."),
        ("Corten todo contacto.", "No paguen ni envíen nada más. Pagar casi nunca lo detiene."),
        (
            "Guarden las pruebas.",
            "Hagan capturas de las amenazas, nombres, perfiles y datos de pago. No copien ni "
            "reenvíen la imagen íntima.",
        ),
        ("Después bloqueen y denuncien", "la cuenta en la propia aplicación."),
        ("Denúncienlo a la policía", "o a uno de los servicios de abajo."),
        (
            "Quédese cerca.",
            "No deje a su hijo o hija a solas con esto esta noche. Las líneas de ayuda también "
            "atienden a las familias.",
        ),
    ),
    never_title="Mejor no",
    never=(
        "No culpe: nada de «¿por qué lo enviaste?».",
        "No empiece por quitarle el teléfono: ahí están las pruebas.",
        "No negocie con esa persona ni la amenace.",
        "No borre chats ni la cuenta antes de guardar las pruebas.",
    ),
    danger="¿En peligro ahora mismo? Llame al",
    call="Llamar al",
    talk_title="Alguien con quien hablar",
    report_title="Dónde denunciar",
    removal_title="Retirar imágenes",
    no_lines="Todavía no tenemos ningún dato comprobado para este país. Llame al número de "
    "emergencias que conozca.",
    website="sitio web",
    languages_title="Otros idiomas",
)

TEXTS: Mapping[str, Texts] = MappingProxyType({t.language: t for t in (ENGLISH, GERMAN, SPANISH)})
NAMES: Mapping[str, str] = MappingProxyType({"en": "English", "de": "Deutsch", "es": "Español"})


def texts_in(*wanted: str | None) -> Texts:
    """The texts in the first language wanted that there is; English otherwise."""
    return TEXTS[choose_language(wanted, TEXTS.keys(), "en")]
