"""The one question of a message: who may answer, what counts, and what it adds up to.

Owns the answers and their counts. An answer comes as a digit in a reply or by a button on the
page behind `links.answer`; opening either counts as nothing. A group of fewer than
`SMALLEST_GROUP` answers is never shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models import Count

from outreach.campaigns.definition import CampaignDefinition, Question, QuestionText, original_of
from outreach.campaigns.models import Launch, StepRun, StepRunState
from outreach.campaigns.versions import definition_for, definition_of
from outreach.core.clock import now
from outreach.core.errors import BadInput, BadToken
from outreach.core.tokens import ANSWER_LINK
from outreach.delivery.answer_models import Answer, AnswerWay
from outreach.delivery.models import Delivery, DeliveryState, Tally
from outreach.delivery.shares import Difference, Share, difference_of, share_of
from outreach.organisation.lanes import sealer

# After the last window of its step; a digit after that may mean anything.
OPEN_FOR = timedelta(days=30)
SMALLEST_GROUP = 10
# "I have read it", where a message has no question.
READ = 0

_MAY_HAVE_COME = (
    DeliveryState.ACCEPTED,
    DeliveryState.DELIVERED,
    DeliveryState.SENDING,
    DeliveryState.UNKNOWN,
    DeliveryState.BOUNCED,
    DeliveryState.FAILED,
)
# Somebody who got a question may have got other messages since.
_NEWEST = """
SELECT d.step_run_id, d.id FROM delivery_delivery d
JOIN campaigns_steprun r ON r.id = d.step_run_id
WHERE d.address_id = %s AND d.state = ANY (%s) AND r.last_close_at > %s
ORDER BY d.state_at DESC LIMIT 50
"""


@dataclass(frozen=True)
class Asked:
    """One message, and what it asks. `question`: None where it only can be confirmed.

    `language`: of the words, "" without any. `choice`: what was answered until now, None for
    nothing.
    """

    delivery: Delivery
    question: Question | None
    text: QuestionText | None
    language: str
    answers: int
    is_open: bool
    choice: int | None

    def takes(self, choice: int) -> bool:
        """Whether that is one of its answers, and it is not too late."""
        first = READ if self.question is None else READ + 1
        return self.is_open and first <= choice <= self.answers


def asked_by_link(token: str) -> Asked:
    """What the page behind `links.answer` shows. Raises BadToken."""
    match sealer().open(ANSWER_LINK, token):
        case (step_run_id, delivery_id):
            found = _asked(step_run_id, delivery_id)
        case _:
            found = None
    if found is None:
        raise BadToken(
            "This link belongs to a message that we no longer know.",
            remedy="Use the link from the latest message.",
        )
    return found


def answer_by_link(token: str, choice: int) -> Asked:
    """Counts the pressed button; a later one takes its place. Raises BadToken, BadInput."""
    asked = asked_by_link(token)
    if not asked.takes(choice):
        raise BadInput("This question is over.", remedy="Nothing has to be done.")
    _store(asked.delivery, choice, AnswerWay.PAGE)
    return asked_by_link(token)


def open_question_to(address_id: int) -> Asked | None:
    """The newest question that went to this address and still can be answered."""
    states = [state.value for state in _MAY_HAVE_COME]
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [address_id, states, now() - OPEN_FOR])
        rows = cursor.fetchall()
    return next((asked for row in rows if (asked := question_of(*row)) is not None), None)


def question_of(step_run_id: int, delivery_id: int) -> Asked | None:
    """The question of one message, None where it has none or it is over."""
    asked = _asked(step_run_id, delivery_id)
    return asked if asked and asked.question and asked.is_open else None


def answer_by_reply(asked: Asked, choice: int, way: AnswerWay) -> None:
    """Counts a digit; a later one takes its place. Raises BadInput for no answer of it."""
    if not asked.takes(choice):
        raise BadInput(f"{choice} is no answer to this question.")
    _store(asked.delivery, choice, way)


def answers_to(deliveries: Sequence[Delivery]) -> dict[tuple[int, int], str]:
    """(step run, delivery) -> the words of what was answered, for those that were: what a person
    may ask us to show them. Deliveries with their step run and launch."""
    runs = {each.step_run_id for each in deliveries}
    given = Answer.objects.filter(
        step_run__in=runs, delivery_id__in=[each.id for each in deliveries]
    )
    choices = {(each.step_run_id, each.delivery_id): each.choice for each in given}
    return {
        key: _said(each, choices[key])
        for each in deliveries
        if (key := (each.step_run_id, each.id)) in choices
    }


def _said(delivery: Delivery, choice: int) -> str:
    definition = definition_for(delivery.step_run)
    question = definition.step(delivery.step_run.step_key).question
    if question is None:
        return "✓"
    text = question.texts.get(delivery.language) or question.texts[definition.default_language]
    return text.says[choice - 1]


def _asked(step_run_id: int, delivery_id: int) -> Asked | None:
    found = Delivery.objects.filter(step_run_id=step_run_id, id=delivery_id)
    delivery = found.select_related("school", "step_run__launch").first()
    if delivery is None:
        return None
    run = delivery.step_run
    definition = definition_for(run)
    question = definition.step(run.step_key).question
    answer = Answer.objects.filter(step_run_id=step_run_id, delivery_id=delivery_id).first()
    language = ""
    if question is not None:
        has_own = delivery.language in question.texts
        language = delivery.language if has_own else definition.default_language
    return Asked(
        delivery=delivery,
        question=question,
        text=question.texts[language] if question else None,
        language=language,
        answers=len(question.answers) if question else READ,
        is_open=now() <= run.last_close_at + OPEN_FOR,
        choice=answer.choice if answer else None,
    )


def _store(delivery: Delivery, choice: int, way: AnswerWay) -> None:
    row = Answer(
        step_run_id=delivery.step_run_id,
        delivery_id=delivery.id,
        person_id=delivery.person_id,
        school_id=delivery.school_id,
        choice=choice,
        way=way,
        at=now(),
    )
    Answer.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["step_run", "delivery_id"],
        update_fields=["choice", "way", "at"],
    )


@dataclass(frozen=True)
class AnswerCount:
    """One answer. `key`: its short name; `share`: of those who answered."""

    key: str
    words: str
    number: int
    share: Share


@dataclass(frozen=True)
class QuestionResult:
    """What a step's question brought. `went_out`: messages; `answered`: how many answered.

    `counts` is empty where fewer than `SMALLEST_GROUP` answered: then `answered` says no number
    either (None). `share`: of the messages, how many were answered.
    """

    step_key: str
    title: str
    ask: str
    went_out: int
    answered: int | None
    share: Share | None
    counts: tuple[AnswerCount, ...]


@dataclass(frozen=True)
class Comparison:
    """A variant against its step: of the messages, how many more were answered, and of the
    answers, how many more were this one (`by_answer`: key -> difference)."""

    variant_key: str
    step_key: str
    answered: Difference
    by_answer: Mapping[str, Difference]


def comparisons_of(launch: Launch) -> list[Comparison]:
    """Each variant of the launch with its step, where both have answers enough to be shown."""
    results = {each.step_key: each for each in answers_of(launch)}
    found = []
    for step in definition_of(launch.version).steps:
        one, other = results.get(step.key), results.get(original_of(step))
        if step.variant_of is None or one is None or other is None:
            continue
        if one.share is not None and other.share is not None:
            found.append(_compared(one, one.share, other, other.share))
    return found


def _compared(
    one: QuestionResult, one_share: Share, other: QuestionResult, other_share: Share
) -> Comparison:
    others = {count.key: count.share for count in other.counts}
    return Comparison(
        variant_key=one.step_key,
        step_key=other.step_key,
        answered=difference_of(one_share, other_share),
        by_answer={
            count.key: difference_of(count.share, others[count.key])
            for count in one.counts
            if count.key in others
        },
    )


def answers_of(launch: Launch) -> list[QuestionResult]:
    """Each step of the launch that has a question, or whose reading somebody confirmed."""
    runs = launch.step_runs.exclude(state=StepRunState.WAITING)
    by_step: dict[str, list[StepRun]] = {}
    for run in runs.order_by("position", "pk"):
        by_step.setdefault(run.step_key, []).append(run)
    results = (_result(some) for some in by_step.values())
    return [each for each in results if each is not None]


def _result(runs: Sequence[StepRun]) -> QuestionResult | None:
    """By the words of the newest version that asked; one key is one answer in all of them."""
    numbers: dict[str, int] = {}
    for run in runs:
        for key, number in _numbers(run).items():
            numbers[key] = numbers.get(key, 0) + number
    definition = definition_for(runs[-1])
    step = definition.step(runs[-1].step_key)
    if step.question is None and not numbers:
        return None
    answered, went_out = sum(numbers.values()), _went_out(runs)
    is_small = answered < SMALLEST_GROUP
    return QuestionResult(
        step_key=step.key,
        title=step.title,
        ask=_ask(definition, step.question),
        went_out=went_out,
        answered=None if is_small else answered,
        share=None if is_small else share_of(answered, max(went_out, answered)),
        counts=()
        if is_small
        else tuple(
            AnswerCount(key, words, numbers.get(key, 0), share_of(numbers.get(key, 0), answered))
            for key, words in _keys(definition, step.question, numbers)
        ),
    )


def _ask(definition: CampaignDefinition, question: Question | None) -> str:
    default = definition.default_language
    return question.texts[default].ask if question else ""


def _keys(
    definition: CampaignDefinition, question: Question | None, numbers: Iterable[str]
) -> list[tuple[str, str]]:
    default = definition.default_language
    says = question.texts[default].says if question else ()
    known = dict(zip(question.answers if question else (), says, strict=True))
    return [*known.items(), *((key, key) for key in sorted(set(numbers) - set(known)))]


def _numbers(run: StepRun) -> dict[str, int]:
    question = definition_for(run).step(run.step_key).question
    keys = ("read", *(question.answers if question else ()))
    rows = Answer.objects.filter(step_run=run).values_list("choice").annotate(Count("pk"))
    return {keys[choice]: number for choice, number in rows}


def _went_out(runs: Sequence[StepRun]) -> int:
    states = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED)
    found = Tally.objects.filter(step_run__in=[run.pk for run in runs], state__in=states)
    return sum(found.values_list("number", flat=True))
