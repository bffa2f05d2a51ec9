"""Who signed a reply, and with what device: the end of a text that says nothing.

"Kind regards, P. Whitcombe, Treasurer" is left as "Kind regards,": names are words that nobody
knows, and beside a stop what nobody knows is looked at.
"""

from __future__ import annotations

import re

from outreach.replies.reading.abroad import tree
from outreach.replies.reading.opinion import concepts
from outreach.replies.reading.packs import Field
from outreach.replies.reading.vocabulary import vocabulary
from outreach.replies.reading.words import split

_MOST_WORDS = 14
_VALEDICTION = re.compile(
    r"(?:^|[\n.,;!?…–-]\s*)"
    r"(?:(?:many|with|kind|kindest|best|warm|warmest|lots\sof|all\sthe|yours|very|my|and|in|for|"
    r"your|the|much|a|so|i\sremain)\s+){0,4}"
    r"(?:thanks|thank\syou|thx|ta|cheers|regards|wishes|best|sincerely|faithfully|truly|love|"
    r"respectfully|god\sbless|thanking\syou|anticipation|advance|appreciated|understanding|"
    r"(?:mit\s)?(?:freundlichen|vielen|liebe|viele|schöne|beste)\s+(?:grüßen|gruessen|grüße|dank)|"
    r"danke|mfg|lg|cordialement|bien\sà\svous|merci|saludos|un\ssaludo|atentamente|gracias|"
    r"(?:cordiali|distinti)\ssaluti|saluti|grazie|obrigad[oa]|cumprimentos|pozdrawiam|"
    r"z\spoważaniem|dziękuję|groet|groeten|groetjes|bedankt|hälsningar|mvh|tack|hilsen|takk|tak|"
    r"terveisin|kiitos|s\spozdravem|děkuji|pozdrav|hvala|s\spoštovanjem|üdvözlettel|köszönöm|"
    r"mulțumesc|cu\sstimă|с\sуважением|спасибо|з\sповагою|дякую|με\sεκτίμηση|ευχαριστώ|"
    r"saygılarımla|teşekkürler)\b"
    r"\s*[,.!:;–-]*\s*",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"\s*(?:^|\n|[.!?]\s|\s-\s)\s*(?:sent from my|get outlook for|sent via|sent using)\b"
    r"[^\n]{0,40}\s*$",
    re.IGNORECASE,
)
# A name, an initial, a figure, an address, a kiss.
_NAME = re.compile(r"^(?:\W*[^\W\d_a-z][\w'’.()-]*|[\d+(][\d() -]*|\S+@\S+|x+|\W+)[,.]?$")
_SMALL = frozenset(
    {"of", "the", "and", "&", "at", "in", "de", "van", "von", "der", "den", "du", "di", "da", "la"}
)
# Who somebody is to the school.
_NAMED_ROLES = """
    mum mom mam dad mummy daddy nan nana granny gran grandma grandad mother father parent aunt
    uncle carer childminder governor secretary treasurer chair manager director assistant officer
    administrator teacher head nurse doctor
"""
_ROLES = frozenset(_NAMED_ROLES.split())


def without_signature(text: str) -> str:
    """`text` without the name, role and address after its last courtesy, and without the
    device that it was sent with. The courtesy itself stays."""
    plain = _DEVICE.sub("", text) or text
    found = [each for each in _VALEDICTION.finditer(plain) if each.start()]
    if not found or not _is_a_name(plain[found[-1].end() :]):
        return plain
    if _is_a_command(plain[found[-1].start() :]):
        return plain
    return plain[: found[-1].end()].rstrip()


def _is_a_command(end: str) -> bool:
    """ "HEJ. TA BORT" is no Bort who says ta."""
    words = split(end)
    stops = [hit for hit in vocabulary().hits(words) if hit.field is Field.STOP]
    return any(hit.start == 0 and hit.end > 1 for hit in stops)


def _is_a_name(signed: str) -> bool:
    words = signed.split()
    return 0 < len(words) <= _MOST_WORDS and all(map(_is_of_a_name, words))


def _is_of_a_name(word: str) -> bool:
    plain = word.strip(",.()").casefold()
    if plain in _SMALL or plain in _ROLES:
        return True
    return bool(_NAME.match(word)) and (len(plain.strip("x")) <= 1 or not _tells(word))


def _tells(word: str) -> bool:
    """Whether a word may be one of harm in any language, whatever its case."""
    spellings = split(word)
    plain = [each[0] for each in spellings.spellings]
    return any(concepts().of(plain)) or any(tree().met(spellings))
