"""Two rows of one address become one again.

They come of processes with different keys for addresses, which did not find what the other had
written. Needs the rights of the owner: the history of consents is nobody else's to change.
"""

from __future__ import annotations

from django.db import connection

from outreach.audience.models import Address
from outreach.consent.actions import withdraw
from outreach.consent.lock import taking_rights_away
from outreach.consent.models import ConsentState
from outreach.core.errors import BadInput, NotFound, NotNow
from outreach.organisation import audit
from outreach.organisation.audit import Actor

# What the row that stays has not, it gets. Of a consent that both have, that of the row that
# stays holds; a withdrawal of either was brought over before. The ledger keeps the row that was
# written to.
_MOVES = (
    *(
        f"""
UPDATE {table} c SET address_id = %(stays)s WHERE address_id = %(goes)s AND NOT EXISTS (
  SELECT 1 FROM consent_consentstate s WHERE s.address_id = %(stays)s
    AND s.topic_id = c.topic_id AND s.school_id = c.school_id)
"""  # noqa: S608  # two constants
        for table in ("consent_consent", "consent_consentstate")
    ),
    "DELETE FROM consent_consentstate WHERE address_id = %(goes)s",
    "UPDATE consent_hold SET address_id = %(stays)s WHERE address_id = %(goes)s",
    "UPDATE consent_owndatalink SET address_id = %(stays)s WHERE address_id = %(goes)s",
    "UPDATE replies_reply SET address_id = %(stays)s WHERE address_id = %(goes)s",
    """
UPDATE audience_personaddress p SET address_id = %(stays)s WHERE address_id = %(goes)s
  AND NOT EXISTS (SELECT 1 FROM audience_personaddress o WHERE o.address_id = %(stays)s
    AND o.person_id = p.person_id AND o.school_id IS NOT DISTINCT FROM p.school_id)
""",
    "DELETE FROM audience_personaddress WHERE address_id = %(goes)s",
    # A stop that was written with a key of which the row that stays has no hash must still be met.
    """
UPDATE audience_addresshash h SET address_id = %(stays)s WHERE address_id = %(goes)s
  AND NOT EXISTS (SELECT 1 FROM audience_addresshash o WHERE o.address_id = %(stays)s
    AND o.key_version = h.key_version)
""",
    "DELETE FROM audience_addresshash WHERE address_id = %(goes)s",
)


def merge_addresses(stays: int, goes: int, *, actor: Actor) -> None:
    """Brings what hangs on row `goes` to row `stays`, and empties `goes`. A withdrawal or hold of
    either holds; a stop of the whole address is kept by its fingerprint anyway.

    Raises NotFound for a row that is not there or is empty, BadInput for two addresses, NotNow
    when somebody withdraws meanwhile. Repeated after an interruption, it goes on.
    """
    _require_one_address(stays, goes)
    for topic, school in _withdrawn(stays, goes):
        withdraw(stays, topic, school, source=f"address:{goes}", wording="", actor=actor)
    with taking_rights_away():
        if _withdrawn(stays, goes):
            raise NotNow("Somebody withdrew a consent meanwhile.", remedy="Repeat this.")
        with connection.cursor() as cursor:
            for each in _MOVES:
                cursor.execute(each, {"stays": stays, "goes": goes})
        Address.objects.filter(pk=goes).update(
            value="", match_key=f"erased:{goes}", country="", textable=False
        )
        audit.record(actor, "address.merged", f"address:{stays}", details={"emptied": goes})


def _require_one_address(stays: int, goes: int) -> None:
    found = {each.pk: each for each in Address.objects.filter(pk__in=[stays, goes])}
    for row in (stays, goes):
        if row not in found or not found[row].value:
            raise NotFound(f"There is no address in row {row}.", where="audience_address")
    if stays == goes or found[stays].match_key != found[goes].match_key:
        raise BadInput(
            f"Rows {stays} and {goes} are not one address in two rows.",
            where="audience_address",
            remedy="`outreach addresses encrypt` names the rows.",
        )


def _withdrawn(stays: int, goes: int) -> list[tuple[int, int]]:
    """Topics and schools for which `goes` withdrew and `stays` has something else."""
    withdrawn = ConsentState.objects.filter(granted=False, lapsed_at=None)
    already = set(withdrawn.filter(address=stays).values_list("topic_id", "school_id"))
    of_both = ConsentState.objects.filter(address=stays).values_list("topic_id", "school_id")
    over = set(withdrawn.filter(address=goes).values_list("topic_id", "school_id"))
    return sorted((over & set(of_both)) - already)
