"""What each text message comes to in each language: parts, alphabet, and what decided it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from outreach.content.checks.sample import at_long_school, bare_reader, home_of, usual_reader
from outreach.content.messages import SmsText
from outreach.content.source import TemplateKey
from outreach.content.template_set import TemplateSet
from outreach.core.channels import Channel
from outreach.core.errors import CannotRender


@dataclass(frozen=True)
class TextCost:
    """Of one template, in the country where it takes most parts.

    `segments`: with STOP; `with_link`: where stopping takes a link; both at a school with a name
    of forty plain letters. `encoding`: "GSM-7" or "UCS-2". `outside_gsm`: the characters that
    made it UCS-2.
    """

    step: str
    language: str
    country: str
    encoding: str
    segments: int
    with_link: int
    outside_gsm: tuple[str, ...]


def text_costs(templates: TemplateSet, countries: Collection[str] = ()) -> Iterator[TextCost]:
    """One for each text that can be written. `countries`: of the audience; none: where the
    language is at home."""
    for key in templates.template_keys():
        if key.channel is Channel.SMS:
            costs = [
                cost
                for country in countries_for(key, countries)
                if (cost := _cost(templates, key, country))
            ]
            if costs:
                yield max(costs, key=lambda cost: (cost.segments, cost.with_link))


def countries_for(key: TemplateKey, countries: Collection[str]) -> list[str]:
    return sorted(countries) or [home_of(key.language)]


def _cost(templates: TemplateSet, key: TemplateKey, country: str) -> TextCost | None:
    usual = written(templates, key, country, is_bare=False, is_long=True)
    bare = written(templates, key, country, is_bare=True, is_long=True)
    if isinstance(usual, CannotRender):
        return None
    with_link = usual.segments if isinstance(bare, CannotRender) else bare.segments
    return TextCost(
        key.step,
        key.language,
        country,
        usual.encoding,
        usual.segments,
        with_link,
        usual.outside_gsm,
    )


def written(
    templates: TemplateSet,
    key: TemplateKey,
    country: str,
    *,
    is_bare: bool,
    is_long: bool = False,
) -> SmsText | CannotRender:
    """The text for a usual reader of that country, or for one of whom we know the least.
    `is_long`: at a school with a long name."""
    reader = (bare_reader if is_bare else usual_reader)(key.language, country)
    try:
        values = at_long_school(reader) if is_long else reader
        return templates.write_sms(key.language, key.step, values)
    except CannotRender as error:
        return error
