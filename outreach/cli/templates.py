"""Where the templates of a campaign on disk are."""

from __future__ import annotations

from pathlib import Path

import click

from outreach.core.errors import BadInput

TEMPLATES = click.option(
    "--templates",
    "templates_root",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder with one folder of templates per campaign; without it templates/ beside "
    "campaigns/.",
)


def templates_beside(path: Path) -> Path:
    """templates/ beside the campaigns/ that the campaign is in, else in this folder.

    Raises BadInput where there is none.
    """
    folder = path if path.is_dir() else path.parent
    places = [folder.resolve().parent.parent / "templates", Path("templates").resolve()]
    found = next((place for place in places if place.is_dir()), None)
    if found is None and path.exists():
        raise BadInput(
            "The templates of this campaign were not found.",
            where=str(path),
            remedy="Name their folder with --templates.",
        )
    return found or places[0]
