"""The page of all codes, docs/findings.md.

`python -m outreach.campaigns.definition.codes_page`, run in the folder of the project, writes it. A
test says when it is no longer current.
"""

from __future__ import annotations

from pathlib import Path

from outreach.campaigns.definition.codes import PAGE, Code, code_groups

_HEAD = """\
# What `outreach campaign check` finds

<!-- Made from outreach/campaigns/definition/codes.yaml by
`python -m outreach.campaigns.definition.codes_page`; edit it there. -->

`outreach campaign check campaigns/say-no` shows everything at once: place, sentence, remedy and
code. An **error** keeps a campaign from being imported, and so from being launched. A **warning**
asks: look, then decide. There is no way to silence a finding.

Without a database it sees the files alone. With one it also looks at the countries of your schools,
at your prices and at your own web address; `--country FR` adds a country that is to come. Below the
findings stands what each text message comes to: parts, alphabet, price. With SpamAssassin on the
machine (`spamassassin`), each email is scored by it, without the network.
"""


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    for title, group in code_groups().items():
        parts.append(f"\n## {title}\n")
        parts += [_entry(code) for code in group]
    return "".join(parts)


def _entry(code: Code) -> str:
    kind = str(code.severity).capitalize()
    return f"\n### {code.code}\n\n{kind}. {code.means} {code.remedy}\n"


if __name__ == "__main__":
    Path(PAGE).write_text(page(), encoding="utf-8")
