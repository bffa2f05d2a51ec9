"""To whom: the keys of `only` and `except`. They choose among those whom `to` names."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, JsonValue, model_validator

from outreach.campaigns.definition.fields import (
    AgeGroup,
    CalendarDate,
    Country,
    Language,
    NoRepeats,
    SchoolSlug,
    Share,
    Slug,
    refuse,
)
from outreach.campaigns.definition.when import Part

_UNIQUE: dict[str, JsonValue] = {"uniqueItems": True}


class Filter(Part):
    """People of whom everything said here is true."""

    schools: Annotated[tuple[SchoolSlug, ...], Field(min_length=1), NoRepeats] | None = Field(
        default=None,
        json_schema_extra=_UNIQUE,
        description="Of one of these schools, by their short names.",
        examples=[["greenhill", "hillside"]],
    )
    countries: Annotated[tuple[Country, ...], Field(min_length=1), NoRepeats] | None = Field(
        default=None,
        json_schema_extra=_UNIQUE,
        description="Of a school in one of these countries (ISO 3166).",
        examples=[["DE", "AT"]],
    )
    languages: Annotated[tuple[Language, ...], Field(min_length=1), NoRepeats] | None = Field(
        default=None,
        json_schema_extra=_UNIQUE,
        description="Who reads the campaign in one of these of its languages.",
        examples=[["de"]],
    )
    age_groups: Annotated[tuple[AgeGroup, ...], Field(min_length=1), NoRepeats] | None = Field(
        default=None,
        json_schema_extra=_UNIQUE,
        description="With a child in one of these age groups.",
        examples=[["11-13"]],
    )
    topics: Annotated[tuple[Slug, ...], Field(min_length=1), NoRepeats] | None = Field(
        default=None,
        json_schema_extra=_UNIQUE,
        description="Who agreed to one of these other topics too.",
        examples=[["parent-evenings"]],
    )
    got: Slug | None = Field(
        default=None,
        description="To whom that step above went out in this launch.",
        examples=["launch"],
    )
    not_got: Slug | None = Field(
        default=None,
        description="To whom that step above did not go out in this launch.",
        examples=["launch"],
    )
    confirmed: Slug | None = Field(
        default=None,
        description="Who answered the question of that step above, or pressed the button on the "
        "page behind its `{{ links.answer }}`. Opening a message or a page counts as nothing.",
        examples=["launch"],
    )
    not_confirmed: Slug | None = Field(
        default=None,
        description="To whom that step above went out and who did neither.",
        examples=["launch"],
    )
    joined_after: CalendarDate | None = Field(
        default=None,
        description="Who first agreed on this day or later, on the school's clock.",
        examples=["2026-09-01"],
    )
    joined_before: CalendarDate | None = Field(
        default=None,
        description="Who first agreed before this day.",
        examples=["2027-01-01"],
    )
    share: Share | None = Field(
        default=None,
        description="So large a part of all people, by lot: a person is in it or not for good.",
        examples=["20%"],
    )
    seed: Slug | None = Field(
        default=None,
        description="Another word, another lot. Default: the campaign's short name, so the same "
        "people in all its steps.",
        examples=["second-lot"],
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set - {"seed"}:
            raise refuse("This chooses nobody.", "Name schools, countries, got, share …")
        if self.seed is not None and self.share is None:
            raise refuse("`seed` is about a `share`, and there is none.", "Leave it out.")
        return self
