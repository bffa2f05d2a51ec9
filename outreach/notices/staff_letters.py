"""Mail to staff about their own account: the invitation, the link for a new password.

The link is in the mail alone. Refuses to make links: `organisation.links` does.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from outreach.config.environment import environment
from outreach.content import (
    Links,
    OrganisationValues,
    Recipient,
    SchoolValues,
    Values,
    help_directory,
)
from outreach.core.channels import Channel
from outreach.notices.actions import queue_notice
from outreach.notices.models import Notice, NoticeKind
from outreach.notices.texts import choose_notice_language, write_notice_email
from outreach.organisation.audit import Actor
from outreach.organisation.links import token_of
from outreach.organisation.models import Organisation
from outreach.organisation.senders import sender_for
from outreach.organisation.sign_in_models import LinkKind, StaffLink

_KINDS = {
    LinkKind.INVITATION: (NoticeKind.STAFF_INVITATION, "/welcome/"),
    LinkKind.PASSWORD_RESET: (NoticeKind.PASSWORD_RESET, "/new-password/"),
}


def address_of(link: StaffLink) -> str:
    """The page behind the link."""
    _, path = _KINDS[LinkKind(link.kind)]
    return f"{environment().public_url.rstrip('/')}{path}{token_of(link)}"


def mail_link(link: StaffLink, *, actor: Actor) -> Notice | None:
    """Queues the mail with `link`; None while there is no sender for email.

    The caller has to see every school's rows, because a mail to staff belongs to none.
    """
    sender = sender_for(Channel.EMAIL, "")
    if sender is None:
        return None
    kind, _ = _KINDS[LinkKind(link.kind)]
    words = write_notice_email(kind, choose_notice_language(kind, Channel.EMAIL, []), _values(link))
    return queue_notice(
        kind,
        f"staff-link:{link.pk}",
        channel=Channel.EMAIL,
        destination=link.staff.email,
        sender=sender,
        school=None,
        subject=words.subject,
        html=words.html,
        text=words.text,
        expires_in=max(link.expires_at - timezone.now(), timedelta(minutes=1)),
        actor=actor,
    )


def mail_of(link: StaffLink) -> Notice | None:
    """The mail that carried `link`, for how far it got."""
    return Notice.objects.filter(dedupe_key=f"staff-link:{link.pk}").first()


def _values(link: StaffLink) -> Values:
    organisation = Organisation.objects.filter(pk=1).first()
    return Values(
        school=SchoolValues(None, ""),
        organisation=OrganisationValues(organisation.name if organisation else "Outreach"),
        help=help_directory().for_country(""),
        recipient=Recipient(link.staff.name),
        links=Links(page=address_of(link)),
    )
