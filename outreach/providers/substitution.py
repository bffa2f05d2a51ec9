"""Putting a recipient's values into a text, where the provider does not do it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache


def substitute(text: str, values: Mapping[str, str]) -> str:
    """Every key replaced by its value, literally and in one pass.

    One pass, so that a value which happens to hold another key is left as it is; longer
    keys first, so that one key may begin with another.
    """
    if not values:
        return text
    return _pattern(tuple(values)).sub(lambda found: values[found[0]], text)


@lru_cache(maxsize=64)  # all recipients of a request have the same keys
def _pattern(keys: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(keys, key=len, reverse=True))))
