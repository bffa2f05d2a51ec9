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
from outreach.campaigns.definition.when import WHEN_FORMS

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

_YEAR = """\
## A school year

What comes again, what keeps to each school's own calendar, who is left out, and when it stops:

```yaml
schema: 1
campaign: safe-year
title: A safe year
topic: online-safety
languages: [en]
default_language: en
not_on: [public-holidays, school-holidays]
at_most: 2 per week
spend_cap: "20.00"
stop_if: {complaints: 0.3%, opt_outs: 3%, failures: 10%}
named_days: {parents-evening: [2027-03-04]}

steps:
  - key: staff-brief
    title: What parents will get
    to: staff
    channels: [email]
    when: {day: 0, at: "15:00"}

  - key: start
    title: The film, and one rule
    to: guardians
    channels: [email, sms]
    when: {after: staff-brief, next: weekday, at: "16:30", spread: 2h}
    waits_for: staff-brief
    except: {joined_after: 2026-10-01}

  - key: before-the-holidays
    title: Before the holidays
    to: guardians
    channels: [email]
    when: {before: holiday, days: 3, at: "16:30", every: holiday}
    otherwise: expires

  - key: safer-internet-day
    title: Today is Safer Internet Day
    to: guardians
    channels: [email]
    when: {day_named: safer-internet-day, at: "16:30"}

  - key: one-question
    title: One question
    to: guardians
    channels: [email]
    when: {after: safer-internet-day, days: 2, at: "17:00"}
    only: {got: safer-internet-day, share: 20%}
    discreet: true

  - key: welcome
    title: Welcome
    to: guardians
    channels: [email, sms]
    when: {after_opt_in: {days: 1}, at: "16:30"}
    not_on: []

  - key: the-film-for-newcomers
    title: The film, and one rule
    to: guardians
    channels: [email, sms]
    when: {after_opt_in: {days: 4}, at: "16:30"}

  - key: each-term
    title: A new term
    to: staff
    channels: [email]
    when: {after: term-start, days: 2, at: "09:00", every: term}

  - key: each-month
    title: Tip of the month
    to: guardians
    channels: [email]
    when: {date: 2026-11-02, at: "17:00", every: month, until: 2027-07-02}
```
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

- **A named day, a holiday or a term is the first one after the step above**, so the order stays.
  Where a school's own calendar would still break it, the step is not planned there.
- **Steps that come again, and steps after the opt-in, stand outside the order.** Nothing counts
  from them. What a long holiday pushes to the day of the next one gives way to it.
- **A newcomer gets what is still to come**, and the steps after the opt-in; never the past.
- **A step that needs what nobody entered is not planned for that school**, and
  `outreach launch calendar` says so: "its term dates are not entered".
- **One message a person.** Somebody at two schools with different holidays gets a step once.

## To whom

- `to` names them, `only` chooses among them, `except` takes some away again. Inside one of them
  everything must be true; inside a list one entry is enough.
- Who is not chosen is not planned for. Who is chosen and cannot be reached is, with the reason.
- A `share` is drawn by lot, for good: the same seed gives the same people on every machine, and a
  larger share holds those of the smaller one.

## Before it goes out

- `waits_for` a brief, `at_most` so many messages, `stop_if` too much goes wrong: see their keys.
- A second person approves each launch. Where nobody else may, its maker may approve it 24 hours
  after asking, and the log says so.
- Something urgent: a launch of its own, marked urgent by two people, goes before all others.
- Something wrong went out: a step with `corrects`, in a new version of the same campaign or with
  `corrects_in` in one of its own, goes to exactly those who got it.

## Values

| value | is written | note |
|---|---|---|
| time | `"16:30"` | 24 hours |
| span | `90m`, `3h`, `2d`, `1d12h` | minutes, hours, days |
| date | `2027-02-09` | year, month, day |
| short name | `warning-signs` | small letters, digits, hyphens; at most 40 |
| language | `en`, `pt-BR`, `zh-Hant` | a code of the Unicode locale list (CLDR) |
| age group | `"11-13"`, `"16+"` | as the school's list has them |
| frequency | `2 per week` | day, week or month: in any so many days |
| rate | `500 per minute` | second, minute or hour |
| share | `20%`, `0.2` | more than nothing, less than all |
| money | `"20.00"` | in the currency of the organisation |
| country | `DE` | two letters, ISO 3166 |
| school | `greenhill` | its short name |
| launch | `0192d7c0-1a2b-7c3d-8e4f-5a6b7c8d9e0f` | its identifier |

YAML takes spaces, never tabs. Anchors are read, tags are not, a key stands once.
"""

# Keys that every form has come last.
_LAST = {name: place for place, name in enumerate(("every", "until", "at", "within", "spread"), 1)}
# A sample that only one pattern fits -> the word for it in the table of values.
_WORDS = {
    "warning-signs": "short name",
    "16:30": "time",
    "2d": "span",
    "pt-BR": "language",
    "16+": "age group",
    "2 per week": "frequency",
    "20%": "share",
    "20.00": "money",
    "500 per minute": "rate",
    "DE": "country",
    "4th-school": "school",
    "0192d7c0-1a2b-7c3d-8e4f-5a6b7c8d9e0f": "launch",
}


def reference_page() -> str:
    """The whole page, Markdown."""
    schema = json_schema()
    parts = [
        _HEAD,
        _section("## The campaign", schema, schema),
        _section("## `quiet_hours`", schema["$defs"]["QuietHoursSpec"], schema),
        _section("## `stop_if`", schema["$defs"]["StopIf"], schema),
        _section("## A step", schema["$defs"]["Step"], schema),
        _section("## `question`", schema["$defs"]["Question"], schema),
        _section("### A language of `texts`", schema["$defs"]["QuestionText"], schema),
        _section("## `variant_of`", schema["$defs"]["VariantOf"], schema),
        _section("## `only` and `except`", schema["$defs"]["Filter"], schema),
        "## `when`\n\nOne of these forms.\n",
        *(_form(key, schema) for key in WHEN_FORMS),
        _section("#### `after_opt_in`", schema["$defs"]["OptIn"], schema),
        _YEAR,
        _TEMPLATES,
        _RULES,
    ]
    return "\n".join(parts)


def _form(key: str, schema: Schema) -> str:
    form = schema["$defs"][WHEN_FORMS[key].__name__]
    word, _, rest = key.partition(" ")
    return _section(f"### `{word}` {rest}".rstrip(), form, schema)


def _section(title: str, part: Schema, schema: Schema) -> str:
    names = sorted(part["properties"], key=lambda name: _LAST.get(name, 0))
    rows = [_row(name, part, schema) for name in names]
    head = ["| key | value | example | |", "|---|---|---|---|"]
    return "\n".join([title, "", part["description"], "", *head, *rows, ""])


def _row(name: str, part: Schema, schema: Schema) -> str:
    field = part["properties"][name]
    required = name in part.get("required", ())
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
    if "patternProperties" in field:
        return "names, each with its own value"
    if "oneOf" in field or field.get("type") == "object":
        return "keys, see below"
    if field.get("type") == "boolean":
        return "`true`, `false`"
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
