"""The pages as people reach them: Django's client, with the rights of role outreach_app."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone

from outreach.organisation.models import Staff


class AppClient(Client):
    """Takes role outreach_app for the length of each request, as the web process always has.

    The test itself keeps its rights to build rows; those of the owner would hide every
    missing grant and see the rows of every school.
    """

    def request(self, **request: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE outreach_app")
        try:
            return super().request(**request)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SET ROLE outreach_owner")

    def as_staff(self, staff: Staff, *, proved: bool = True) -> AppClient:
        """Signed in; `proved`: a moment ago, so that nothing asks whether it is still they."""
        self.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
        if proved:
            session = self.session
            session["proved"] = int(timezone.now().timestamp())
            session.save()
        return self
