"""Text messages as their readers get them: who writes, how to stop, where help is, the parts.

Owns what can only be seen on a finished text, in each branch that decides: with STOP and with a
link to stop by, with a name and without.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from outreach.content.bidi import RIGHT_TO_LEFT
from outreach.content.checks.places import body_place, place_of, variable_place
from outreach.content.checks.sample import SCHOOL, bare_reader, usual_reader
from outreach.content.checks.text_costs import TextCost, countries_for, text_costs, written
from outreach.content.help_directory import help_directory
from outreach.content.messages import SmsText
from outreach.content.segments import MOST_PARTS
from outreach.content.source import TemplateKey
from outreach.content.template_set import TemplateSet
from outreach.core.channels import Channel
from outreach.core.errors import CannotRender, Problem

# Languages that can be written without a letter outside that alphabet; Polish, Portuguese and
# Spanish by their choice of words, and never by a wrong spelling.
_WRITTEN_IN_GSM = frozenset(
    {"da", "de", "en", "es", "fi", "fr", "id", "it", "ms", "nb", "nl", "nn", "no"}
    | {"pl", "pt", "sv", "sw", "tl"}
)


def check_texts(templates: TemplateSet, countries: Collection[str]) -> Iterator[Problem]:
    """`countries`: of the audience; none: where each language is at home."""
    for key in templates.template_keys():
        if key.channel is Channel.SMS and "help" not in templates.source(key).head:
            for country in countries_for(key, countries):
                yield from _said(templates, key, country)
    for cost in text_costs(templates, countries):
        yield from _dear(templates, cost)


def _said(templates: TemplateSet, key: TemplateKey, country: str) -> Iterator[Problem]:
    if help_directory().for_country(country).missing():
        return  # one finding of its own, not one for each text
    found: dict[str, Problem] = {}
    for is_bare in (False, True):
        text = written(templates, key, country, is_bare=is_bare)
        for problem in _faults(templates, key, country, text, is_bare=is_bare):
            found.setdefault(problem.code, problem)
    yield from found.values()


def _faults(
    templates: TemplateSet,
    key: TemplateKey,
    country: str,
    text: SmsText | CannotRender,
    *,
    is_bare: bool,
) -> Iterator[Problem]:
    source = templates.source(key)
    if isinstance(text, CannotRender):
        yield cannot_be_written(text, is_bare=is_bare)
        return
    if not text.text.removeprefix(RIGHT_TO_LEFT).startswith(SCHOOL):
        yield Problem(
            "no-sender",
            "The text does not begin with the name of the school, so nobody knows who writes.",
            body_place(source),
            "Begin it with `{{ school.name }}: `",
        )
    used = templates.usage(key).every()
    reader = (bare_reader if is_bare else usual_reader)(key.language, country)
    stops = (reader.sms.stop_line or "", reader.links.stop or "")
    if used & {"sms.stop_line", "links.stop"} and not any(stop in text.text for stop in stops):
        yield Problem(
            "no-opt-out",
            "For some readers this text does not say how to stop.",
            variable_place(source, "sms.stop_line"),
            "Print {{ sms.stop_line }} for everybody, outside any {% if %}.",
        )
    lines = reader.help
    phones = [line.phone for line in (lines.emergency, lines.helpline) if line and line.phone]
    if any(path.startswith("help.") for path in used) and not any(
        phone in text.text for phone in phones
    ):
        yield Problem(
            "no-help",
            f"In {country} this text names neither the emergency number nor the help line.",
            variable_place(source, "help.sms_line"),
            "Print {{ help.sms_line }} for everybody, outside any {% if %}.",
        )


def cannot_be_written(error: CannotRender, *, is_bare: bool) -> Problem:
    """What a reader without some value meets. Those are left out, so it only warns."""
    if is_bare:
        return Problem(
            "may-be-missing",
            f"{error.message} Readers without it get nothing.",
            error.where,
            "Ask first, like {% if recipient.name %}.",
            blocks=False,
        )
    return Problem("cannot-render", error.message, error.where, error.remedy)


def _dear(templates: TemplateSet, cost: TextCost) -> Iterator[Problem]:
    source = templates.source(TemplateKey(cost.language, cost.step, Channel.SMS))
    most = MOST_PARTS[cost.encoding]
    in_gsm = cost.language.partition("-")[0] in _WRITTEN_IN_GSM
    if in_gsm and cost.outside_gsm:
        letter = cost.outside_gsm[0]
        name, parts = f"`{letter}` (U+{ord(letter):04X})", cost.segments
        yield Problem(
            "sms-ucs2",
            f"{name} turns the text into UCS-2: {parts} parts."
            if letter in source.body
            else f"{name}, which comes from a help line of {cost.country}, turns the text into "
            f"UCS-2: {parts} parts.",
            place_of(source, letter),
            "Take another word; never a wrong spelling.",
            blocks=False,
        )
    if cost.segments > most or cost.with_link > most:
        yield Problem(
            "sms-parts",
            f"The text takes {cost.segments} parts in {cost.country}; {most} are enough in "
            f"{cost.encoding}."
            if cost.segments > most
            else f"The text takes {cost.with_link} parts in {cost.country} where stopping takes a "
            f"link; {most} are enough in {cost.encoding}.",
            body_place(source),
            "Say less, or put what can be left out into {% if sms.has_room %} … {% endif %}.",
            blocks=False,
        )
