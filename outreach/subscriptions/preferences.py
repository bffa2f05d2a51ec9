"""What the holder of a mail address chooses: topics, language, channel, stopping, coming back.

A code opens the page of one mail address and of nothing else. It shows facts of that address
alone: an address that two guardians share tells neither who the other is.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from outreach.audience.models import Address, Person
from outreach.consent.actions import BY_THE_PERSON, Grant, grant, lift, withdraw
from outreach.consent.models import ConsentState, Suppression, Topic
from outreach.consent.queries import active_suppressions
from outreach.core.channels import Channel
from outreach.core.clock import installed, now
from outreach.core.errors import BadToken
from outreach.core.tokens import (
    PREFERENCES,
    PREFERENCES_BY_ADDRESS,
    PREFERENCES_BY_DELIVERY,
    STOP_LINK,
)
from outreach.delivery.models import Delivery
from outreach.organisation.audit import RECIPIENT
from outreach.organisation.lanes import sealer
from outreach.organisation.models import School
from outreach.subscriptions.channel import prefer_channel
from outreach.subscriptions.opt_in import OWN_SIGN_UP
from outreach.subscriptions.opt_out import OptOut, opt_out
from outreach.subscriptions.wording import (
    choose_wording_language,
    wording_for,
    wording_languages,
)

# As long as somebody may come back to an old mail; later a new link has to be asked for.
LINK_LIVES = timedelta(days=180)


@dataclass(frozen=True)
class Choice:
    """One topic of one school. `is_on`: messages about it come. `wording`: what ticking it
    agrees to."""

    school: School
    topic: Topic
    is_on: bool
    is_granted: bool
    wording: str

    @property
    def key(self) -> str:
        """Its name in a form."""
        return f"{self.school.slug}/{self.topic.slug}"


@dataclass(frozen=True)
class Preferences:
    """All that the page shows. `is_one_person`: False where several adults share the address,
    whose language and channel then are nobody's to set. `preferred`: by what to write first;
    "" as each campaign has it, and for an address that is shared. `is_blocked`: by a bounce, a
    complaint or staff, which no choice here ends."""

    address: Address
    language: str
    is_one_person: bool
    preferred: str
    choices: tuple[Choice, ...]
    is_stopped: bool
    is_blocked: bool


def preferences_of(token: str) -> Preferences:
    """What holds for the address of a link; changes nothing. Raises BadToken, also when the link
    is too old."""
    address, language = _open(token)
    owners = _owners(address)
    own = owners[0].language if len(owners) == 1 else ""
    chosen = choose_wording_language(own, language)
    blocks = list(active_suppressions(address.channel, address.match_key))
    return Preferences(
        address=address,
        language=chosen,
        is_one_person=len(owners) == 1,
        preferred=owners[0].channel if len(owners) == 1 else "",
        choices=tuple(_choices(address, chosen, blocks)),
        is_stopped=any(each.topic_id is None and _is_own(each) for each in blocks),
        is_blocked=any(not _is_own(each) for each in blocks),
    )


def save_choices(
    token: str, wanted: Collection[str], language: str, preferred: str | None = None
) -> Preferences:
    """Makes what the person ticked so: `wanted` are the keys of choices, the others end.
    `preferred`: a channel, "" for none, None or anything else to leave it.

    Steps: the language and the channel; consents that end; stops of what is wanted; consents
    given, with their wording. Each is committed by itself. Raises BadToken.
    """
    before = preferences_of(token)
    if before.is_one_person:
        _save_person(before, language, preferred)
    for choice in before.choices:
        if choice.key not in wanted and choice.is_granted:
            withdraw(
                before.address.pk,
                choice.topic.pk,
                choice.school.pk,
                source="preference page",
                wording="",
                actor=RECIPIENT,
            )
    _agree(before, [choice for choice in before.choices if choice.key in wanted])
    return preferences_of(token)


def stop_everything(token: str) -> OptOut:
    """Nothing goes to this address any more, about anything; committed. Raises BadToken."""
    address, _ = _open(token)
    evidence = f"preference page, address:{address.pk}"
    return opt_out(address.channel, address.match_key, evidence=evidence, actor=RECIPIENT)


def token_of_stop_link(token: str) -> str:
    """The code of the page for whoever has just stopped by the link of a mail. Raises BadToken."""
    step_run_id, delivery_id = sealer().open(STOP_LINK, token)
    return sealer().seal(PREFERENCES, PREFERENCES_BY_DELIVERY, step_run_id, delivery_id)


def _save_person(before: Preferences, language: str, preferred: str | None) -> None:
    if language in wording_languages():
        Person.objects.filter(pk__in=[p.pk for p in _owners(before.address)]).update(
            language=language
        )
    if preferred != before.preferred and preferred in ("", *Channel):
        prefer_channel(
            before.address.channel,
            before.address.match_key,
            Channel(preferred) if preferred else None,
            actor=RECIPIENT,
            why="preference page",
        )


def _agree(before: Preferences, wanted: list[Choice]) -> None:
    new = [choice for choice in wanted if not choice.is_on]
    if not new:
        return
    lift(
        before.address.channel,
        before.address.match_key,
        evidence=f"preference page, address:{before.address.pk}",
        actor=RECIPIENT,
        topics=[None, *(choice.topic.pk for choice in new)],
    )
    grant([_grant(before, each) for each in new], actor=RECIPIENT, after_withdrawal=True)


def _grant(before: Preferences, choice: Choice) -> Grant:
    words = wording_for(
        before.language, choice.school, [choice.topic], Channel(before.address.channel)
    )
    return Grant(
        address_id=before.address.pk,
        topic_id=choice.topic.pk,
        school_id=choice.school.pk,
        basis=OWN_SIGN_UP,
        source=f"preference page, wording {words.version}",
        wording=words.text,
    )


def _choices(address: Address, language: str, blocks: list[Suppression]) -> list[Choice]:
    """Every topic at every school for which this address has ever been asked."""
    states = ConsentState.objects.filter(address=address).select_related("school", "topic")
    stopped = {block.topic_id for block in blocks}
    channel = Channel(address.channel)
    return [
        Choice(
            school=state.school,
            topic=state.topic,
            is_on=state.granted and not stopped & {None, state.topic_id},
            is_granted=state.granted,
            wording=wording_for(language, state.school, [state.topic], channel).text,
        )
        for state in states.order_by("school__name", "topic__name")
    ]


def _is_own(block: Suppression) -> bool:
    return block.reason in BY_THE_PERSON


def _owners(address: Address) -> list[Person]:
    found = Person.objects.filter(addresses__address=address, merged_into=None)
    return list(found.distinct().order_by("pk"))


def _open(token: str) -> tuple[Address, str]:
    """The address behind a link, and the language of what carried it."""
    match sealer().open(PREFERENCES, token):
        case (kind, step_run_id, delivery_id) if kind == PREFERENCES_BY_DELIVERY:
            address, language, made_at = _of_delivery(step_run_id, delivery_id)
        case (kind, address_id, day) if kind == PREFERENCES_BY_ADDRESS:
            address = Address.objects.filter(pk=address_id).first()
            language, made_at = "", datetime.fromtimestamp(day * 86_400, UTC)
        case _:
            address, language, made_at = None, "", now()
    is_over = now() > made_at + LINK_LIVES * max(1.0, installed().speed)
    if address is None or address.channel != Channel.EMAIL or not address.value or is_over:
        raise BadToken(
            "This link does not work any more.", remedy="Use the link from the latest mail."
        )
    return address, language


def _of_delivery(step_run_id: int, delivery_id: int) -> tuple[Address | None, str, datetime]:
    known = Delivery.objects.select_related("address", "step_run")
    found = known.filter(step_run_id=step_run_id, id=delivery_id).first()
    if found is None:
        return None, "", now()
    return found.address, found.language, found.step_run.planned_at or now()
