"""What the tests have to know of each language of the pack."""

# ruff: noqa: RUF001  # the words of other alphabets

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """`countries`: where families read it, so whose help lines a text has to hold.

    `begins`: what every text says first after the school's name, tip or not. `save`, `block`
    and `keep_money` (do not pay) are patterns, in lower case; `not_europol`: who the mail is
    not from.
    """

    countries: tuple[str, ...]
    begins: str
    save: str
    block: str
    keep_money: str
    not_europol: str


_ANYWHERE = ("DE", "ES", "GB", "US")
KNOWN = {
    "en": Known(
        _ANYWHERE,
        "online safety",
        "save",
        "block the|, block|then block",
        "do not pay",
        "not from Europol",
    ),
    "de": Known(
        _ANYWHERE,
        "sicher im internet",
        "sicher",
        "blockier",
        "(nicht zahlen|zahlen sie nicht)",
        "nicht von Europol",
    ),
    "es": Known(
        _ANYWHERE,
        "seguridad en internet",
        "guarde",
        "bloque",
        "no pague",
        "no de Europol",
    ),
    "sv": Known(
        ("SE", "FI", "GB"),
        "trygg på nätet",
        "spara",
        "blockera",
        "betala inte",
        "inte från Europol",
    ),
    "uk": Known(
        ("UA", "DE", "GB"),
        "безпека онлайн",
        "збере",
        "заблокуйте",
        "не платіть",
        "не від Europol",
    ),
    "tr": Known(
        ("DE", "GB", "SE"),
        "güvenli internet",
        "kaydedin|saklayın",
        "engelleyin",
        "para ödemeyin",
        "Europol'den değil",
    ),
    "ar": Known(
        ("DE", "GB", "SE"),
        "أمان الإنترنت",
        "احفظوا",
        "احظروا",
        "لا تدفعوا",
        "ليست من Europol",
    ),
    "ro": Known(
        ("RO",),
        "siguranță online",
        "salvați",
        "bloca",
        "nu plătiți",
        "nu de la Europol",
    ),
    "bg": Known(
        ("BG",),
        "безопасно онлайн",
        "запазете",
        "блокирай",
        "не плащайте",
        "а не от Europol",
    ),
    "el": Known(
        ("CY", "GR"),
        "ασφάλεια",
        "κρατήστε",
        "αποκλείστε",
        "μην πληρώσετε",
        "όχι από την Europol",
    ),
    "hu": Known(
        ("HU",),
        "online biztonság",
        "mentsék",
        "tilts",
        "ne fizess",
        "nem az Europol",
    ),
    "cs": Known(
        ("CZ",),
        "bezpečně online",
        "uložte",
        "zablokujte",
        "neplaťte",
        "nikoli od Europolu",
    ),
    "fr": Known(
        ("FR", "BE", "CH", "LU", "GB"),
        "sécurité en ligne",
        "enregistrez",
        "bloquez",
        "ne payez pas",
        "pas d’Europol",
    ),
    "it": Known(
        ("IT", "CH", "GB"),
        "sicurezza online",
        "salvate",
        "bloccate",
        "non pagate",
        "non da Europol",
    ),
    "pt": Known(
        ("PT", "LU", "GB"),
        "internet segura",
        "guarde primeiro",
        "bloqueie",
        "(não|nunca) pague",
        "não da Europol",
    ),
    "nl": Known(
        ("NL", "BE", "GB"),
        "veilig online",
        "bewaar",
        "blokkeer",
        "betaal niet",
        "niet van Europol",
    ),
    "pl": Known(
        ("PL", "GB", "DE"),
        "bezpieczny internet",
        "zapisać",
        "zablokować",
        "nie płacić|ani grosza",
        "nie od Europolu",
    ),
}
