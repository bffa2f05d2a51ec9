"""What a load balancer asks: does the process live, and can it work?"""

from __future__ import annotations

from django.apps import apps
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from outreach.web.access import without_database

_COLUMNS = """
SELECT c.relname::text, a.attname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relname = ANY (%s) AND pg_table_is_visible(c.oid) AND NOT a.attisdropped
"""


@without_database
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@without_database
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when PostgreSQL answers and has every column that we need, 503 with the reason else.

    Declared without database because it has to say so itself when there is none. The
    columns are looked at, not Django's list of migrations: role outreach_app may not read it.
    """
    try:
        missing = _missing_columns()
    except DatabaseError:
        return _not_ready("PostgreSQL does not answer")
    if missing:
        return _not_ready(f"columns missing: {missing}; run outreach migrate")
    return HttpResponse("ready\n", content_type="text/plain; charset=utf-8")


def _missing_columns() -> int:
    needed = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.column
    }
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, [[table for table, _ in needed]])
        return len(needed.difference(cursor.fetchall()))


def _not_ready(why: str) -> HttpResponse:
    return HttpResponse(f"{why}\n", status=503, content_type="text/plain; charset=utf-8")
