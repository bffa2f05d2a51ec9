"""The reference page of the definition, made from its JSON Schema.

Owns `docs/campaign-reference.md` and `campaigns/campaign.schema.json`:
`python -m outreach.campaigns.definition.reference`, run in the folder of the project,
writes both. A test says when they are no longer current.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from outreach.campaigns.definition.findings import example_text
from outreach.campaigns.definition.schema import json_schema, schema_text
from outreach.campaigns.definition.spec import WHEN_FORMS

PAGE = Path("docs/campaign-reference.md")
SCHEMA_FILE = Path("campaigns/campaign.schema.json")

Schema = Mapping[str, Any]

_HEAD = """\
# Campaign reference

<!-- Made from the schema by `python -m outreach.campaigns.definition.reference`; edit it there. -->

A campaign is one file, `campaigns/<campaign>/campaign.yaml`, and a folder of messages,
`templates/<campaign>/`. In the tables, keys in bold must be there. This is a whole one:

```yaml
# yaml-language-server: $schema=../campaign.schema.json
schema: 1
campaign: first-phone
title: The first phone
topic: online-safety
languages: [en, de]
default_language: en
quiet_hours: {from: "20:00", to: "08:00"}

steps:
  - key: hello
    title: Before you hand it over
    to: guardians
    channels: [email, sms]
    when: {day: 0, at: "16:30", within: 3h}

  - key: one-week-later
    title: Three questions for dinner
    to: guardians
    channels: [email]
    when: {after: hello, days: 7, at: "17:00"}
    weekdays: [mon, tue, wed, thu]

  - key: safer-internet-day
    title: Today is Safer Internet Day
    to: staff
    channels: [email]
    when: {date: 2027-02-09, at: "09:00"}
    expires_after: 8h
```

`outreach campaign check campaigns/first-phone` lists everything that is wrong at once, each
with its line. Editors that read the first line (VS Code with the YAML extension, JetBrains,
Neovim) complete the keys and check them while you type.
"""

_TEMPLATES = """\
## The messages

Each step needs a file for each of its channels in each of the languages:

| channel | file |
|---|---|
| email | `templates/<campaign>/<language>/<step>.email.md` |
| sms | `templates/<campaign>/<language>/<step>.sms.txt` |

The campaign above needs, in English, `en/hello.email.md`, `en/hello.sms.txt`,
`en/one-week-later.email.md` and `en/safer-internet-day.email.md`, and the same under `de/`.
"""

_RULES = """\
## When exactly

- **Times are wall-clock times.** 16:30 is 16:30 in each zone, summer and winter. Where the clocks
  skip a time (the spring night), the first time after it counts; where it comes twice (the
  autumn night), the first of the two.
- **A window never touches quiet hours or other weekdays.** An opening that falls there moves to
  the next good time; `check` says so. A window closes early where they begin.
- **Late is worse than never.** What could not be sent before the window closes expires.
- **Counted days count from what really happened.** A step three days after one that moved from
  Saturday to Monday is on Thursday.
- **Steps go out in the order in which they are written.** A launch whose starting day would
  break it (a fixed date against counted days) is refused, and so is one that starts after a
  fixed date.

## Values

| value | is written | note |
|---|---|---|
| time | `"16:30"` | 24 hours |
| span | `90m`, `3h`, `2d`, `1d12h` | minutes, hours, days |
| date | `2027-02-09` | year, month, day |
| short name | `warning-signs` | small letters, digits, hyphens; at most 40 |
| language | `en`, `pt-BR`, `zh-Hant` | a code of the Unicode locale list (CLDR) |
| age group | `"11-13"`, `"16+"` | as the school's list has them |

YAML takes spaces, never tabs. Anchors are read, tags are not, a key stands once.
"""

# A sample that only one pattern fits -> the word for it in the table of values.
_WORDS = {
    "warning-signs": "short name",
    "16:30": "time",
    "2d": "span",
    "pt-BR": "language",
    "16+": "age group",
}


def reference_page() -> str:
    """The whole page, Markdown."""
    schema = json_schema()
    parts = [
        _HEAD,
        _section("## The campaign", schema, schema),
        _section("## `quiet_hours`", schema["$defs"]["QuietHoursSpec"], schema),
        _section("## A step", schema["$defs"]["Step"], schema),
        "## `when`\n\nOne of three forms.\n",
        *(_form(key, schema) for key in WHEN_FORMS),
        _TEMPLATES,
        _RULES,
    ]
    return "\n".join(parts)


def _form(key: str, schema: Schema) -> str:
    form = schema["$defs"][WHEN_FORMS[key].__name__]
    return _section(f"### `{key}`", form, schema)


def _section(title: str, part: Schema, schema: Schema) -> str:
    names = sorted(part["properties"], key=lambda name: name in {"at", "within"})
    rows = [_row(name, part, schema) for name in names]
    head = ["| key | value | example | |", "|---|---|---|---|"]
    return "\n".join([title, "", part["description"], "", *head, *rows, ""])


def _row(name: str, part: Schema, schema: Schema) -> str:
    field = part["properties"][name]
    required = name in part["required"]
    key = f"**`{name}`**" if required else f"`{name}`"
    default = field.get("default")
    more = f" Default: {default}." if isinstance(default, str) and _tells(field) else ""
    meaning = f"{field['description']}{more}"
    return f"| {key} | {_value(field, schema)} | {_example(field)} | {meaning} |"


def _tells(field: Schema) -> bool:
    return "Default:" not in field["description"]


def _example(field: Schema) -> str:
    examples = field.get("examples")
    return f"`{example_text(examples[0])}`" if examples else ""


def _value(field: Schema, schema: Schema) -> str:
    """What may be written, in words."""
    if "$ref" in field:
        return _value(schema["$defs"][field["$ref"].rpartition("/")[2]], schema)
    if "enum" in field:
        return ", ".join(f"`{choice}`" for choice in field["enum"])
    if "anyOf" in field:
        return _value(field["anyOf"][0], schema)
    if field.get("type") == "array":
        return f"list: {_value(field['items'], schema)}"
    return _plain_value(field)


def _plain_value(field: Schema) -> str:
    if "oneOf" in field or field.get("type") == "object":
        return "keys, see below"
    if "const" in field:
        return f"`{field['const']}`"
    if field["type"] == "integer":
        return f"whole number, {field['minimum']} to {field['maximum']}"
    return _text_value(field)


def _text_value(field: Schema) -> str:
    if field.get("format") == "date":
        return "date"
    pattern = field.get("pattern")
    if pattern is None:
        return f"text, at most {field['maxLength']} characters"
    return next(word for sample, word in _WORDS.items() if re.search(pattern, sample))


def main() -> int:
    """Writes the page and the schema below the current folder."""
    for file, text in ((PAGE, reference_page()), (SCHEMA_FILE, schema_text())):
        file.write_text(text, encoding="utf-8", newline="\n")
        sys.stdout.write(f"wrote {file}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
