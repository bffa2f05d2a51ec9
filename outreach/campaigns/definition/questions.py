"""The one question of a step: its answers, and its words in each language.

Owns the keys of `question`. Who answered what is counted by `delivery`, never who opened a
message: that would take a hidden picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, JsonValue

from outreach.campaigns.definition.fields import Language, NoRepeats, Share, Slug
from outreach.campaigns.definition.when import Part

FEWEST_ANSWERS, MOST_ANSWERS = 2, 5
_UNIQUE: dict[str, JsonValue] = {"uniqueItems": True}
Choice = Annotated[str, Field(min_length=1, max_length=60)]


class VariantOf(Part):
    """Other words of a step above for a share of its people, to see which words work better.
    Everything else is the same as there; answers and confirmed visits are compared by
    `outreach launch answers`."""

    step: Slug = Field(description="The step above.", examples=["launch"])
    share: Share = Field(
        description="So large a part of its people, by lot and for good; the step above keeps "
        "the others.",
        examples=["50%"],
    )


class QuestionText(Part):
    """The question in one language, as the page behind `links.answer` shows it."""

    ask: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="The question.", examples=["Have you talked with your child about it?"]
    )
    says: Annotated[
        tuple[Choice, ...], Field(min_length=FEWEST_ANSWERS, max_length=MOST_ANSWERS), NoRepeats
    ] = Field(
        json_schema_extra=_UNIQUE,
        description="What stands on the buttons, in the order of `answers`.",
        examples=[["Yes", "Not yet"]],
    )


class Question(Part):
    """One question to the readers of a step. They answer a text with one digit, a mail with one
    digit or on the page behind `{{ links.answer }}`, where only a pressed button counts. A later
    answer takes the place of an earlier one."""

    answers: Annotated[
        tuple[Slug, ...], Field(min_length=FEWEST_ANSWERS, max_length=MOST_ANSWERS), NoRepeats
    ] = Field(
        json_schema_extra=_UNIQUE,
        description="Two to five short names, for the numbers: the first is the digit 1.",
        examples=[["talked", "not-yet"]],
    )
    texts: Mapping[Language, QuestionText] = Field(
        description="The words, for each language of the campaign: the question (`ask`) and what "
        "the buttons say (`says`), like `{en: {ask: How was it?, says: [Good, Bad]}}`.",
    )
