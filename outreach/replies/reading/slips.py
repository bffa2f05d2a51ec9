"""Typing errors: one letter too many, missing, wrong, or two in the wrong order.

Known words are indexed by what is left when one letter is dropped, so a lookup costs as
much as the word is long.
"""

from __future__ import annotations

from collections.abc import Iterable

_REAL_WORDS = """
    zero one two three four five six seven eight nine ten fair fab poor okay kay meh alta atop bajo
    basha baste basts caja canals cancer casta estop find fine fini finn fins haft halle halte
    halts hart hasta hats kraj kraja kral malt pasta quid quiet quite quits salt shop slop smart
    spot stai stap stark stars stav step sti stig sto stob stoc stock stod stoel stoep stoff stoi
    stoj stok stol stom ston stoop stopa stope stops stopy stor stot stow stroop strop stuff suit
    top tops vasta сто стоит стой стол столп стон стопа стопы стоя стоі топ штоп acht alli alti
    arta baixo bala bebe beide besser beter bise bokra borta bast ceau chas chay digo donc dzis dun
    eski esli eten fun funf gitti huit jaja jung kalt kapi kitab klocka koll leka lesen lung mese
    mois naja nara nuit papi parc peu poi poka pora prov quiza reis sa3a scurt seara sekiz senin
    setta sette soir sper spero stade stand stay stof stopft store stos stuk tare teu trem uzun
    vers vine zdes zes andale atta
"""
# One letter away from a stop word of some language, and everyday words of another one. They are
# not slips.
NOT_SLIPS = frozenset(_REAL_WORDS.split())


class Slips:
    """`shortest`: words below this length are never taken for another one."""

    def __init__(self, known: Iterable[str], *, shortest: int) -> None:
        self._shortest = shortest
        self._by_rest: dict[str, set[str]] = {}
        for word in known:
            if len(word) >= shortest and word.isalpha():
                for rest in _rests(word):
                    self._by_rest.setdefault(rest, set()).add(word)

    def meant(self, word: str, *, is_alone: bool = False) -> list[str]:
        """The known words that `word` is one slip away from, sorted."""
        too_short = len(word) < self._shortest - is_alone
        if too_short or word in NOT_SLIPS or not word.isalpha():
            return []
        near = {known for rest in _rests(word) for known in self._by_rest.get(rest, ())}
        return sorted(known for known in near if is_one_slip(word, known))


def _rests(word: str) -> set[str]:
    return {word} | {word[:at] + word[at + 1 :] for at in range(len(word))}


def is_one_slip(typed: str, meant: str) -> bool:
    """True at Damerau-Levenshtein distance one."""
    if typed == meant or abs(len(typed) - len(meant)) > 1:
        return False
    at = 0
    while at < min(len(typed), len(meant)) and typed[at] == meant[at]:
        at += 1
    one, two = typed[at:], meant[at:]
    swapped = len(one) > 1 and len(two) > 1 and one[0] == two[1] and one[1] == two[0]
    return (
        one[1:] == two or one == two[1:] or one[1:] == two[1:] or (swapped and one[2:] == two[2:])
    )
