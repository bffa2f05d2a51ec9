"""The senders that a campaign names: are they there, and do they write where it goes."""

from __future__ import annotations

from collections.abc import Iterable

from outreach.campaigns.definition import CampaignDefinition
from outreach.core.errors import BadInput
from outreach.organisation.models import School, Sender


def require_senders(definition: CampaignDefinition, schools: Iterable[School]) -> None:
    """Raises BadInput naming the first sender that cannot do what the campaign asks of it.

    A sender for one country counts only where the launch has a school there.
    """
    if not definition.senders:
        return
    countries = {school.country for school in schools}
    for lane, identity in definition.senders.items():
        channel, _, country = lane.partition("-")
        sender = Sender.objects.filter(channel=channel, identity__iexact=identity.strip()).first()
        if sender is None or not sender.is_active:
            what = "is not there" if sender is None else "is switched off"
            raise BadInput(
                f"The campaign wants `{lane}` to go out from {identity!r}, which {what}.",
                remedy="Add it with `outreach sender add`, or name another in `senders`; "
                "`outreach sender list` shows them.",
            )
        wanted = {country} & countries if country else countries
        missing = sorted(wanted - set(sender.countries)) if sender.countries else []
        if missing:
            raise BadInput(
                f"The campaign wants `{lane}` to go out from {identity!r}, which does not write "
                f"to {', '.join(missing)}.",
                remedy=f"Name a sender for each of them, like `{channel}-{missing[0]}`.",
            )
