"""Row-level security: a wrong query in the web process sees and changes no other school's rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, transaction
from psycopg import sql
from two_schools import Life

# Every other table has row-level security. What is said here is why this one has none.
_ORGANISATION = "the organisation's own: no school's rows, nobody's address"
_SIGN_IN = "read before it is known who asks, so before it is known which schools they may see"
_COUNTS = "counts and instants of the organisation's sends, of all schools together"
_DJANGO = "Django's own"
WITHOUT_WALL: Mapping[str, str] = {
    "auth_group": _DJANGO,
    "auth_group_permissions": _DJANGO,
    "auth_permission": _DJANGO,
    "django_content_type": _DJANGO,
    "django_migrations": _DJANGO,
    "campaigns_campaign": _ORGANISATION,
    "campaigns_campaignversion": _ORGANISATION,
    "campaigns_keptcheck": _ORGANISATION,
    "campaigns_launch": _ORGANISATION,
    "campaigns_launch_schools": "which schools a send is for: hidden, it would seem to be for all",
    "campaigns_launchevent": _ORGANISATION,
    "campaigns_launchmove": _ORGANISATION,
    "campaigns_schoolbounds": _ORGANISATION,
    "campaigns_steprun": _ORGANISATION,
    "consent_keyrecord": "fingerprints of the organisation's keys",
    "consent_joinword": "printed on the school's posters",
    "consent_providerlist": _ORGANISATION,
    "consent_providertold": "numbers of suppressions",
    "consent_signupcount": "keyed hashes that are counted before anybody is known",
    "consent_suppression": "a stop counts for all schools, and is a keyed hash",
    "consent_topic": _ORGANISATION,
    "delivery_batch": _COUNTS,
    "delivery_batchcount": _COUNTS,
    "delivery_ledgerblock": "hashes over the ledger",
    "delivery_pace": _COUNTS,
    "delivery_senderhealth": _ORGANISATION,
    "delivery_senderpulse": _COUNTS,
    "delivery_senderswitch": _COUNTS,
    "delivery_spend": _COUNTS,
    "delivery_spread": _COUNTS,
    "delivery_tally": _COUNTS,
    "delivery_turn": _COUNTS,
    "inbox_door": _ORGANISATION,
    "operations_stopjournal": _COUNTS,
    "operations_upkeeprun": _COUNTS,
    "organisation_accountlimit": _ORGANISATION,
    "organisation_addresskeyrecord": "fingerprints of the organisation's keys",
    "organisation_alerttest": _ORGANISATION,
    "organisation_apikey": _SIGN_IN,
    "organisation_auditentry": "every request adds to it; subjects are numbers and short names",
    "organisation_authenticatorapp": _SIGN_IN,
    "organisation_organisation": _ORGANISATION,
    "organisation_passkey": _SIGN_IN,
    "organisation_recoverycode": _SIGN_IN,
    "organisation_sender": _ORGANISATION,
    "organisation_signintry": _SIGN_IN,
    "organisation_smsprice": _ORGANISATION,
    "organisation_staff": _SIGN_IN,
    "organisation_stafflink": _SIGN_IN,
    "organisation_staffrole": _SIGN_IN,
    "organisation_staffsession": _SIGN_IN,
    "organisation_standstill": _ORGANISATION,
    "organisation_trialday": _COUNTS,
    "outbound_happening": "numbers of rows that a trigger notes in whatever request changes them",
    "outbound_hook": "the organisation's; the trigger asks it in every request",
    "outbound_hookmessage": "identifiers for the organisation's own systems, no address",
    "outbound_ledgermark": _COUNTS,
    "reports_livecount": _COUNTS,
    "reports_runcount": _COUNTS,
}
# Names in them that people gave: no data of a parent, but the mark of these tests stands there.
_NAMED = {"organisation_apikey"}
# Shown to those alone who may see every school.
_FOR_EVERY_SCHOOL = {"inbox_providerevent", "consent_owndatalink"}
_FILLED = 33  # tables with a row of each of the two schools
_TABLES = """
SELECT c.relname::text, c.relrowsecurity FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY 1
"""
_ROLES = """
SELECT r.rolname::text FROM pg_roles r WHERE r.rolname IN ('outreach_app', 'outreach_work')
  AND (r.rolsuper OR r.rolbypassrls OR pg_has_role(r.oid, 'outreach_owner', 'MEMBER'))
