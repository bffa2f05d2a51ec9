"""The form of a step: who of its readers gets it, who does not, and on which days it goes out."""

from __future__ import annotations

from test_web_campaigns import (
    HOME,
    STEP,
    page,
    posted,
    seen,
    version,  # noqa: F401  # the fixture of that campaign
)
from web_client import AppClient

from outreach.campaigns.models import CampaignVersion
from outreach.organisation.models import Staff


def step_form(**changed: object) -> dict[str, object]:
    """The form of the step on Safer Internet Day as the page shows it."""
    given = {
        "title": "Three questions for tonight",
        "to": "guardians",
        "channels": "email,sms",
        "at": "16:30",
        "within": "3h",
        "do": "look",
    }
    return given | changed


def only_change(before: str, after: str) -> list[str]:
    """The lines that an edit added or changed."""
    old = before.splitlines()
    return [line.strip() for line in after.splitlines() if line not in old]


def test_who_gets_a_step_who_does_not_and_on_which_days_is_edited_in_the_form(
    client: AppClient,
    manager: Staff,
    version: CampaignVersion,  # noqa: F811  # the fixture above
) -> None:
    address = f"{STEP}/edit"
    given = step_form(
        not_on="public-holidays",
        only_countries="DE, AT",
        only_languages=["de"],
        except_joined_before="2026-09-01",
        except_share="20%",
    )
    shown = posted(client.as_staff(manager), address, given)
    done = posted(client, address, given | {"do": "save", "seen": seen(shown)})
    assert "Saved as version 2" in done
    newest = CampaignVersion.objects.get(number=2)
    assert only_change(version.definition, newest.definition) == [
        "not_on: [public-holidays]",
        "only: {countries: [DE, AT], languages: [de]}",
        "except: {joined_before: '2026-09-01', share: \"20%\"}",
    ]
    again = f"{HOME}/2/steps/on-the-day/edit"
    shown = page(client, again)
    for part in ('value="DE, AT"', 'value="20%"', 'value="2026-09-01"'):
        assert part in shown
    fewer = step_form(not_on="", only_languages=["de"])
    shown = posted(client, again, fewer)
    posted(client, again, fewer | {"do": "save", "seen": seen(shown)})
    last = CampaignVersion.objects.get(number=3).definition
    assert only_change(version.definition, last) == ["only: {languages: [de]}"]


def test_a_filter_that_is_wrong_is_said_with_its_line_and_not_saved(
    client: AppClient,
    manager: Staff,
    version: CampaignVersion,  # noqa: F811  # the fixture above
) -> None:
    shown = posted(client.as_staff(manager), f"{STEP}/edit", step_form(only_share="half"))
    assert "is not a share" in shown
    assert seen(shown) == ""
