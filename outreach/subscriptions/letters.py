"""The messages about a consent: the question whether it is meant, its receipt, the link to
what we hold, and the alert to staff about a flood of sign-ups.

Owns their values and the addresses of the pages that they link to.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from outreach.audience.models import Address
from outreach.config.environment import environment
from outreach.consent.models import OwnDataLink, SignUp
from outreach.content import (
    ConsentValues,
    Links,
    OrganisationValues,
    SchoolValues,
    SmsValues,
    Values,
    help_directory,
)
from outreach.content.days import long_date
from outreach.content.stop_line import stop_line
from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.core.tokens import (
    JOIN_LINK,
    OWN_DATA,
    PREFERENCES,
    PREFERENCES_BY_ADDRESS,
    moment_number,
)
from outreach.notices.actions import queue_notice
from outreach.notices.models import Notice, NoticeKind
from outreach.notices.texts import choose_notice_language, write_notice_email, write_notice_sms
from outreach.organisation.audit import RECIPIENT, Actor
from outreach.organisation.lanes import sealer
from outreach.organisation.models import School, Sender
from outreach.organisation.senders import sender_for
from outreach.organisation.settings import organisation
from outreach.subscriptions.limits import LIMITER, Reached

_QUESTION_WORTH = timedelta(hours=6)
_INVITATION_WORTH = timedelta(days=3)
_RECEIPT_WORTH = timedelta(days=2)
_LINK_WORTH = timedelta(hours=1)
_ALERT_WORTH = timedelta(hours=12)


@dataclass(frozen=True)
class _Letter:
    """One message before it is written. `wanted`: language. `worth`: for how long it is."""

    kind: NoticeKind
    key: str
    channel: Channel
    destination: str
    sender: Sender
    school: School | None
    wanted: str
    values: Values
    worth: timedelta
    actor: Actor = RECIPIENT
    not_before: datetime | None = None

    @classmethod
    def about(
        cls, sign_up: SignUp, sender: Sender, kind: NoticeKind, *, values: Values, worth: timedelta
    ) -> _Letter:
        """To the address of a sign-up, once for each sign-up and kind."""
        return cls(
            kind,
            f"{kind}:{sign_up.pk}",
            Channel(sign_up.channel),
            sign_up.value,
            sender,
            sign_up.school,
            sign_up.language,
            values,
            worth,
        )


def send_question(sign_up: SignUp, sender: Sender) -> Notice | None:
    """ "Is it meant?", once for each sign-up, in the caller's transaction."""
    link = f"{_pages()}/join/confirm/{join_token(sign_up)}"
    values = _values(
        sign_up.school,
        links=Links(confirm=link if sign_up.channel == Channel.EMAIL else None),
        consent=ConsentValues(sign_up.wording, _day_text(sign_up.asked_at, sign_up)),
    )
    sign_up.prompted_at = now()
    sign_up.save(update_fields=["prompted_at"])
    kind = NoticeKind.JOIN_CONFIRMATION
    return _queue(_Letter.about(sign_up, sender, kind, values=values, worth=_QUESTION_WORTH))


def send_invitation(
    sign_up: SignUp, sender: Sender, key: str, *, not_before: datetime, actor: Actor
) -> Notice | None:
    """A school's own question, once for each `key` ever; None when it has been asked before.

    In the caller's transaction.
    """
    link = f"{_pages()}/join/confirm/{join_token(sign_up)}"
    values = _values(
        sign_up.school,
        links=Links(confirm=link if sign_up.channel == Channel.EMAIL else None),
        consent=ConsentValues(sign_up.wording, _day_text(sign_up.asked_at, sign_up)),
    )
    kind = NoticeKind.INVITATION
    letter = _Letter.about(sign_up, sender, kind, values=values, worth=_INVITATION_WORTH)
    return _queue(replace(letter, key=key, not_before=not_before, actor=actor))