"""
_OWNED = """
SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
  AND c.relkind IN ('r', 'p', 'v', 'm')
  AND (pg_get_userbyid(c.relowner) <> 'outreach_owner' OR c.relkind IN ('v', 'm'))
"""
_POLICIES = """
SELECT tablename::text, policyname::text FROM pg_policies
WHERE schemaname = 'public' AND NOT (
  (roles = '{outreach_app}' AND qual ~ 'outreach_sees'
    AND coalesce(with_check, qual) ~ 'outreach_sees')
  OR roles = '{outreach_work}')
"""
_PARTITIONS = """
SELECT c.relname::text,
  has_table_privilege('outreach_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relispartition AND c.relkind = 'r'
"""


def tables() -> dict[str, bool]:
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        return dict(cursor.fetchall())


def walled() -> list[str]:
    return [table for table, has_wall in tables().items() if has_wall]


@contextmanager
def as_app(schools: str) -> Iterator[None]:
    """The rights of the web process, with the rows of `schools`."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # those checks lock rows
        cursor.execute("SET LOCAL ROLE outreach_app")
        cursor.execute("SELECT set_config('outreach.schools', %s, true)", [schools])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE outreach_owner")
            cursor.execute("SELECT set_config('outreach.schools', '', true)")


def rows_of(table: str) -> list[str]:
    """Every row that may be seen, as text."""
    statement = sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(table))
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [row for (row,) in cursor.fetchall()]


def may(table: str, right: str) -> bool:
    """Whether the web process has the right, before any policy."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('outreach_app', %s, %s)", [table, right])
        return bool(cursor.fetchone()[0])


def test_every_table_has_row_security_or_a_reason_why_not(db: None) -> None:
    without = {table for table, has_wall in tables().items() if not has_wall}
    assert without - set(WITHOUT_WALL) == set(), "a new table: give it a policy, or a reason here"
    assert set(WITHOUT_WALL) & set(walled()) == set(), "it has a wall: take its reason out"


def test_no_table_that_names_a_school_or_a_parent_is_without_row_security(db: None) -> None:
    own = {"school_id", "person_id", "address_id", "delivery_id", "match_key", "from_address"}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT table_name::text FROM information_schema.columns "
            "WHERE table_schema = 'public' AND column_name = ANY (%s)",
            [sorted(own)],
        )
        named = {table for (table,) in cursor.fetchall()} & set(WITHOUT_WALL)
    assert named == {
        "campaigns_launch_schools",
        "consent_joinword",
        "organisation_apikey",
        "organisation_staffrole",
    }


def test_no_role_of_a_process_passes_by_row_security(db: None) -> None:
    """FORCE would bind the owner, who migrates, too. No process that serves has the owner's rights,
    no table is another's, no view lends them, and no partition can be read around its parent."""
    with connection.cursor() as cursor:
        found = {}
        for name, statement in (("roles", _ROLES), ("owned", _OWNED), ("policies", _POLICIES)):
            cursor.execute(statement)
            found[name] = cursor.fetchall()
    assert found == {"roles": [], "owned": [], "policies": []}


def test_no_partition_of_the_ledger_is_read_around_its_parent(
    two_lives: tuple[Life, Life],
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_PARTITIONS)
        found = dict(cursor.fetchall())
    assert len(found) >= 2
    assert not any(found.values())


