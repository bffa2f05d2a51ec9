"""The letters of what we print: FiraGO (SIL Open Font License), embedded into each file.

Latin, Greek, Cyrillic, Arabic, Hebrew, Georgian, Thai and Devanagari.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pymupdf_fonts

# The names of the two faces in the package of fonts, by the style that FPDF asks for.
_FACES = {"": "figo", "B": "figbo"}


@lru_cache(maxsize=1)
def _font_folder() -> TemporaryDirectory[str]:
    """Files, because FPDF reads fonts from files; they go when this process ends."""
    folder = TemporaryDirectory(prefix="outreach-fonts-")
    for face in _FACES.values():
        Path(folder.name, f"{face}.ttf").write_bytes(pymupdf_fonts.myfont(face))
    return folder


def print_faces() -> dict[str, Path]:
    """The file of each style, "" and "B"."""
    return {style: Path(_font_folder().name, f"{face}.ttf") for style, face in _FACES.items()}
