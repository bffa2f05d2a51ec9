"""How a rehearsal and a difference read in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from outreach.cli.screen import print_table, say
from outreach.core.channels import Channel
from outreach.delivery.rehearsal import Amount, Difference, Rehearsal, RehearsedStep, StepChange
from outreach.delivery.rehearsal.words import left_out_words

_MICROS = 1_000_000
_FEW_SCHOOLS = 10


def print_rehearsal(found: Rehearsal) -> None:
    """Calendar, price by language, who is left out, what fits, ceilings."""
    until = f" until {found.until:%Y-%m-%d}" if found.until else ""
    say(
        f"{found.title}: rehearsed from {found.starts_on:%Y-%m-%d}{until} for "
        f"{_schools_of(found.schools)}. Nothing was sent. "
        f"This installation is in {found.mode} mode."
    )
    _calendar(found)
    _texts(found)
    _left_out(found)
    _not_planned(found)
    _fits(found)
    _money(found)
    _persons(found)


def _not_planned(found: Rehearsal) -> None:
    for gap in found.not_planned:
        some = ", ".join(gap.schools[:_FEW_SCHOOLS])
        say(f"Not planned: {gap.step_key} at {_schools_of(len(gap.schools))}, {gap.why} ({some}).")
    for key in found.newcomers:
        say(f"{key} goes to people as they join; nobody knows how many, so it is not counted.")


def _calendar(found: Rehearsal) -> None:
    headings = [
        "day",
        "step",
        "to",
        "local hours",
        "people",
        "email",
        "texts",
        "parts",
        "price",
        "left out",
        "languages",
    ]
    rows = [_step_row(step, found.money.currency) for step in found.steps]
    say("")
    print_table(headings, rows, empty="No step falls into these days.")


def _step_row(step: RehearsedStep, currency: str) -> list[object]:
    return [
        step.day,
        step.step_key,
        step.recipients,
        hours_of(step),
        step.people,
        step.channels.get(Channel.EMAIL, Amount()).messages,
        step.channels.get(Channel.SMS, Amount()).messages,
        step.amount.segments,
        f"{'at most ' if step.priced_by != 'text' else ''}{money(step.amount.micros, currency)}",
        sum(step.left_out.values()),
        _counts({name: each.messages for name, each in step.languages.items()}),
    ]


def hours_of(step: RehearsedStep) -> str:
    """The local hours, once where all zones have the same, else by zone."""
    shown: dict[str, list[str]] = {}
    for each in step.windows:
        day = "" if each.opens_local.startswith(f"{step.day}") else f"{each.opens_local[:10]} "
        hours = f"{day}{each.opens_local[11:]} to {each.closes_local[11:]}"
        shown.setdefault(hours, []).append(each.zone)
    if len(shown) == 1:
        return next(iter(shown))
    return "; ".join(f"{hours} ({', '.join(zones)})" for hours, zones in shown.items())


def _texts(found: Rehearsal) -> None:
    rows = []
    for step in found.steps:
        for language, text in step.texts.items():
            amount = step.languages[language]
            few, most = text.fewest_segments, text.most_segments
            rows.append(
                [
                    step.step_key,
                    language,
                    str(most) if few == most else f"{few} to {most}",
                    money(text.most_micros, found.money.currency),
                    money(amount.micros, found.money.currency),
                ]
            )
    if rows:
        say("\nTexts, by language:")
        print_table(["step", "language", "parts of one", "one at most", "all"], rows, empty="")
    if any(step.priced_by != "text" for step in found.steps):
        say(
            "Some texts name their reader. They are priced by the longest names of each school "
            "and language; with one name of each as a sample they cost "
            f"{money(sum(s.sample_micros for s in found.steps), found.money.currency)}."
        )


def _left_out(found: Rehearsal) -> None:
    if not found.left_out:
        return
    say("\nLeft out:")
    rows = [
        [step.step_key, people, left_out_words(reason)]
        for step in found.steps
        for reason, people in sorted(step.left_out.items(), key=lambda item: -item[1])
    ]
    print_table(["step", "people", "why"], rows, empty="")


def _fits(found: Rehearsal) -> None:
    if not found.fits:
        return
    say("\nDays on which a sender has a limit (UTC; other launches use the same room):")
    rows = [
        [each.day, each.sender, each.most, each.wanted, each.goes, each.waits, each.expires]
        for each in found.fits
    ]
    headings = ["day", "sender", "may send", "wanted", "goes", "waits", "expires"]
    print_table(headings, rows, empty="")


def _money(found: Rehearsal) -> None:
    spent, currency = found.money, found.money.currency
    total = found.amount
    say(
        f"\n{total.messages:,} messages, {total.segments:,} parts of texts, "
        f"{money(spent.micros, currency)} (launch at most "
        f"{money(spent.launch_cap_micros, currency)}, a day "
        f"{money(spent.day_cap_micros, currency)})."
    )
    if spent.reached_on:
        say(
            f"The ceiling of the {spent.ceiling} stops it on {spent.reached_on:%Y-%m-%d}, in the "
            f"step {spent.reached_in}."
        )


def _persons(found: Rehearsal) -> None:
    if found.persons:
        say("\nWho is left out:")
        rows = [
            [each.step_key, each.school, each.name, left_out_words(each.reason)]
            for each in found.persons
        ]
        print_table(["step", "school", "name", "why"], rows, empty="")


def print_difference(found: Difference) -> None:
    """What moves, who comes in or drops out, the price, and the words."""
    if found.is_nothing:
        say("Nothing changes for anybody.")
        return
    currency = found.new.money.currency
    rows = [_change_row(each, currency) for each in found.steps]
    headings = ["step", "", "moves", "people in", "people out", "language", "channel", "price"]
    print_table(headings, rows, empty="No step on either side.")
    for each in found.steps:
        _change_details(each)
    before, after = (side.money.micros for side in (found.old, found.new))
    say(f"\nPrice: {money(before, currency)} → {money(after, currency)}.")
    for text in found.texts:
        say("")
        for line in text.lines:
            say(line)


def _change_row(each: StepChange, currency: str) -> list[object]:
    price = money(each.new_micros, currency)
    if each.old_micros != each.new_micros:
        price = f"{money(each.old_micros, currency)} → {price}"
    return [
        each.step_key,
        each.change,
        _moves(each),
        each.added,
        each.dropped,
        each.other_language,
        each.other_channel,
        price,
    ]


def _moves(each: StepChange) -> str:
    if each.old_day and each.new_day and each.old_day != each.new_day:
        return f"{each.old_day} → {each.new_day}"
    if each.shifts:
        return "other hours"
    return ""


def _change_details(each: StepChange) -> None:
    for shift in each.shifts:
        say(f"  {each.step_key}, {shift.zone}: {shift.opened_local} → {shift.opens_local}")
    for word, by_school, by_language in (
        ("in", each.added_by_school, each.added_by_language),
        ("out", each.dropped_by_school, each.dropped_by_language),
    ):
        if by_school:
            say(f"  {each.step_key}, people {word}: {_counts(by_language)}; {_schools(by_school)}")


def _schools(by_school: Mapping[str, int]) -> str:
    most = sorted(by_school.items(), key=lambda item: -item[1])
    rest = len(most) - _FEW_SCHOOLS
    shown = _counts(dict(most[:_FEW_SCHOOLS]))
    return f"{shown} and {rest:,} more schools" if rest > 0 else shown


def _schools_of(number: int) -> str:
    return f"{number:,} school" if number == 1 else f"{number:,} schools"


def _counts(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in _largest_first(numbers.items()))


def _largest_first(items: Iterable[tuple[str, int]]) -> Sequence[tuple[str, int]]:
    return sorted(items, key=lambda item: (-item[1], item[0]))


def money(micros: int, currency: str) -> str:
    return f"{micros / _MICROS:,.2f} {currency}".rstrip()
