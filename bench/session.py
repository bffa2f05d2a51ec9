"""Signs a campaign manager in and prints the session's key: `python -m bench.session`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from outreach.organisation.models import Staff


def new_session(staff: Staff, **kept: object) -> str:
    """The key of a session of `staff`, with what else is kept in it."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from outreach.organisation.sessions import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(staff.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = staff.get_session_auth_hash()
    session.update(kept)
    session.create()
    return str(session.session_key)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "outreach.config.settings")
    import django

    django.setup()

    from outreach.core.clock import now
    from outreach.organisation.models import Role, Staff, StaffRole

    staff, _ = Staff.objects.get_or_create(
        email="reader@bench.test", defaults={"name": "Reader", "created_at": now()}
    )
    StaffRole.objects.get_or_create(staff=staff, role=Role.MANAGER, school=None)
    print(new_session(staff))


if __name__ == "__main__":
    main()
