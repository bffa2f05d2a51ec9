"""The JSON Schema and the reference page say what the program does."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from outreach.campaigns.definition import json_schema, plan_occurrences, read_definition
from outreach.campaigns.definition.reference import PAGE, SCHEMA_FILE, reference_page
from outreach.campaigns.definition.schema import schema_text

ADVICE = "run `python -m outreach.campaigns.definition.reference`"
FIRST_LINE = "# yaml-language-server: $schema=../campaign.schema.json\n"


def parsed(source: str) -> Any:
    """As an editor reads it: dates stay texts."""
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(source), default=str))


def test_the_schema_that_ships_is_current(repository: Path) -> None:
    assert (repository / SCHEMA_FILE).read_text(encoding="utf-8") == schema_text(), ADVICE


def test_the_reference_page_is_current(repository: Path) -> None:
    assert (repository / PAGE).read_text(encoding="utf-8") == reference_page(), ADVICE


def test_the_schema_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_the_schema_takes_what_the_program_takes(sound: str, repository: Path) -> None:
    shipped = sorted((repository / "campaigns").glob("*/campaign.yaml"))
    assert shipped
    for source in [sound, *(file.read_text(encoding="utf-8") for file in shipped)]:
        read_definition(source, filename="campaign.yaml")
        jsonschema.validate(parsed(source), json_schema())


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("topic:", "topics:"),
        ("schema: 1", "schema: 2"),
        ("[en, de]", "[en, en]"),
        ("[email, sms]", "[email, fax]"),
        ('at: "16:30"', 'at: "25:00"'),
        ("within: 3h", "within: 3 hours"),
        ("day: 0,", "day: 0, date: 2027-02-09,"),
        ("key: hello", "key: Hello You"),
        ("to: guardians", "to: everyone"),
    ],
)
def test_an_editor_marks_what_the_program_refuses(sound: str, right: str, wrong: str) -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    assert list(validator.iter_errors(parsed(sound.replace(right, wrong, 1))))


def test_shipped_campaigns_tell_editors_their_schema(repository: Path) -> None:
    for file in (repository / "campaigns").glob("*/campaign.yaml"):
        assert file.read_text(encoding="utf-8").startswith(FIRST_LINE)
        assert (file.parent / "../campaign.schema.json").is_file()


def test_the_example_of_the_page_is_a_campaign() -> None:
    example = re.search(r"```yaml\n(.*?)```", reference_page(), re.DOTALL)
    assert example is not None
    definition = read_definition(example[1], filename="campaign.yaml")
    jsonschema.validate(parsed(example[1]), json_schema())
    planned = plan_occurrences(definition, date(2027, 1, 11))
    assert [one.step_key for one in planned] == ["hello", "one-week-later", "safer-internet-day"]


def test_every_key_of_the_schema_is_on_the_page() -> None:
    page = reference_page()
    schema = json_schema()
    for part in (schema, *schema["$defs"].values()):
        for key in part.get("properties", {}):
            assert f"`{key}`" in page
