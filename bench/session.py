"""Signs a campaign manager in and prints the session's key: `python -m bench.session`."""

from __future__ import annotations

import os


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "outreach.config.settings")
    import django

    django.setup()

    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from outreach.core.clock import now
    from outreach.organisation.models import Role, Staff, StaffRole
    from outreach.organisation.sessions import SessionStore

    staff, _ = Staff.objects.get_or_create(
        email="reader@bench.test", defaults={"name": "Reader", "created_at": now()}
    )
    StaffRole.objects.get_or_create(staff=staff, role=Role.MANAGER, school=None)
    session = SessionStore()
    session[SESSION_KEY] = str(staff.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = staff.get_session_auth_hash()
    session.create()
    print(session.session_key)


if __name__ == "__main__":
    main()
