"""The verbs about senders and SMS prices.

Refuses to build adapters (lanes) and to know whether an account is set up: a sender may be
entered before its key is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef

from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.core.emails import normalise_email
from outreach.core.errors import BadInput, NotFound, NotNow
from outreach.core.phones import normalise_phone
from outreach.organisation.audit import Actor, record
from outreach.organisation.models import OptOutHandler, Sender, SmsPrice
from outreach.organisation.schools import check_country
from outreach.providers.registry import EMAIL, SMS

MICROS = 1_000_000
_MESSAGING_SERVICE = re.compile(r"MG[0-9a-f]{32}")
# Up to 11 letters, digits and spaces with at least one letter (Twilio, "Alphanumeric sender ID").
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
_DEAREST = Decimal(10)


def add_sender(
    *,
    channel: Channel,
    provider: str,
    identity: str,
    countries: Sequence[str] = (),
    can_receive: bool = True,
    opt_out_handled_by: OptOutHandler = OptOutHandler.PROVIDER,
    rate_per_second: float = 1.0,
    actor: Actor,
) -> Sender:
    """A new number, messaging service or mail address from which we write.

    `identity`: E.164, a messaging service's MG…, letters, or a mail address. `countries`: ISO
    alpha-2 of where it writes to; none means everywhere. Raises BadInput, NotNow when it is there.
    """
    _check_provider(channel, provider)
    _check_rate(rate_per_second)
    sender = Sender(
        channel=channel,
        provider=provider,
        identity=_checked_identity(channel, identity.strip()),
        countries=list(dict.fromkeys(check_country(country) for country in countries)),
        can_receive=can_receive,
        opt_out_handled_by=opt_out_handled_by,
        rate_per_second=rate_per_second,
    )
    if sender.can_receive and channel is Channel.SMS and _ALPHANUMERIC.fullmatch(sender.identity):
        raise BadInput(
            f"Nobody can answer to {sender.identity!r}: it is a name, not a number.",
            remedy="Add it as one that cannot receive; its messages then carry a stop link.",
        )
    with transaction.atomic():
        if Sender.objects.filter(channel=channel, identity=sender.identity).exists():
            raise NotNow(f"There is a sender {sender.identity} already.")
        sender.save()
        record(actor, "sender.added", f"sender:{sender.uuid}", details={"provider": provider})
    return sender


def _check_rate(rate_per_second: float) -> None:
    if not math.isfinite(rate_per_second) or rate_per_second <= 0:
        raise BadInput(
            f"{rate_per_second:g} messages a second is no rate.", remedy="Give a number above 0."
        )


def switch_sender(sender: Sender, *, is_active: bool, actor: Actor, why: str = "") -> bool:
    """Takes a sender into use or out of it. False when it was so already."""
    with transaction.atomic():
        changed = Sender.objects.filter(pk=sender.pk).exclude(is_active=is_active)
        if not changed.update(is_active=is_active):
            return False
        action = "sender.switched-on" if is_active else "sender.switched-off"
        record(actor, action, f"sender:{sender.uuid}", why=why)
    sender.is_active = is_active
    return True


def sender_by_identity(identity: str) -> Sender:
    """The sender people call by its number, name or address. Raises NotFound."""
    found = Sender.objects.filter(identity__iexact=identity.strip()).order_by("pk").first()
    if found is None:
        raise NotFound(
            f"There is no sender {identity!r}.", remedy="`outreach sender list` shows them."
        )
    return found


def sender_for(channel: Channel, country: str) -> Sender | None:
    """The sender that writes to a country (ISO alpha-2), as planning chooses: one for that
    country, else one for everywhere, the oldest first and stand-ins last. None when there is
    none."""
    in_use = Sender.objects.filter(channel=channel, is_active=True)
    others = in_use.filter(stand_in=OuterRef("pk"))
    active = list(in_use.annotate(stands_in=Exists(others)).order_by("stands_in", "pk"))
    here = [sender for sender in active if country in sender.countries]
    anywhere = [sender for sender in active if not sender.countries]
    return next(iter(here + anywhere), None)


def set_price(country: str, per_segment: Decimal, *, actor: Actor) -> SmsPrice:
    """What one SMS segment to a country costs, in the organisation's currency. Raises BadInput."""
    code = check_country(country)
    if not per_segment.is_finite() or not 0 < per_segment <= _DEAREST:
        raise BadInput(
            f"{per_segment} is no price of one text.",
            remedy="Give the price of one segment, like 0.0725.",
        )
    micros = int((per_segment * MICROS).to_integral_value())
    with transaction.atomic():
        before = SmsPrice.objects.filter(country=code).first()
        if before is not None and before.micros == micros:
            return before
        price, _ = SmsPrice.objects.update_or_create(
            country=code, defaults={"micros": micros, "set_at": now()}
        )
        record(actor, "price.set", f"country:{code}", details={"micros": micros})
    return price


def _check_provider(channel: Channel, provider: str) -> None:
    known = sorted(str(name) for name in (SMS if channel is Channel.SMS else EMAIL))
    if provider not in known:
        raise BadInput(
            f"{provider!r} does not carry {channel}.", remedy=f"Known: {', '.join(known)}."
        )


def _checked_identity(channel: Channel, identity: str) -> str:
    if channel is Channel.EMAIL:
        return normalise_email(identity).address
    if _MESSAGING_SERVICE.fullmatch(identity) or _ALPHANUMERIC.fullmatch(identity):
        return identity
    if not identity.startswith("+"):
        raise BadInput(
            f"{identity!r} is not a number, a messaging service or a name.",
            remedy="Write a number with its country code, like +447700900999.",
        )
    return normalise_phone(identity, "ZZ").e164
