"""The short code by which a parent asks whether a message is genuine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core.errors import BadToken
from outreach.core.message_codes import message_code, read_message_code

KEY = b"k" * 32
NUMBER = st.integers(min_value=0, max_value=2**40)


@given(NUMBER, NUMBER)
def test_code_reads_back_however_it_is_typed(step_run_id: int, school_id: int) -> None:
    code = message_code(KEY, step_run_id, school_id)
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert read_message_code([KEY], code) == (step_run_id, school_id)
    assert read_message_code([b"newer", KEY], f" {typed}. ") == (step_run_id, school_id)


@pytest.mark.parametrize("text", ["", "-", "1-2", "1-2-3-4", "1-2-" + "0" * 60, "é-ß-AB", "1-2-U"])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(BadToken):
        read_message_code([KEY], text)


def test_code_made_up_for_another_school_is_refused() -> None:
    code = message_code(KEY, 5, 7)
    made_up = f"5-8-{code.rpartition('-')[2]}"
    with pytest.raises(BadToken):
        read_message_code([KEY], made_up)
    with pytest.raises(BadToken):
        read_message_code([b"another key"], code)
