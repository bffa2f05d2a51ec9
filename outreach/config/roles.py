"""Creates the three database roles, before the first connection takes one of them.

`outreach_owner` migrates, `outreach_app` serves pages, `outreach_work` sends. Run by
`outreach migrate` with the login of DATABASE_URL, which must be allowed to create roles
the first time (or the roles exist already).
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from outreach.config.environment import Environment
from outreach.core.errors import Unavailable

_CREATE = """
DO $$
DECLARE
  name text;
  -- Since PostgreSQL 16 who makes a role is its member, but may not take it.
  may_take text :=
    CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
  FOREACH name IN ARRAY ARRAY['outreach_owner', 'outreach_app', 'outreach_work'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', name);
    END IF;
    IF NOT pg_has_role(current_user, name, may_take) THEN
      EXECUTE format('GRANT %I TO CURRENT_USER', name);
    END IF;
  END LOOP;
END $$;
"""


def ensure_roles(env: Environment) -> None:
    """Creates what is missing; repeated calls change nothing. Raises Unavailable."""
    with _connect(env) as connection:
        connection.execute(_CREATE)
        owner = sql.Identifier("outreach_owner")
        connection.execute(sql.SQL("GRANT CREATE, USAGE ON SCHEMA public TO {}").format(owner))
        connection.execute(
            sql.SQL("GRANT TEMPORARY ON DATABASE {} TO outreach_owner, outreach_work").format(
                sql.Identifier(connection.info.dbname)
            )
        )


def check_database(env: Environment) -> None:
    """Raises Unavailable with a sentence and the remedy when PostgreSQL does not answer."""
    _connect(env).close()


def _connect(env: Environment) -> psycopg.Connection[tuple[object, ...]]:
    if not env.database_url:
        raise Unavailable(
            "DATABASE_URL is not set.",
            remedy="Start everything with `outreach up`, and read in the file that it names "
            "(. ./.outreach/cli.env); or set DATABASE_URL.",
        )
    try:
        return psycopg.connect(env.database_url, connect_timeout=5, autocommit=True)
    except psycopg.OperationalError as error:
        raise Unavailable(
            f"PostgreSQL does not answer: {_first_line(error)}.",
            remedy="Check that the server runs and that DATABASE_URL is right.",
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else "no answer"
