"""Links that work once: invitations of staff (72 hours), resets of a password (30 minutes).

The link carries the sealed number of its row and the moment at which it was made: after a restore
the number may be another person's. A newer link of its kind takes its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from outreach.core.errors import BadToken
from outreach.core.tokens import STAFF_LINK, moment_number
from outreach.organisation.lanes import sealer
from outreach.organisation.models import Staff
from outreach.organisation.sign_in_models import LinkKind, StaffLink

LIFE: Mapping[LinkKind, timedelta] = {
    LinkKind.INVITATION: timedelta(hours=72),
    LinkKind.PASSWORD_RESET: timedelta(minutes=30),
}
_NUMBERS: Mapping[LinkKind, int] = {LinkKind.INVITATION: 1, LinkKind.PASSWORD_RESET: 2}


def make_link(staff: Staff, kind: LinkKind) -> StaffLink:
    """A new link; an open one of its kind is void. In the caller's transaction."""
    moment = timezone.now()
    void_links(staff, kind)
    return StaffLink.objects.create(
        staff=staff, kind=kind, made_at=moment, expires_at=moment + LIFE[kind]
    )


def void_links(staff: Staff, *kinds: LinkKind) -> None:
    """Open links of these kinds work no more."""
    found = StaffLink.objects.filter(staff=staff, kind__in=kinds, used_at=None)
    found.update(used_at=timezone.now())


def token_of(link: StaffLink) -> str:
    """For the address in the mail."""
    number = _NUMBERS[LinkKind(link.kind)]
    return sealer().seal(STAFF_LINK, number, link.pk, moment_number(link.made_at))


def open_link(kind: LinkKind, token: str) -> StaffLink:
    """The link of `token` while it works. Raises BadToken, the same for every other."""
    match sealer().open(STAFF_LINK, token):
        case (number, link_id, made) if number == _NUMBERS[kind]:
            found = _working().filter(pk=link_id, kind=kind).select_related("staff").first()
            if found is not None and moment_number(found.made_at) == made:
                return found
    raise _over()


def use_link(link: StaffLink) -> None:
    """Uses it up, in the caller's transaction. Raises BadToken when somebody was faster."""
    if not _working().filter(pk=link.pk).update(used_at=timezone.now()):
        raise _over()


def _working() -> QuerySet[StaffLink]:
    return StaffLink.objects.filter(used_at=None, expires_at__gt=timezone.now())


def _over() -> BadToken:
    return BadToken(
        "This link was used, is too old, or is not complete.", remedy="Ask for a new one."
    )
