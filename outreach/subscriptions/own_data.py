"""What we hold about an address: shown to whoever reads what is sent there, and erased.

The link goes to the address itself, opens once, and only what belongs to that address: no
name, no other address, no other person. What was written to us from it is not shown, because
two adults may share a phone and a child may have written; a person answers for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from outreach.audience.models import Address
from outreach.campaigns.versions import step_of
from outreach.consent.hashing import hasher
from outreach.consent.models import Consent, ConsentState, OwnDataLink, Suppression
from outreach.consent.queries import is_suppressed
from outreach.core.clock import installed, now
from outreach.core.errors import BadToken
from outreach.core.tokens import OWN_DATA, OWN_DATA_OPEN, moment_number
from outreach.delivery.answers import answers_to
from outreach.delivery.genuine import subject_of
from outreach.delivery.models import Delivery
from outreach.notices.models import Notice, NoticeKind
from outreach.organisation.lanes import sealer
from outreach.subscriptions.joining import Target
from outreach.subscriptions.letters import send_own_data_link
from outreach.subscriptions.limits import Scope, count

LINK_LIVES = timedelta(hours=1)
OPEN_FOR = timedelta(minutes=15)
# A help message that somebody in distress got is not shown to who else holds the phone.
_SHOWN_NOTICES = (
    NoticeKind.JOIN_CONFIRMATION,
    NoticeKind.CONSENT_RECEIPT,
    NoticeKind.STOP_CONFIRMATION,
    NoticeKind.START_CONFIRMATION,
    NoticeKind.OWN_DATA_LINK,
)


@dataclass(frozen=True)
class ConsentLine:
    """One act, `granted` or withdrawn, with the words that were shown."""

    at: datetime
    granted: bool
    topic: str
    school: str
    basis: str
    source: str
    wording: str


@dataclass(frozen=True)
class StopLine:
    """A stop. `topic`: "" for everything. `ended_at`: None while it holds."""

    at: datetime
    topic: str
    reason: str
    ended_at: datetime | None


@dataclass(frozen=True)
class MessageLine:
    """One message to the address. `kind`: "campaign", or the kind of a notice. `title`: the subject
    of the mail, in its language. `school`: "" for one of no school. `answer`: what was answered to
    its question, "" for nothing."""

    at: datetime
    kind: str
    title: str
    school: str
    state: str
    answer: str = ""


@dataclass(frozen=True)
class OwnData:
    """All that may be shown about one address, each list from the oldest."""

    channel: str
    address: str
    since: datetime
    consents: tuple[ConsentLine, ...]
    stops: tuple[StopLine, ...]
    messages: tuple[MessageLine, ...]


def send_link(target: Target, language: str) -> None:
    """Sends a link to an address that we hold and may write to; does nothing for any other,
    and nobody who asks can tell the difference. Must not run in a transaction."""
    OwnDataLink.objects.filter(expires_at__lt=now() - LINK_LIVES).delete()
    if count(Scope.OWN_DATA, f"{target.channel}:{target.match_key}") is not None:
        return
    if is_suppressed(target.channel, target.match_key):
        return
    known = Address.objects.filter(channel=target.channel, match_key=target.match_key)
    address = known.filter(textable=True).first()
    if address is None:
        return
    moment = now()
    link = OwnDataLink.objects.create(
        address=address,
        language=language,
        made_at=moment,
        expires_at=moment + LINK_LIVES * max(1.0, installed().speed),
    )
    send_own_data_link(link, _country_of(address))


def link_language(token: str) -> str:
    """The language of the page behind a link that can still be opened. Raises BadToken."""
    return _unopened(token).language


def open_link(token: str) -> str:
    """Opens a link, once: returns the code for the quarter of an hour after. Raises BadToken."""
    link = _unopened(token)
    opened = OwnDataLink.objects.filter(pk=link.pk, opened_at=None).update(opened_at=now())
    if not opened:
        raise _over()
    return sealer().seal(OWN_DATA_OPEN, link.pk, moment_number(link.made_at))


def opened_address(code: str) -> Address:
    """The address that a code of `open_link` opens. Raises BadToken."""
    link = _link_of(sealer().open(OWN_DATA_OPEN, code))
    if link is None or link.opened_at is None:
        raise _over()
    if now() > link.opened_at + OPEN_FOR * max(1.0, installed().speed):
        raise _over()
    return link.address


def own_data(code: str) -> OwnData:
    """What we hold about the address of a code. Raises BadToken."""
    return held_about(opened_address(code))


def held_about(address: Address) -> OwnData:
    """The same for whoever may see it already: staff who look for a person."""
    return OwnData(
        channel=address.channel,
        address=address.value,
        since=address.created_at,
        consents=tuple(_consents(address)),
        stops=tuple(_stops(address)),
        messages=tuple(sorted([*_deliveries(address), *_notices(address)], key=lambda m: m.at)),
    )


def _unopened(token: str) -> OwnDataLink:
    link = _link_of(sealer().open(OWN_DATA, token))
    if link is None or link.opened_at is not None or link.expires_at <= now():
        raise _over()
    return link


def _link_of(numbers: tuple[int, ...]) -> OwnDataLink | None:
    """None also where the number is another link's: a restore gives numbers again."""
    match numbers:
        case (link_id, made):
            link = OwnDataLink.objects.select_related("address").filter(pk=link_id).first()
            if link is not None and moment_number(link.made_at) == made:
                return link
    return None


def _over() -> BadToken:
    return BadToken("This link is over.", remedy="Ask for a new one.")


def _country_of(address: Address) -> str:
    """Whose sender writes to a mail address: the country of a school that asked it."""
    state = ConsentState.objects.filter(address=address).select_related("school").first()
    return address.country or (state.school.country if state else "")


def _consents(address: Address) -> list[ConsentLine]:
    acts = Consent.objects.filter(address=address).select_related("topic", "school")
    return [
        ConsentLine(
            each.at,
            each.act == "granted",
            each.topic.name,
            each.school.name,
            each.basis,
            each.source,
            each.wording,
        )
        for each in acts.order_by("id")
    ]


def _stops(address: Address) -> list[StopLine]:
    digests = [keyed.digest for keyed in hasher().every(address.channel, address.match_key)]
    made = Suppression.objects.filter(channel=address.channel, digest__in=digests)
    return [
        StopLine(each.at, each.topic.name if each.topic else "", each.reason, each.lifted_at)
        for each in made.select_related("topic").order_by("id")
    ]


def _deliveries(address: Address) -> list[MessageLine]:
    rows = Delivery.objects.filter(address=address, attempt__gt=0)
    found = list(rows.select_related("school", "step_run__launch"))
    said = answers_to(found)
    return [
        MessageLine(
            each.state_at,
            "campaign",
            # What colleagues call it stays for a text, which has no subject and may have no mail.
            subject_of(each.step_run, each.school, each.language) or step_of(each.step_run).title,
            each.school.name,
            each.state,
            said.get((each.step_run_id, each.id), ""),
        )
        for each in found
    ]


def _notices(address: Address) -> list[MessageLine]:
    sent = Notice.objects.filter(
        channel=address.channel, destination__iexact=address.value, kind__in=_SHOWN_NOTICES
    )
    return [
        MessageLine(
            each.created_at,
            each.kind,
            NoticeKind(each.kind).label,
            each.school.name if each.school else "",
            each.state,
        )
        for each in sent.select_related("school").order_by("id")
    ]
