"""Campaigns through their pages: seen, previewed, edited into a new version, out and in again."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
import web_builders as build
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from web_client import AppClient

from outreach.campaigns.actions import import_pack
from outreach.campaigns.definition import load_pack
from outreach.campaigns.models import CampaignVersion
from outreach.core.clock import now
from outreach.organisation.audit import OPERATOR
from outreach.organisation.models import AuditEntry, Role, School, SmsPrice, Staff

ROOT = Path(__file__).parents[2]
HOME = "/campaigns/safer-internet-day"
STEP = f"{HOME}/1/steps/on-the-day"
MOST_STATEMENTS = 30


@pytest.fixture
def version(school: School) -> CampaignVersion:
    """The shipped pack, with a sender and a price for its texts."""
    build.build_sender("sms")
    SmsPrice.objects.create(country="GB", micros=40_000, set_at=now())
    pack = load_pack(ROOT / "campaigns" / "safer-internet-day", ROOT / "templates")
    return import_pack(pack, actor=OPERATOR)


def page(client: AppClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def posted(client: AppClient, address: str, given: dict[str, object]) -> str:
    answer = client.post(address, given, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def seen(shown: str) -> str:
    """What the page asks to get back on saving; "" where it cannot be saved."""
    found = re.search(r'name="seen" value="([^"]+)"', shown)
    return found[1] if found else ""


def text_form(**changed: str) -> dict[str, object]:
    given = {"body": "{{ school.name }}: Hallo. {{ help.sms_line }}. {{ sms.stop_line }}"}
    return {**given, "reviewed_by": "", "do": "look", **changed}


def test_the_list_says_what_is_there_and_what_nobody_reviewed(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    shown = page(client.as_staff(manager), "/campaigns")
    assert "Safer Internet Day" in shown
    assert "10 not reviewed" in shown


def test_an_empty_list_says_how_to_begin(client: AppClient, manager: Staff) -> None:
    assert "No campaign here yet" in page(client.as_staff(manager), "/campaigns")


def test_a_version_says_its_days_hours_and_readers_in_words(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    shown = page(client.as_staff(manager), f"{HOME}/1")
    for words in (
        "1 day before Safer Internet Day",
        "at 16:30, for 3 hours",
        "2 days after “Three questions for tonight”",
        "School contacts and child-protection contacts",
        "10 languages not reviewed",
        "Rehearse: who gets what, who is left out and why",
    ):
        assert words in shown


def test_a_missing_text_is_named_where_it_belongs(
    client: AppClient, manager: Staff, school: School
) -> None:
    build.build_version()
    shown = page(client.as_staff(manager), "/campaigns/tiny/1")
    assert "1 language missing" in shown
    beside = page(client, "/campaigns/tiny/1/steps/where-to-report")
    assert "Missing" in beside
    assert "/campaigns/tiny/1/steps/where-to-report/en/email" in beside


def test_two_languages_stand_side_by_side_as_their_readers_get_them(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    shown = page(client.as_staff(manager), f"{STEP}?left=en&right=de&school=greenhill")
    for words in ("English", "German", "Not reviewed", "Childline 0800 1111", "GSM-7", "EUR to GB"):
        assert words in shown
    assert "Greenhill via Safe Online Network" in shown


def test_plain_text_is_shown_without_a_frame(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    shown = page(client.as_staff(manager), f"{STEP}?look=text")
    assert "<iframe" not in shown
    assert 'class="mail"' in shown


def test_a_country_without_a_price_or_sender_is_said(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    SmsPrice.objects.all().delete()
    assert "no price is set" in page(client.as_staff(manager), STEP)


def test_without_a_school_the_texts_stand_as_they_are(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    School.objects.all().delete()
    shown = page(client.as_staff(manager), STEP)
    assert "There is no school yet" in shown
    assert "{{ school.name }}" in shown


def test_the_frame_of_an_email_may_do_nothing(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    outer = client.as_staff(manager).get(STEP)
    assert "frame-src 'self'" in outer["Content-Security-Policy"]
    assert "<iframe sandbox " in outer.content.decode()
    answer = client.get(f"{STEP}/de/email.html?look=dark")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert re.search(r"sandbox(;|$)", policy)
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "@media all" in answer.content.decode()
    assert "prefers-color-scheme" not in answer.content.decode()


@pytest.mark.parametrize(
    "address",
    [f"{STEP}/xx/email.html", f"{HOME}/1/steps/no-such-step", f"{HOME}/9", "/campaigns/x/1"],
)
def test_what_is_not_there_is_not_found(
    client: AppClient, manager: Staff, version: CampaignVersion, address: str
) -> None:
    assert client.as_staff(manager).get(address).status_code == 404


def test_an_edited_text_is_looked_at_first_and_saved_as_a_new_version(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    address = f"{STEP}/de/sms"
    shown = posted(client.as_staff(manager), address, text_form())
    assert "What this changes" in shown
    assert "+{{ school.name }}: Hallo." in shown
    assert CampaignVersion.objects.count() == 1
    done = posted(client, address, text_form(do="save", seen=seen(shown)))
    assert "Saved as version 2" in done
    newest = CampaignVersion.objects.get(number=2)
    assert newest.definition == version.definition
    changed = {name for name, text in newest.files.items() if version.files[name] != text}
    assert changed == {"de/on-the-day.sms.txt"}
    assert newest.imported_by == manager.email
    assert AuditEntry.objects.filter(action="campaign.import", actor=manager.email).exists()


def test_what_was_not_looked_at_is_not_saved(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    address = f"{STEP}/de/sms"
    shown = posted(client.as_staff(manager), address, text_form())
    other = text_form(do="save", seen=seen(shown), body=f"{text_form()['body']} Neu.")
    assert "It changed since you looked at it" in posted(client, address, other)
    assert CampaignVersion.objects.count() == 1


def test_an_edit_made_meanwhile_is_not_written_over_unseen(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    address = f"{STEP}/de/sms"
    mine = posted(client.as_staff(manager), address, text_form())
    other = posted(client, address, text_form(body=f"{text_form()['body']} Zuerst."))
    first = text_form(body=f"{text_form()['body']} Zuerst.", do="save", seen=seen(other))
    posted(client, address, first)
    refused = posted(client, address, text_form(do="save", seen=seen(mine)))
    assert "It changed since you looked at it" in refused
    assert "version 2 is the newest" in refused
    assert CampaignVersion.objects.count() == 2


def test_new_words_lose_the_review_of_the_old_ones(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    CampaignVersion.objects.update(
        files=version.files | {"de/on-the-day.sms.txt": "---\nreviewed_by: Uta\n---\nAlt.\n"}
    )
    shown = posted(client.as_staff(manager), f"{STEP}/de/sms", text_form(reviewed_by="Uta"))
    assert "+reviewed_by: null" in shown
    named = posted(client, f"{STEP}/de/sms", text_form(reviewed_by="Jan"))
    assert "+reviewed_by: &quot;Jan&quot;" in named


def test_a_text_with_a_fault_names_its_line_and_cannot_be_saved(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    broken = text_form(body="Hallo {{ school.nam }}.\n{% if %}")
    shown = posted(client.as_staff(manager), f"{STEP}/de/sms", broken)
    assert "It cannot be saved like this" in shown
    assert re.search(r"templates/safer-internet-day/de/on-the-day.sms.txt:\d", shown)
    assert seen(shown) == ""


def test_an_email_is_edited_with_subject_and_preview_line(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    given = {
        "subject": "Online-Sicherheit: drei Fragen",
        "preheader": "Für heute Abend.",
        "body": version.files["de/on-the-day.email.md"].split("---\n", 2)[2].replace("\n", "\r\n"),
        "reviewed_by": "",
        "do": "look",
    }
    shown = posted(client.as_staff(manager), f"{STEP}/de/email", given)
    assert "+subject: &quot;Online-Sicherheit: drei Fragen&quot;" in shown
    assert shown.count('<span class="plus">') == 2


def test_a_moved_hour_changes_one_line_and_says_what_it_means_for_people(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    given = {
        "title": "Three questions for tonight",
        "to": "guardians",
        "channels": "email,sms",
        "at": "17:30",
        "within": "2h",
        "expires_after": "",
        "age_groups": "",
        "do": "look",
    }
    address = f"{STEP}/edit"
    shown = posted(client.as_staff(manager), address, given)
    assert "For the people, as they stand today" in shown
    done = posted(client, address, given | {"do": "save", "seen": seen(shown)})
    assert "Saved as version 2" in done
    newest = CampaignVersion.objects.get(number=2)
    pairs = zip(version.definition.splitlines(), newest.definition.splitlines(), strict=True)
    changed = [(old, new) for old, new in pairs if old != new]
    assert [new.strip() for _, new in changed] == [
        'when: {day_named: safer-internet-day, at: "17:30", within: 2h}'
    ]


def test_a_fault_in_the_file_is_named_with_line_column_and_remedy(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    source = version.definition.replace("16:30", "25:30")
    given = {"source": source, "do": "look"}
    shown = posted(client.as_staff(manager), f"{HOME}/1/file", given)
    line = source[: source.index("25:30")].count("\n") + 1
    assert f"campaign.yaml:{line}:" in shown
    assert "is not a time of day" in shown
    assert seen(shown) == ""


def test_an_unchanged_file_is_not_saved(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    given = {"source": version.definition.replace("\n", "\r\n"), "do": "look"}
    shown = posted(client.as_staff(manager), f"{HOME}/1/file", given)
    assert "it says the same as before" in shown
    assert seen(shown) == ""


def test_what_goes_out_as_zip_comes_in_as_the_same_version(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    answer = client.as_staff(manager).get(f"{HOME}/1/export.zip")
    assert answer["Content-Type"] == "application/zip"
    file = SimpleUploadedFile("campaign.zip", answer.content)
    shown = posted(client, "/campaigns/import", {"file": file})
    assert "It is here already, as version 1" in shown
    assert client.get(f"{HOME}/1/export.yaml").content.decode() == version.definition


def test_a_definition_alone_takes_the_texts_that_are_there(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    source = version.definition.replace("16:30", "16:45")
    file = SimpleUploadedFile("campaign.yaml", source.encode())
    shown = posted(client.as_staff(manager), "/campaigns/import", {"file": file})
    assert "Brought in as version 2" in shown
    assert CampaignVersion.objects.get(number=2).files == version.files


def test_a_faulty_zip_names_each_place_and_brings_in_nothing(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("campaigns/x/campaign.yaml", version.definition.replace("16:30", "25:30"))
        archive.writestr("templates/x/en/on-the-day.sms.txt", "Hello {{ nobody }}.\n")
    file = SimpleUploadedFile("x.zip", stream.getvalue())
    shown = posted(client.as_staff(manager), "/campaigns/import", {"file": file})
    assert "It was not brought in" in shown
    assert "campaign.yaml" in shown
    assert CampaignVersion.objects.count() == 1


def test_two_versions_are_compared_in_words_and_for_people(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    source = version.definition.replace("16:30", "16:45")
    file = SimpleUploadedFile("campaign.yaml", source.encode())
    posted(client.as_staff(manager), "/campaigns/import", {"file": file})
    shown = page(client, f"{HOME}/2/changes")
    assert "+    when: {day_named: safer-internet-day, at: &quot;16:45&quot;, within: 3h}" in shown
    assert "For the people" in posted(client, f"{HOME}/2/changes", {})
    assert client.get(f"{HOME}/2/changes?from=9").status_code == 404
    assert "only version" in page(client, f"{HOME}/1/changes") or "from" in page(
        client, f"{HOME}/1/changes"
    )


@pytest.mark.parametrize("role", [Role.APPROVER, Role.AUDITOR])
def test_who_may_only_read_sees_no_way_to_edit(
    client: AppClient, version: CampaignVersion, role: Role
) -> None:
    client.as_staff(build.build_staff("Olga", role))
    for address in ("/campaigns", f"{HOME}/1", STEP):
        shown = page(client, address)
        for part in ("/edit", "/file", "/import", '/de/sms"'):
            assert part not in shown
    assert client.post(f"{STEP}/de/sms", text_form()).status_code == 403


def test_pages_keep_to_their_budget_of_statements(
    client: AppClient, manager: Staff, version: CampaignVersion
) -> None:
    client.as_staff(manager)
    for address in ("/campaigns", f"{HOME}/1", STEP, f"{HOME}/1/check"):
        page(client, address)
        with CaptureQueriesContext(connection) as found:
            page(client, address)
        assert len(found) <= MOST_STATEMENTS, address