def send_receipt(sign_up: SignUp, address: Address) -> Notice | None:
    """What was agreed to, when, in which words, and how to stop."""
    sender = sign_up.sender
    if sender is None or sign_up.confirmed_at is None:
        return None
    values = _values(
        sign_up.school,
        links=Links(preferences=preferences_link(address)),
        stop=stop_line(sign_up.language, None) if sender.can_receive else None,
        consent=ConsentValues(sign_up.wording, _day_text(sign_up.confirmed_at, sign_up)),
    )
    kind = NoticeKind.CONSENT_RECEIPT
    return _queue(_Letter.about(sign_up, sender, kind, values=values, worth=_RECEIPT_WORTH))


def own_data_token(link: OwnDataLink) -> str:
    """For the address in the mail or text."""
    return sealer().seal(OWN_DATA, link.pk, moment_number(link.made_at))


def join_token(sign_up: SignUp) -> str:
    """For the address in the mail."""
    return sealer().seal(JOIN_LINK, sign_up.pk, moment_number(sign_up.asked_at))


def send_own_data_link(link: OwnDataLink, country: str) -> Notice | None:
    """The way to what we hold, to the address itself; None when nothing can carry it."""
    address = link.address
    channel = Channel(address.channel)
    sender = sender_for(channel, address.country or country)
    if sender is None:
        return None
    page = f"{_pages()}/about-me/{own_data_token(link)}"
    values = _values(None, country=country, links=Links(own_data=page))
    return _queue(
        _Letter(
            NoticeKind.OWN_DATA_LINK,
            f"own-data:{link.pk}",
            channel,
            address.value,
            sender,
            None,
            link.language,
            values,
            _LINK_WORTH,
        )
    )


def alert_of_flood(reached: Reached, school: School) -> Notice | None:
    """Tells the duty contact by mail; None when there is none, or nothing to send it with."""
    duty = organisation().duty_email
    sender = sender_for(Channel.EMAIL, school.country)
    if not duty or sender is None:
        return None
    language = organisation().default_language
    return _queue(
        _Letter(
            NoticeKind.SIGN_UP_ALERT,
            f"flood:{reached.scope}:{reached.began_at:%Y%m%d%H}:{school.pk}",
            Channel.EMAIL,
            duty,
            sender,
            school,
            language,
            _values(school),
            _ALERT_WORTH,
            LIMITER,
        )
    )


def preferences_link(address: Address) -> str | None:
    """The page on which the holder of a mail address chooses; None for a number, whose holder
    answers by text."""
    if address.channel != Channel.EMAIL:
        return None
    day = int(now().timestamp()) // 86_400
    return f"{_pages()}/p/{sealer().seal(PREFERENCES, PREFERENCES_BY_ADDRESS, address.pk, day)}"


def _day_text(moment: datetime, sign_up: SignUp) -> str:
    """The day on the school's calendar, as the language writes it."""
    day = moment.astimezone(ZoneInfo(sign_up.school.zone)).date()
    return long_date(day, sign_up.language)


def _pages() -> str:
    return environment().public_url.rstrip("/")


def _values(
    school: School | None,
    *,
    country: str = "",
    links: Links | None = None,
    stop: str | None = None,
    consent: ConsentValues | None = None,
) -> Values:
    where = school.country if school else country
    return Values(
        school=SchoolValues(school.name if school else None, where),
        organisation=OrganisationValues(organisation().name),
        help=help_directory().for_country(where),
        links=links or Links(),
        sms=SmsValues(stop),
        consent=consent or ConsentValues(),
    )


def _queue(letter: _Letter) -> Notice | None:
    language = choose_notice_language(letter.kind, letter.channel, [letter.wanted])
    subject, html = "", ""
    if letter.channel is Channel.SMS:
        text = write_notice_sms(letter.kind, language, letter.values).text
    else:
        mail = write_notice_email(letter.kind, language, letter.values)
        subject, html, text = mail.subject, mail.html, mail.text
    return queue_notice(
        letter.kind,
        letter.key,
        channel=letter.channel,
        destination=letter.destination,
        sender=letter.sender,
        school=letter.school,
        subject=subject,
        html=html,
        text=text,
        not_before=letter.not_before,
        expires_in=letter.worth,
        actor=letter.actor,
    )
