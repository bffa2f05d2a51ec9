"""Brings the catalogues of the staff's pages up to date: `make words`.

A new text is then in each django.po without a translation, one that is gone is dropped, and
django.mo is compiled. `--check` changes nothing and fails when a file is not as this would leave
it.
"""

from __future__ import annotations

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "outreach.config.settings")
django.setup()

from outreach.web.catalogue import catalogues, stale, without_words  # noqa: E402  # after set-up


def _main() -> int:
    found = stale()
    if "--check" in sys.argv[1:]:
        for path in found:
            sys.stderr.write(f"{path}: not up to date. Run: make words\n")
        return 1 if found else 0
    for path, content in found.items():
        path.write_bytes(content)
    for path in catalogues():
        for text in without_words(path):
            sys.stdout.write(f"{path}: no words yet for: {text}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
