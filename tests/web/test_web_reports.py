"""Reports as a page, as a table for a spreadsheet and as paper; all hide the same."""

from __future__ import annotations

import io

import pypdfium2
import pytest
import web_builders as build
from django.db import connection
from django.test.utils import CaptureQueriesContext
from web_client import AppClient

from outreach.campaigns.models import Launch
from outreach.core.clock import now
from outreach.organisation.models import Role, School, Staff
from outreach.reports.models import RunCount, RunFigure

MOST_STATEMENTS = 20


def count(launch: Launch, dimension: str, key: str, planned: int, school: School | None) -> None:
    run = launch.step_runs.order_by("position")[0]
    RunCount.objects.get_or_create(step_run=run, defaults={"counted_at": now()})
    RunFigure.objects.create(
        step_run=run,
        dimension=dimension,
        key=key,
        school=school,
        planned=planned,
        left_out=0,
        reached=planned,
        delivered=planned,
        failed=0,
        unknown=0,
        opted_out=0,
        answered=0,
    )


@pytest.fixture
def launch(manager: Staff, approver: Staff, school: School) -> Launch:
    """A send of 1,245 messages: two schools that are shown, two that are not."""
    launch = build.build_running(manager, approver)
    sizes = {"=cmd": 1000, "millbrook": 200, "parkside": 40, "tiny-school": 5}
    count(launch, "all", "", sum(sizes.values()), None)
    for slug, planned in sizes.items():
        each = build.build_school(slug.strip("="))
        School.objects.filter(pk=each.pk).update(name=f"={slug}" if slug == "=cmd" else each.name)
        count(launch, "school", each.slug, planned, each)
    return launch


def test_empty_reports_say_when_the_first_one_comes(client: AppClient, manager: Staff) -> None:
    shown = client.as_staff(manager).get("/reports").content.decode()
    assert "A step is counted when its last hour is over." in shown


def test_the_list_leads_to_the_report_of_a_campaign(
    client: AppClient, manager: Staff, launch: Launch
) -> None:
    shown = client.as_staff(manager).get("/reports").content.decode()
    assert '<a class="row-link" href="/reports/tiny">Say No!</a>' in shown
    assert "1\u202f245" in shown


def test_small_schools_are_not_shown_nor_told_by_the_difference(
    client: AppClient, manager: Staff, launch: Launch
) -> None:
    shown = client.as_staff(manager).get("/reports/tiny?by=school").content.decode()
    rows = {row.partition("</th>")[0]: row for row in shown.split('<tr><th scope="row">')[1:]}
    assert "not shown" in rows["Tiny School"]
    assert "not shown" in rows["Parkside"]
    assert "not shown" not in rows["Millbrook"]
    assert "200" in rows["Millbrook"]
    assert "Numbers of fewer than ten people are not shown" in shown


def test_the_table_for_a_spreadsheet_hides_the_same_and_runs_nothing(
    client: AppClient, manager: Staff, launch: Launch
) -> None:
    answer = client.as_staff(manager).get("/reports/tiny.csv?by=school")
    assert answer["Content-Disposition"].endswith('.csv"')
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("School,Planned,Left out,Reached")
    assert "'==cmd,1000,0,1000,1000,0,0,0,0" in lines
    assert "Tiny School," + ",".join(["not shown"] * 8) in lines


def test_paper_says_the_same(client: AppClient, manager: Staff, launch: Launch) -> None:
    answer = client.as_staff(manager).get("/reports/tiny.pdf?by=school")
    document = pypdfium2.PdfDocument(io.BytesIO(answer.content))
    words = document[0].get_textpage().get_text_range()
    for expected in ("Say No!", "Millbrook", "not shown", "Together", "1\u202f245", "By: School"):
        assert expected in words


def test_paper_stays_white_below_the_plot(
    client: AppClient, manager: Staff, launch: Launch
) -> None:
    answer = client.as_staff(manager).get("/reports/tiny.pdf?by=school")
    page = pypdfium2.PdfDocument(io.BytesIO(answer.content))[0]
    words = page.get_textpage()
    at, _ = words.search("Together").get_next()
    left, bottom, _, top = words.get_charbox(at)
    picture = page.render(scale=1).to_pil().convert("RGB")
    beside = (int(left) - 1, int(page.get_height() - (bottom + top) / 2))
    assert picture.getpixel(beside) == (255, 255, 255)


def test_an_address_that_no_page_asks_is_not_found(
    client: AppClient, manager: Staff, launch: Launch
) -> None:
    client.as_staff(manager)
    for address in ("/reports/none", "/reports/tiny?by=person", "/reports/tiny?send=x"):
        assert client.get(address).status_code == 404


def test_school_staff_see_no_report(client: AppClient, launch: Launch, school: School) -> None:
    client.as_staff(build.build_staff("Sam", Role.SCHOOL_STAFF, school=school))
    assert client.get("/reports/tiny").status_code == 403


def test_statements_do_not_grow_with_the_groups(
    client: AppClient, manager: Staff, launch: Launch
) -> None:
    client.as_staff(manager).get("/reports/tiny?by=school")
    with CaptureQueriesContext(connection) as found:
        client.get(f"/reports/tiny?by=school&send={launch.uuid}")
    assert len(found) <= MOST_STATEMENTS
