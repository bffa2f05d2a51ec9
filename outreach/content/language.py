"""Which language a person is written to, and which way it runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence

# Languages written from right to left, by their ISO 639 codes.
_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


def choose_language(wanted: Sequence[str | None], available: Collection[str], default: str) -> str:
    """The first wanted language (BCP 47 tag, best first, None is passed over) that there is.

    A tag falls back to its shorter forms (RFC 4647 lookup: de-AT to de), and a bare
    language to its first regional form (pt to pt-BR). `default` when nothing fits.
    """
    known = {_normal(tag): tag for tag in sorted(available)}
    for tag in wanted:
        found = _look_up(_normal(tag), known) if tag else None
        if found:
            return found
    return default


def direction_of(language: str) -> str:
    """ "rtl" or "ltr", as HTML's `dir` takes it."""
    return "rtl" if _normal(language).split("-")[0] in _RIGHT_TO_LEFT else "ltr"


def _normal(tag: str) -> str:
    return tag.strip().replace("_", "-").lower()


def _look_up(tag: str, known: dict[str, str]) -> str | None:
    parts = tag.split("-")
    while parts:
        if "-".join(parts) in known:
            return known["-".join(parts)]
        parts.pop()
    regional = [known[each] for each in known if each.startswith(f"{tag}-")]
    return regional[0] if regional else None
