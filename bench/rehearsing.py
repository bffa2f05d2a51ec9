"""Rehearses a campaign on disk by the product's verb; prints the seconds and the messages.

Run as a program in an environment that has the settings: `python -m bench.rehearsing FOLDER`.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path


def main(folder: Path) -> None:
    """The time begins when Django stands and ends when every number is there."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "outreach.config.settings")
    import django

    django.setup()

    from bench.readying import make_ready
    from outreach.campaigns.definition import load_pack
    from outreach.core.clock import now
    from outreach.delivery.rehearsal import Plan, rehearse

    make_ready()
    began = time.perf_counter()
    pack = load_pack(folder, folder.parent.parent / "templates")
    found = rehearse(Plan(pack, now().date()))
    print(time.perf_counter() - began, found.amount.messages)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