def test_query_without_a_condition_sees_the_rows_of_its_school_alone(
    two_lives: tuple[Life, Life],
) -> None:
    mine, theirs = two_lives
    filled = [table for table in walled() if len(rows_of(table)) > 1]
    assert len(filled) >= _FILLED, "tables without a row of each school prove nothing"
    for table in filled:
        with as_app(str(mine.school.pk)):
            seen = rows_of(table)
        with as_app(str(theirs.school.pk)):
            others = rows_of(table)
        assert bool(seen) is (table not in _FOR_EVERY_SCHOOL), table
        assert not set(seen) & set(others), table
        assert not [row for row in seen if theirs.mark in row.casefold()], table


def test_nothing_is_seen_before_anybody_says_whose_rows(two_lives: tuple[Life, Life]) -> None:
    with as_app(""):
        assert {table: rows_of(table) for table in walled() if rows_of(table)} == {}


def test_no_table_at_all_gives_away_a_parent_of_another_school(
    two_lives: tuple[Life, Life],
) -> None:
    mine, theirs = two_lives
    found = set()
    with as_app(str(mine.school.pk)):
        for table in tables():
            if may(table, "SELECT") and any(
                theirs.mark in row.casefold() for row in rows_of(table)
            ):
                found.add(table)
    assert found <= _NAMED


@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_statement_without_a_condition_changes_no_row_of_another_school(
    two_lives: tuple[Life, Life], verb: str
) -> None:
    mine, theirs = two_lives
    with as_app(str(theirs.school.pk)):
        before = {table: rows_of(table) for table in walled()}
    with as_app(str(mine.school.pk)):
        changed = [table for table in walled() if _try(table, verb)]
    with as_app(str(theirs.school.pk)):
        assert {table: rows_of(table) for table in walled()} == before
    assert changed, "not even its own rows were changed"


def _try(table: str, verb: str) -> int:
    """Where the role has not even the right, or a row is still needed, nothing happens either."""
    name = sql.Identifier(table)
    statements = {
        "DELETE": sql.SQL("DELETE FROM {}").format(name),
        "UPDATE": sql.SQL("UPDATE {} SET {} = {}").format(name, *[_a_column(table)] * 2),
    }
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statements[verb])
            return cursor.rowcount
    except DatabaseError:
        return 0


def _a_column(table: str) -> sql.Identifier:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = %s::regclass "
            "AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum DESC LIMIT 1",
            [table],
        )
        return sql.Identifier(str(cursor.fetchone()[0]))


def test_no_row_is_made_in_the_name_of_another_school(two_lives: tuple[Life, Life]) -> None:
    """Each row of theirs, written once more by somebody of mine, is refused by the policy."""
    mine, theirs = two_lives
    refused, open_to_mine = set(), set()
    for table in walled():
        if may(table, "INSERT") and len(rows_of(table)) > 1:
            (refused if _is_refused(table, mine, theirs) else open_to_mine).add(table)
    assert open_to_mine == set()
    assert len(refused) >= _FILLED - 8  # the ledger's tables may not be added to at all


def _is_refused(table: str, mine: Life, theirs: Life) -> bool:
    """Whether PostgreSQL says that it is row security which forbids it."""
    copied = sql.SQL("CREATE TEMPORARY TABLE copied ON COMMIT DROP AS SELECT * FROM {}")
    name = sql.Identifier(table)
    with as_app(str(mine.school.pk)):
        seen = rows_of(table)
    with connection.cursor() as cursor:
        cursor.execute(copied.format(name))
        cursor.execute("DELETE FROM copied c WHERE c::text = ANY (%s)", [seen])
        cursor.execute("GRANT SELECT ON copied TO outreach_app")
        try:
            with as_app(str(mine.school.pk)), transaction.atomic():
                cursor.execute(
                    sql.SQL("INSERT INTO {} OVERRIDING SYSTEM VALUE SELECT * FROM copied").format(
                        name
                    )
                )
        except DatabaseError as error:
            return "row-level security" in str(error)
        finally:
            cursor.execute("DROP TABLE copied")
    return False
