"""What must fit together about questions and confirmed visits: answers, languages, templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from outreach.campaigns.definition.outline import Outline, PlacedStep
from outreach.campaigns.definition.questions import Question
from outreach.campaigns.definition.template_files import folder_of, template_name
from outreach.core.channels import Channel
from outreach.core.errors import Problem

ANSWER_LINK = "links.answer"


def question_checks(outline: Outline) -> Iterator[Problem]:
    """Findings of the definition alone."""
    for placed in outline.steps:
        if placed.step.question is not None:
            yield from _languages(outline, placed, placed.step.question)
            yield from _answers(outline, placed, placed.step.question)


def _languages(outline: Outline, placed: PlacedStep, question: Question) -> Iterator[Problem]:
    missing = [tag for tag in outline.languages if tag not in question.texts]
    if missing:
        yield Problem(
            "question-language",
            f"The question of `{placed.step.key}` has no words in {', '.join(missing)}.",
            outline.places.of_key(placed.path("question", "texts")),
            "Add `ask` and `says` for each language of the campaign.",
        )
    for tag in question.texts:
        if outline.languages and tag not in outline.languages:
            yield Problem(
                "question-language",
                f"The campaign is not written in `{tag}`, so nobody sees these words.",
                outline.places.of_key(placed.path("question", "texts", tag)),
                f"Choose from {', '.join(outline.languages)}, or take it out.",
            )


def _answers(outline: Outline, placed: PlacedStep, question: Question) -> Iterator[Problem]:
    for tag, text in question.texts.items():
        if len(text.says) != len(question.answers):
            yield Problem(
                "question-answers",
                f"The question has {len(question.answers)} answers, and in `{tag}` there are "
                f"words for {len(text.says)}.",
                outline.places.of_value(placed.path("question", "texts", tag, "says")),
                "Write one for each of `answers`, in their order.",
            )


def question_problems(outline: Outline, files: Mapping[str, str]) -> Iterator[Problem]:
    """Findings of the messages: a question that a message does not ask, and a visit that nobody
    can confirm. `files`: template name -> its source."""
    if outline.campaign is None:
        return
    by_key = {placed.step.key: placed for placed in outline.steps}
    for placed in outline.steps:
        if placed.step.question is not None:
            yield from _unasked(outline, placed, placed.step.question, files)
        yield from _unmeasured(outline, placed, by_key, files)
        for key, chosen in (("only", placed.step.only), ("except", placed.step.but_not)):
            for name in ("confirmed", "not_confirmed"):
                asked = by_key.get(getattr(chosen, name, None) or "")
                if asked is not None and not _can_be_confirmed(outline, asked, files):
                    yield _nothing_to_confirm(outline, placed, (key, name), asked.step.key)


def _unasked(
    outline: Outline, placed: PlacedStep, question: Question, files: Mapping[str, str]
) -> Iterator[Problem]:
    digits = [str(number) for number in range(1, len(question.answers) + 1)]
    for language in outline.languages:
        for channel in placed.step.channels:
            name = template_name(language, placed.step.key, channel)
            source = files.get(name)
            if source is None or ANSWER_LINK in source:
                continue
            if channel is Channel.SMS and all(digit in source for digit in digits):
                continue
            yield Problem(
                "question-unasked",
                f"`{placed.step.key}` has a question, and this message has no way to answer it.",
                f"{folder_of(outline.campaign or '')}/{name}",
                f"Ask it with a link to {{{{ {ANSWER_LINK} }}}}, or with the digits "
                f"{', '.join(digits)}."
                if channel is Channel.SMS
                else f"Ask it with a link to {{{{ {ANSWER_LINK} }}}}.",
            )


def _unmeasured(
    outline: Outline,
    placed: PlacedStep,
    by_key: Mapping[str, PlacedStep],
    files: Mapping[str, str],
) -> Iterator[Problem]:
    variant = placed.step.variant_of
    original = by_key.get(variant.step) if variant else None
    if original is None:
        return
    if not all(_can_be_confirmed(outline, each, files) for each in (placed, original)):
        yield Problem(
            "variant-unmeasured",
            f"Nobody will know whether `{placed.step.key}` or `{original.step.key}` works better: "
            "there is nothing to answer or to confirm in both.",
            outline.places.of_key(placed.path("variant_of")),
            f"Give both a `question`, or a link to {{{{ {ANSWER_LINK} }}}}.",
            blocks=False,
        )


def _can_be_confirmed(outline: Outline, placed: PlacedStep, files: Mapping[str, str]) -> bool:
    names = [
        template_name(language, placed.step.key, channel)
        for language in outline.languages
        for channel in placed.step.channels
    ]
    return placed.step.question is not None or any(
        ANSWER_LINK in files.get(name, "") for name in names
    )


def _nothing_to_confirm(
    outline: Outline, placed: PlacedStep, keys: tuple[str, str], asked: str
) -> Problem:
    return Problem(
        "nothing-to-confirm",
        f"Nobody can confirm `{asked}`: it has no question, and none of its messages links to "
        "the page with the button.",
        outline.places.of_value(placed.path(*keys)),
        f"Put {{{{ {ANSWER_LINK} }}}} into its messages, or give it a `question`.",
    )
