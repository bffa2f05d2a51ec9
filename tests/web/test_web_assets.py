"""What is vendored is what its package published, and its compressed copy is the same."""

from __future__ import annotations

import gzip
import warnings
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client
from whitenoise.middleware import WhiteNoiseMiddleware

import outreach.web

VENDOR = Path(outreach.web.__file__).parent / "static" / "vendor"
SCRIPTS = sorted(path.name for path in VENDOR.glob("*.js"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_compressed_copy_is_the_same_script(name: str) -> None:
    assert gzip.decompress((VENDOR / f"{name}.gz").read_bytes()) == (VENDOR / name).read_bytes()


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_goes_out_compressed_to_who_takes_it(name: str) -> None:
    answer = Client().get(f"/static/vendor/{name}", headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert "javascript" in answer["Content-Type"]


def test_the_process_misses_no_folder_when_it_begins() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        WhiteNoiseMiddleware(lambda _: HttpResponse())


def test_every_vendored_file_is_listed_with_its_licence() -> None:
    listed = (VENDOR / "VENDOR.md").read_text()
    for path in VENDOR.iterdir():
        if path.suffix not in {".gz", ".md"}:
            assert path.name in listed


def test_pages_ask_no_other_server_for_anything() -> None:
    templates = Path(outreach.web.__file__).parent / "templates"
    for path in templates.rglob("*.html"):
        source = path.read_text()
        assert 'src="http' not in source
        assert 'style="' not in source
        assert "<style" not in source
