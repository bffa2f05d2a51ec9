"""What mail programs write, and stops with ordinary reasons, in dialect and in broken words."""

from __future__ import annotations

import pytest

from outreach.replies.reading import Action, Record, classify

_LOOKED_AT = {Action.HOLD, Action.ESCALATE}


@pytest.mark.parametrize(
    "footer",
    [
        "If you are not the intended recipient please delete it and notify the sender.",
        "If you have received this email in error please remove it from your system.",
        "Sollten Sie nicht der richtige Adressat sein, löschen Sie diese Nachricht bitte.",
        "Si vous n'êtes pas le destinataire, merci de supprimer ce message.",
        "Als u niet de beoogde ontvanger bent, verwijder dit bericht dan.",
    ],
)
def test_a_footer_of_an_office_asks_for_nothing(footer: str) -> None:
    mail = f"Looks good.\n\nCarol Simms\n\nThis email is confidential. {footer}"
    assert classify(Record(mail, "email")).action is Action.NONE


def test_what_stands_above_a_footer_is_read() -> None:
    footer = "If you are not the intended recipient please delete it."
    harm = f"A man has naked pictures of my daughter and wants money.\n\n{footer}"
    assert classify(Record(harm, "email")).is_crisis
    stop = f"Please take me off this list.\n\n{footer}"
    assert classify(Record(stop, "email")).actions == (Action.SUPPRESS,)


@pytest.mark.parametrize(
    "subject",
    [
        "Autosvar: Utpressning på nätet",
        "Automatisch antwoord: Afpersing online",
        "Automatische Antwort: Erpressung im Netz",
        "Réponse automatique : Chantage en ligne",
    ],
)
def test_our_own_subject_behind_a_machine_s_word_is_no_disclosure(subject: str) -> None:
    assert classify(Record("Hej! Anders", "email", subject=subject)).is_automatic


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Prašau daugiau nesiųsti man šių žinučių", "lt"),
        ("prašau daugiau nerašyti", "lt"),
        ("stop thank u", "en"),
        ("remove form list", "en"),
        ("no send me more pls thx", "en"),
        ("am no wantin these texts, take us aff yer list", "en"),
        ("Dobrý den, žádám o vyřazení ze seznamu. Tyto e-maily nechci dostávat.", "cs"),
        ("jag vill avregistrera mig från de här utskicken. Mina barn är vuxna nu.", "sv"),
        ("Proszę o usunięcie mojego adresu z listy. Syn skończył szkołę w czerwcu.", "pl"),
        ("löschet mi bitte us dere liste, i wott keni sms meh", "de"),
        ("lassts mi in ruah mit eure sms", "de"),
        ("عافاكم ما تبقاوش تصيفطو ليا هاد الميساجات", "ar"),
        ("唔好再send俾我", "zh"),
        ("agar gamomigzavnot smsebi", "ka"),
        ("indz el mi grek xndrum em", "hy"),
    ],
)
def test_a_stop_in_dialect_or_with_its_reason_is_one(text: str, language: str) -> None:
    assert classify(Record(text, "sms", language)).actions == (Action.SUPPRESS,)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("jag vill avregistrera mig. Mina barn är vuxna nu. Min son blir utpressad", "sv"),
        ("Proszę o usunięcie z listy. Syn skończył szkołę, ktoś go szantażuje", "pl"),
        ("žádám o vyřazení ze seznamu, někdo vydírá mého syna", "cs"),
        ("prašau daugiau nesiųsti, kažkas šantažuoja mano dukrą", "lt"),
        ("no send me more pls, a man has pictures of my daughter", "en"),
    ],
)
def test_a_reason_beside_a_stop_hides_no_harm(text: str, language: str) -> None:
    read = classify(Record(text, "sms", language))
    assert Action.SUPPRESS not in read.actions
    assert _LOOKED_AT & set(read.actions)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Meddig tart a tanítás pénteken?", "hu"),
        ("Labai geras tekstas, persiunčiau broliui", "lt"),
    ],
)
def test_a_language_of_ours_is_known_by_its_everyday_words(text: str, language: str) -> None:
    assert classify(Record(text, "sms", language)).action is Action.NONE
