"""A mail: what is new in it, and whether a person wrote it."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Where mail programs begin to quote: "On … wrote:" in many languages (the verb stands near
# the end of the line), header blocks (From: … Sent: …), separators.
_WROTE = (
    "wrote|writes|schrieb|schreef|schreiwt|escribió|escribio|escreveu|écrit|ecrit|scritto|"
    "scrisse|skrev|skrifaði|kirjoitti|kirjutas|napisał|napisał\\(a\\)|napsal|napísal|napisao|"
    "napisala|je napisao|napisal|rakstīja|rašė|írta|a scris|έγραψε|написа|напис[аи]л|пише|"
    "написав|пишет|yazdı|yazmış|kteb|kitbet|escrit|va escriure|idatzi|escribiu|ysgrifennodd|"
    "scríobh|shkroi|كتب|نوشت|כתב|ने लिखा|লিখেছেন|เขียน|写道|寫道|书いた|のメール|작성|đã viết|"
    "sumulat|isinulat|aliandika|დაწერა|գրել"
)
_QUOTE = re.compile(
    r"^\s*(?:>|[-_=]{2,}\s*(?:original|ursprüngliche|mensaje|message|messaggio|oprindelig|"
    r"opprinnelig|oorspronkelijk|wiadomość|původní|pôvodná|исходное|пересылаемое|forwarded|"
    r"begin forwarded|weitergeleitete|alkuperäinen|ursprungligt|izvorna|eredeti|mesaj|orijinal)"
    r"|_{10,}|[-—=]{12,}"
    r"|.{0,12}\b(?:wrote|schrieb|escribió|écrit|scritto|skrev)\s*:\s*$"
    r"|\s*\*?(?:from|von|de|da|van|od|från|fra|lähettäjä|saatja|feladó|από|от|від|gönderen|"
    r"من|מאת|发件人|寄件者|差出人|보낸 사람|expéditeur|remitente|nadawca|kimden|no|nuo|"
    r"pošiljatelj|šalje|дата|dërguar nga|từ)\*?\s*[:：]\s*\S)",
    re.IGNORECASE,
)
# "On … <hello@example.org> wrote:": the verb stands in the last words, a colon ends the line.
_SAYS_WROTE = re.compile(_WROTE, re.IGNORECASE)
_ENDS_WITH_COLON = re.compile(r"[:：]\s*$")
_HAS_DATE_OR_ADDRESS = re.compile(r"\d|@")
# Lines of a header block that mark the "From:" above them as one.
_FROM_ALONE = re.compile(r"^\s*\*?(?:no|de|da|od|van|fra)\*?\s*:", re.IGNORECASE)
_HEADER_LINE = re.compile(r"^\s*\*?[^\s:：*]{2,20}(?: [^\s:：]{1,12})?\*?\s*[:：]\s*\S")
_OPENS_QUOTE = re.compile(
    r"^\s*(?:on|am|le|el|il|em|op|den|dne|dnia|в|på)\b.{4,160}$", re.IGNORECASE
)
_SIGNATURE = re.compile(
    r"^\s*(?:--\s*$|—\s*$|(?:sent|get|envoyé|gesendet|von meinem|enviado|inviato|verzonden|"
    r"skickat|sendt|lähetetty|wysłane|odesláno|odoslané|poslano|küldve|trimis|отправлено|"
    r"надіслано|изпратено|στάλθηκε|gönderildi|iphone'umdan|تم الإرسال|נשלח|发自|從我的|"
    r"iphoneから|나의 iphone|saadetud|nosūtīts|išsiųsta|diese nachricht wurde)\b.{0,80}$)",
    re.IGNORECASE,
)
_ANSWER_PREFIX = re.compile(
    r"^(?:(?:re|aw|wg|fw|fwd|rv|sv|vs|antw|odp|ynt|res|tr|rif|r|i|vá|отв|απ|ответ|回复|回覆|"
    r"答复|转发|返信|회신|رد|השב|vl|doorst|ref|atb|na)\s*(?:\[\d+\])?\s*[:：]\s*)+",
    re.IGNORECASE,
)
_MACHINE_PRECEDENCE = frozenset({"auto_reply", "bulk", "junk", "list"})
_MACHINE_FROM = re.compile(r"(?:mailer-daemon|postmaster|no-?reply)@|<>", re.IGNORECASE)
_MACHINE_SUBJECT = re.compile(
    r"^(?:undeliver|undelivered|delivery status|mail delivery|returned mail|failure notice|"
    r"unzustellbar|nicht zustellbar|non remis|no se puede entregar|mancato recapito)",
    re.IGNORECASE,
)
# A mail program that answers by itself puts one of these before the subject that it answers.
_AUTOMATIC_SUBJECT = re.compile(
    r"^(?:auto(?:matic|mated)?[ -]?(?:reply|response)|out of (?:the )?office|"
    r"autosvar|automatisk(?:t)? svar|automatisch(?:e)? (?:antwoord|reactie|beantwoording)|"
    r"automatische antwort|abwesenheits(?:notiz|nachricht|meldung)|abwesend|"
    r"r[ée]ponse automatique|respuesta autom[áa]tica|resposta autom[àáa]tica|"
    r"risposta automatica|odpowied[źz] automatyczna|automatyczna odpowied[źz]|"
    r"automatick[áa] odpov[ěe][ďd]|automatski odgovor|samodejni odgovor|"
    r"automatikus v[áa]lasz|r[ăa]spuns automat|automaattinen vastaus|automaatvastus|"
    r"automātiskā atbilde|automatinis atsakymas|αυτόματη απάντηση|автоматич[а-яіїє]+ "
    r"(?:ответ|відповідь|отговор|одговор)|автоответ|otomatik (?:yanıt|cevap)|"
    r"תשובה אוטומטית|رد تلقائي|自动(?:答复|回复)|自動(?:回覆|応答|返信)|자동 ?회신)"
    r"\s*[:：]",
    re.IGNORECASE,
)
# What an office's mail program writes under every mail, whatever stands above it.
_FOOTER = re.compile(
    r"(?:\bnot (?:the|an|its) (?:intended|named) (?:recipient|addressee)|"
    r"\bif you (?:have )?received? this (?:e-?mail|message|communication|transmission)[^.\n]{0,30}"
    r"\b(?:in error|by mistake)|"
    r"\bintended (?:solely|only|exclusively) for the (?:use of the )?"
    r"(?:addressee|named|individual|intended|person)|"
    r"\bsollten sie nicht der (?:richtige|vorgesehene|beabsichtigte|bestimmungsgemäße)|"
    r"\bnicht der (?:richtige|vorgesehene|beabsichtigte) (?:adressat|empfänger)|"
    r"\bdiese e-?mail irrtümlich (?:erhalten|zugesandt)|"
    r"\bpas le destinataire|\breçu ce (?:message|courriel|mail)[^.\n]{0,10} par erreur|"
    r"\bno es (?:usted )?el destinatario|\brecibido este (?:mensaje|correo)[^.\n]{0,20} por error|"
    r"\bnon (?:è|siete|è lei|sia) il destinatario|"
    r"\bricevuto (?:questa|la presente) (?:e-?mail|comunicazione|messaggio)[^.\n]{0,9} per errore|"
    r"\bnão (?:for|é) o destinatário|\brecebeu esta mensagem[^.\n]{0,10} por (?:engano|erro)|"
    r"\bniet de (?:beoogde|bedoelde) (?:ontvanger|geadresseerde)|"
    r"\bdit (?:bericht|e-?mailbericht)[^.\n]{0,20} ten onrechte|"
    r"\binte (?:är )?(?:den )?avsedd[ae]? mottagare|\bikke (?:er )?(?:den )?(?:rette|tilsigtede|"
    r"tiltenkte) (?:modtager|mottaker)|"
    r"\bnie (?:są|jest) (?:państwo|pan|pani)?\s*(?:jego )?(?:zamierzonym )?(?:adresatem|odbiorcą)|"
    r"\bnejste (?:zamýšleným|oprávněným) (?:příjemcem|adresátem)|"
    r"\bnem ön a címzett|\bне являетесь (?:его )?(?:предполагаемым )?(?:адресатом|получателем)|"
    r"\bне є (?:його )?(?:адресатом|одержувачем)"
    r")",
    re.IGNORECASE,
)
_APPLE = re.compile(r"^apple mail sent this e-?mail to unsubscribe\b", re.IGNORECASE)
# What other mail programs write into an unsubscribe mail of their own, a token at the most.
_BY_PROGRAM = re.compile(
    r"^(?:(?:this (?:e-?mail|message|request)|it) [^.!?\n]{0,40}\bautomat[^.!?\n]{0,80}[.!]?$|"
    r"automat(?:ed|ic) unsubscribe[^.!?\n]{0,40}[.!]?$|"
    r"[\w.+-]+@[\w.-]+$|[\w=+/.-]*\d[\w=+/.-]*$)",
    re.IGNORECASE,
)
_FIRST_LINES = 400


def new_text(text: str) -> str:
    """What was written above the quoted message and the signature."""
    found: list[str] = []
    lines = text.splitlines()[:_FIRST_LINES]
    for at, line in enumerate(lines):
        if _SIGNATURE.match(line) or _begins_quote(lines, at):
            break
        found.append(line)
    return _without_footer("\n".join(found)).strip()


def _without_footer(text: str) -> str:
    """`text` without what an office's program writes under it, up to the end of its paragraph:
    "If you are not the intended recipient please delete it" asks us for nothing."""
    footer = _FOOTER.search(text)
    if footer is None:
        return text
    start = max(text.rfind(char, 0, footer.start()) for char in ".!?\n") + 1
    end = text.find("\n\n", footer.end())
    return text[:start] + (text[end:] if end >= 0 else "")


def _begins_quote(lines: list[str], at: int) -> bool:
    line = lines[at][:400]
    following = lines[at + 1][:400] if at + 1 < len(lines) else ""
    if _FROM_ALONE.match(line):
        # "No: …" is also how a sentence begins; a header block has a second line.
        return bool(_HEADER_LINE.match(following))
    if _QUOTE.match(line) or _attributes(line):
        return True
    # "On Monday … <hello@example.org>" broken over two lines before "wrote:".
    return bool(_OPENS_QUOTE.match(line)) and _attributes(f"{line} {following}"[:400])


def _attributes(line: str) -> bool:
    """ "On … somebody wrote:" in any of the languages."""
    return (
        bool(_ENDS_WITH_COLON.search(line))
        and bool(_HAS_DATE_OR_ADDRESS.search(line))
        and bool(_SAYS_WROTE.search(line))
    )


def subject_words(subject: str) -> str:
    """A subject without its answer prefixes."""
    return _ANSWER_PREFIX.sub("", subject.strip()[:500]).strip()


def is_answer(subject: str) -> bool:
    """Whether a mail program marked the subject as the one that is answered."""
    return subject_words(subject) != subject.strip()[:500].strip()


def is_unsubscribing_program(subject: str, text: str, headers: Mapping[str, str]) -> bool:
    """A mail program's own unsubscribe mail (Apple Mail says Auto-Submitted in it): what it says
    is nothing, or a sentence of a program. Where somebody wrote more, a person did."""
    known = _folded(headers)
    is_to_mailbox = "unsubscribe" in known.get("to", "") + known.get("delivered-to", "")
    is_asked = is_to_mailbox or subject.strip().casefold() == "unsubscribe"
    said = text.strip()
    is_by_program = not said or _BY_PROGRAM.match(said) is not None
    return (is_asked and is_by_program) or _APPLE.match(said) is not None


def machine(subject: str, headers: Mapping[str, str]) -> str:
    """Why a machine wrote this (RFC 3834, RFC 3464); "" when nothing says so."""
    known = _folded(headers)
    checks = {
        "Auto-Submitted": known.get("auto-submitted", "no").split(";")[0].strip() != "no",
        "empty Return-Path": known.get("return-path") == "<>",
        "Precedence": known.get("precedence", "") in _MACHINE_PRECEDENCE,
        "delivery report": known.get("content-type", "").startswith("multipart/report"),
        "X-Autoreply": known.get("x-autoreply", "no") not in {"no", ""},
        "X-Autorespond": "x-autorespond" in known,
        "X-Auto-Response-Suppress": known.get("x-auto-response-suppress", "none")
        not in {"none", ""},
        "From": bool(_MACHINE_FROM.search(known.get("from", ""))),
        "subject of a report": bool(_MACHINE_SUBJECT.match(subject.strip())),
        "subject of an automatic answer": bool(_AUTOMATIC_SUBJECT.match(subject.strip())),
    }
    return next((name for name, says_so in checks.items() if says_so), "")


def _folded(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.casefold(): str(value).strip().casefold() for name, value in headers.items()}
