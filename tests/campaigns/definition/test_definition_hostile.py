"""Files that are no definition, or mean harm: each gets findings, quickly, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.campaigns.definition import read_definition
from outreach.campaigns.definition.reading import examine
from outreach.core.errors import BadFile


def findings(source: str) -> list[str]:
    with pytest.raises(BadFile) as refused:
        read_definition(source, filename="campaign.yaml")
    return [str(problem) for problem in refused.value.problems]


@pytest.mark.parametrize("source", ["", "# only a comment\n", "\n\n"])
def test_an_empty_file_says_so_once(source: str) -> None:
    assert findings(source) == ["campaign.yaml:1:1: The file is empty. Start with `schema: 1`."]


@pytest.mark.parametrize("source", ["- 1\n", "hello\n", "7\n"])
def test_a_file_that_is_no_definition_at_all_says_so(source: str) -> None:
    assert len(findings(source)) == 1
    assert "needs keys of its own here" in findings(source)[0]


def test_a_file_of_five_megabytes_is_refused_before_it_is_parsed() -> None:
    assert findings("x: y\n" * 1_000_000) == [
        "campaign.yaml: The file has 5,000,000 bytes; a definition has at most 64,000. "
        "Check that it is the campaign's definition and not another file."
    ]


def test_aliases_that_would_explode_are_refused() -> None:
    source = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        source += f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    assert len(findings(source)) == 1
    assert "beyond what is read. Write the values out" in findings(source)[0]


@pytest.mark.parametrize("source", ["&a [*a]\n", "[" * 1_200, "{a: " * 1_200])
def test_endless_nesting_is_refused(source: str) -> None:
    assert len(findings(source)) == 1
    assert "nest" in findings(source)[0]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("abn:- \n\t[]{},\"'&*!#%|>@01é\x00")), max_size=60))
def test_no_text_whatever_makes_anything_but_findings(source: str) -> None:
    with pytest.raises(BadFile) as refused:
        read_definition(source, filename="campaign.yaml")
    assert all(problem.message for problem in refused.value.problems)


@settings(max_examples=100, deadline=None)
@given(
    key=st.sampled_from(
        ["schema", "campaign", "languages", "default_language", "quiet_hours", "clock", "steps"]
    ),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.sampled_from(["en", "16:30", "", "day"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["key", "when", "day", "after", "at", "from", "to"]),
                inner,
                max_size=3,
            )
        ),
        max_leaves=6,
    ),
)
def test_any_value_in_any_place_gives_findings_with_a_line(key: str, value: object) -> None:
    reading = examine(f"{key}: {_flow(value)}\n", filename="campaign.yaml")
    assert reading.problems
    assert all(problem.where.startswith("campaign.yaml:1:") for problem in reading.problems)


def _flow(value: object) -> str:
    """A value in YAML's one-line form."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, str):
        return f'"{value}"'
    return "null" if value is None else str(value).lower()
