"""Pages stay as large as a person can read, however many schools and people there are."""

from __future__ import annotations

import pytest
import web_builders as build
from django.db import connection
from django.test.utils import CaptureQueriesContext
from web_client import AppClient

from outreach.core.clock import now
from outreach.organisation.models import Role, School, Staff, StaffRole

MOST_SHOWN = 50
FEW, MANY = 60, 180


@pytest.fixture
def administrator(organisation: object) -> Staff:
    build.build_sender()
    build.build_version()
    return build.build_staff("Ada", Role.ADMINISTRATOR, Role.MANAGER)


def schools(first: int, last: int) -> None:
    """School 000 and on, each with a colleague there, and one child-protection contact of all."""
    made = School.objects.bulk_create(
        School(
            slug=f"school-{number:03}",
            name=f"School {number:03}",
            country="GB",
            zone="Europe/London",
            languages=["en"],
            consent_basis="signed_form",
            created_at=now(),
        )
        for number in range(first, last)
    )
    staff = Staff.objects.bulk_create(
        Staff(name=f"Colleague {each.slug}", email=f"{each.slug}@school.test", created_at=now())
        for each in made
    )
    lead, _ = Staff.objects.get_or_create(
        email="lead@school.test", defaults={"name": "Lea Lead", "created_at": now()}
    )
    StaffRole.objects.bulk_create(
        [
            *(
                StaffRole(staff=who, role=Role.SCHOOL_STAFF, school=where)
                for who, where in zip(staff, made, strict=True)
            ),
            *(StaffRole(staff=lead, role=Role.SAFEGUARDING_LEAD, school=where) for where in made),
        ]
    )


def looked_for(client: AppClient, words: str) -> str:
    """The list of staff with `words`, which stand in no address of a page."""
    return client.post("/staff", {"name": words}).content.decode()


def opened(client: AppClient, address: str) -> tuple[str, int]:
    """The page, and how many statements it took."""
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode(), len(asked)


def test_lists_do_not_grow_with_schools_and_staff(client: AppClient, administrator: Staff) -> None:
    schools(0, FEW)
    client.as_staff(administrator)
    lead = f"/staff/{Staff.objects.get(email='lead@school.test').uuid}"
    addresses = ("/staff", lead, "/school", "/schools", "/alerts")
    for address in addresses:
        opened(client, address)
    before = {address: opened(client, address) for address in addresses}
    schools(FEW, MANY)
    for address, (page, statements) in before.items():
        grown, asked = opened(client, address)
        assert asked <= statements, address
        rows = {text.count("<tr>") for text in (page, grown)}
        assert len(rows) == 1, address
        assert max(rows) <= MOST_SHOWN + 2, address


@pytest.mark.parametrize(
    "address", ["/launches/new", "/staff/invite", "/urgent", "/calendar", "/audit"]
)
def test_pages_that_choose_a_school_name_all_of_them_in_as_many_statements(
    client: AppClient, administrator: Staff, address: str
) -> None:
    schools(0, FEW)
    client.as_staff(administrator)
    opened(client, address)
    _, before = opened(client, address)
    schools(FEW, MANY)
    page, asked = opened(client, address)
    assert asked <= before
    assert all(f"School {number:03}" in page for number in range(MANY))


def test_somebody_beyond_the_first_fifty_is_found_by_name_address_or_school(
    client: AppClient, administrator: Staff
) -> None:
    schools(0, FEW)
    client.as_staff(administrator)
    first, _ = opened(client, "/staff")
    assert "school-055@school.test" not in first
    assert "12 more people are not shown here" in first
    for words in ("Colleague school-055", "school-055@", "School 055"):
        page = looked_for(client, words)
        assert "school-055@school.test" in page
        assert "school-054@school.test" not in page
    nobody = looked_for(client, "nobody-of-this-name")
    assert "Nobody has this in their name, address or school." in nobody


def test_who_has_a_role_at_many_schools_is_one_line_and_each_can_be_taken_away(
    client: AppClient, administrator: Staff
) -> None:
    schools(0, FEW)
    client.as_staff(administrator)
    page = looked_for(client, "lead@")
    assert "(60 schools)" in page
    lead = Staff.objects.get(email="lead@school.test")
    page, _ = opened(client, f"/staff/{lead.uuid}")
    assert "10 more roles are not shown here" in page
    page, _ = opened(client, f"/staff/{lead.uuid}?school=055")
    held = StaffRole.objects.get(staff=lead, school__slug="school-055")
    assert f"/roles/{held.pk}/take" in page


def test_the_parents_of_a_school_beyond_the_first_fifty_are_found_by_its_name(
    client: AppClient, administrator: Staff
) -> None:
    schools(0, FEW)
    client.as_staff(administrator)
    wanted = School.objects.get(slug="school-055")
    assert str(wanted.uuid) not in opened(client, "/school")[0]
    assert f"/school/{wanted.uuid}" in opened(client, "/school?school=055")[0]


def test_names_of_schools_are_written_as_text_in_long_lists(
    client: AppClient, administrator: Staff
) -> None:
    schools(0, FEW)
    School.objects.filter(slug="school-007").update(name='<b>"Seven" & Sons</b>')
    client.as_staff(administrator)
    for address in ("/launches/new", "/calendar"):
        page, _ = opened(client, address)
        assert "&lt;b&gt;&quot;Seven&quot; &amp; Sons&lt;/b&gt;" in page
        assert "<b>" not in page


def test_messages_of_a_state_go_on_behind_the_first_fifty(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    launch = build.build_running(manager, approver)
    run = build.plan(launch)
    batch = build.build_batch(run)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT outreach_ledger_partition(%(run)s);"
            "INSERT INTO delivery_delivery (step_run_id, id, batch_id, person_id, school_id, "
            "language, state, attempt, state_at) "
            "SELECT %(run)s, n, %(batch)s, n, %(school)s, 'en', 'failed', 1, now() "
            "FROM generate_series(1, 80) AS n;"
            "INSERT INTO delivery_tally (step_run_id, batch_key, worker, state, number) "
            "VALUES (%(run)s, %(batch)s, 'worker', 'failed', 80)",
            {"run": run.pk, "batch": batch.pk, "school": school.pk},
        )
    client.as_staff(manager)
    address = f"/launches/{launch.uuid}/messages"
    first, statements = opened(client, address)
    assert f'/messages/{run.uuid}/50"' in first
    assert f'/messages/{run.uuid}/51"' not in first
    further = f"?state=failed&amp;run={run.uuid}&amp;after=50"
    assert further in first
    second, asked = opened(client, address + further.replace("&amp;", "&"))
    assert f"/messages/{run.uuid}/80" in second
    assert f'/messages/{run.uuid}/50"' not in second
    assert asked <= statements
    assert opened(client, f"{address}?run=nobody&after=x")[0].count("<tr>") == 51
