"""Whatever a school writes with whatever program comes back as it was."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from roster_files import reader_in

from outreach.audience.importing import Roster
from outreach.core.errors import BadInput

# Letters that Windows-1252 has too; delimiters and quotes are the point.
_NAME = st.text(st.sampled_from("abcÄöüßéñÁ O'-.,;|\t\"&/"), min_size=1, max_size=20).filter(
    lambda name: (
        any(letter.isalpha() for letter in name)
        and name.strip(" \t") == name
        and name[0] not in "'-"
    )
)
_PERSON = st.tuples(_NAME, st.integers(0, 999), st.booleans())
_FORMATS = st.tuples(
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)


def written(people: list[tuple[str, int, bool]], shape: tuple[str, str, str, int]) -> bytes:
    delimiter, encoding, line_end, quoting = shape
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerow(["guardian name", "email", "mobile", "consent"])
    for index, (name, number, consents) in enumerate(people):
        email = f"person{index}@example.org"
        writer.writerow([name, email, f"07700 900{number:03}", "yes" if consents else "no"])
    return out.getvalue().encode(encoding)


def read_bytes(content: bytes) -> Roster:
    with TemporaryDirectory() as folder:
        return reader_in(Path(folder))(content)


@given(st.lists(_PERSON, min_size=1, max_size=8, unique_by=lambda p: p[1]), _FORMATS)
def test_people_survive_every_delimiter_encoding_and_quoting(
    people: list[tuple[str, int, bool]], shape: tuple[str, str, str, int]
) -> None:
    roster = read_bytes(written(people, shape))
    assert roster.problems == []
    assert roster.delimiter == shape[0]
    assert [(row.emails[0].address, row.full_name, row.consent) for row in roster.rows] == [
        (f"person{index}@example.org", " ".join(name.split()), consents)
        for index, (name, _, consents) in enumerate(people)
    ]


def refusal_of(content: bytes) -> BadInput | None:
    """None when the content is read."""
    try:
        read_bytes(content)
    except BadInput as error:
        return error
    return None


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_with_a_sentence(content: bytes) -> None:
    error = refusal_of(b"name,email\n" + content)
    assert error is None or (error.message and error.remedy)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    error = refusal_of(text.encode("utf-8", "replace"))
    assert error is None or (error.message and error.remedy)


@pytest.mark.parametrize("mark", ["=", "+", "-", "@"])
def test_names_that_look_like_formulas_are_plain_text(mark: str) -> None:
    roster = read_bytes(f"name,email\n{mark}SUM(A1),a@example.org\n".encode())
    assert roster.rows[0].full_name == f"{mark}SUM(A1)"
