"""The one function that says what a reply means.

Order: a machine, an echo; then a person in distress before everything else; then a command,
an opt-out in plain words, coming back, help; then doubt; then nothing to do. Of what is no command
all words together say the last word.
"""

from __future__ import annotations

from dataclasses import replace

from outreach.replies.reading import crisis, mail, opt_out
from outreach.replies.reading.abroad import (
    Heard,
    heard_in,
    is_only_spoken_of,
    opinion_abroad,
)
from outreach.replies.reading.beside import (
    Ruled,
    asks_abroad,
    not_explained,
    ruled,
    second_opinion,
    stop_of_a_sentence,
)
from outreach.replies.reading.closing import without_signature
from outreach.replies.reading.echo import is_reaction
from outreach.replies.reading.holds import Hold
from outreach.replies.reading.keeping import wants_to_keep
from outreach.replies.reading.last_word import last_word
from outreach.replies.reading.mistyped import mistyped, with_figures
from outreach.replies.reading.mixed import harm_in_english
from outreach.replies.reading.opinion import Asked, Opinion, is_english
from outreach.replies.reading.opt_out import Finding
from outreach.replies.reading.packs import Field
from outreach.replies.reading.records import (
    NOTHING,
    Action,
    Decision,
    Label,
    Record,
)
from outreach.replies.reading.signs import Signs, Span, is_in_one_script, read_signs
from outreach.replies.reading.undone import nearly_told

# Where the weights of the second opinion answer, on the train part (docs/reading-replies.md).
_HARM = 0.4
_PERHAPS_HARM = -0.8  # from here on a person looks, and nobody is woken
_CALM = -0.3  # below it harm is only spoken of
_CALM_OF_DANGER = -1.5
_STOP = 1.0
_PERHAPS_STOP = 0.2
_NO_STOP = -2.5
_STOP_OF_A_SENTENCE = 0.0  # a phrase of stopping counts where its sentence alone weighs this much
_MORE_OF_A_SENTENCE = 0.6  # what a sentence without one has to weigh more than a whole text
_LONG = 25


def classify(record: Record) -> Decision:
    """What `record` means and what follows. Total: any text has an answer, and the same one
    every time. Looks at the first 6,000 characters."""
    if record.channel == "email":
        return _mail(record)
    return _text(record.text, record.language)


def _mail(record: Record) -> Decision:
    if mail.is_unsubscribing_program(record.subject, record.text, record.headers):
        return _opted_out(Finding("mail program's unsubscribe", (), 1.0), "")
    if why := mail.machine(record.subject, record.headers):
        return replace(NOTHING, rule=f"automatic: {why}", is_automatic=True, confidence=0.95)
    subject = mail.subject_words(record.subject)
    by_subject = _text(subject, record.language) if subject else NOTHING
    if mail.is_answer(record.subject) and not _is_command(by_subject):
        by_subject = NOTHING  # our own subject, quoted
    new = mail.new_text(record.text)
    if by_subject.is_automatic or not new:
        return by_subject
    body = _text(new, record.language)
    if by_subject.label is Label.OPT_OUT:
        return _graver_beside_a_stop(subject, new, record.language) or _stronger(body, by_subject)
    return _stronger(body, by_subject)


def _graver_beside_a_stop(subject: str, new: str, language: str) -> Decision | None:
    """What a mail tells of whose subject asks us to stop: less is enough there, so both are read
    as one text. None where nothing but a stop is left."""
    both = _text(f"{subject}.\n{new}", language)
    return both if Action.HOLD in both.actions else None


def _is_command(decision: Decision) -> bool:
    return decision.rule.startswith(("keyword", "stop sign"))


def _stronger(body: Decision, subject: Decision) -> Decision:
    """The graver of the two; a stop in one stays a stop when the other tells of harm."""
    first, other = sorted((body, subject), key=_gravity)[::-1]
    if first.is_crisis and other.stop_requested:
        return _in_crisis(
            Finding(first.rule, first.matched, first.confidence), first.language, True
        )
    is_plain_body = body.rule == NOTHING.rule and body.language
    if first is subject and is_plain_body and subject.label is not Label.OPT_OUT:
        return body
    return first


def _gravity(decision: Decision) -> int:
    if decision.is_crisis:
        return 4
    order = {Label.OPT_OUT: 3, Label.HELP: 1, Label.OPT_IN: 1, Label.OTHER: 0}
    return 2 if decision.action is Action.HOLD else order[decision.label]


def _text(text: str, language: str) -> Decision:
    decision, signs = by_rules(text, language)
    if signs is None:
        return decision
    said = last_word(decision, signs)
    # It refers back to the text: both go now, and not when the collector comes, a tenth slower.
    signs.kept.clear()
    return said


def by_rules(text: str, language: str) -> tuple[Decision, Signs | None]:
    """What the rules and their second opinions make of a text that is not a mail, with what they
    read it by; None where a phone wrote it."""
    if is_reaction(text):
        return replace(NOTHING, rule="reaction of a phone", confidence=0.9), None
    text = without_signature(text)
    signs = read_signs(text, language)
    away = signs.of(Field.AWAY)
    if away and not _is_a_person(signs):
        automatic = replace(
            NOTHING,
            rule="automatic: away",
            matched=signs.text_of(away),
            is_automatic=True,
            language=signs.best_language,
        )
        return automatic, signs
    return _by_signs(signs, text), signs


def _is_a_person(signs: Signs) -> bool:
    """ "I am driving" may be said by a phone; not so beside harm, or beside "take me off"."""
    asks = opt_out.opens_with_a_command(signs) or bool(signs.of(Field.OPT_OUT))
    return asks or crisis.distress(signs) is not None


def _by_signs(signs: Signs, text: str) -> Decision:
    keyword = opt_out.keyword(signs) or with_figures(signs)
    if keyword is not None:
        return _opted_out(keyword, signs.best_language)
    command = _command(signs)
    found = ruled(signs)
    view = second_opinion(signs) if command is None else None
    if command is None and (harm := _harm(signs, found, view)):
        if harm.rule == Hold.PERHAPS:
            return _held(harm, signs, stop_requested=found.stop is not None)
        return _in_crisis(harm, signs.best_language, opt_out.asked_in_distress(signs))
    if stop := _stop(signs, found, view):
        doubt = not_explained(signs) or wants_to_keep(signs) or nearly_told(signs)
        doubt = doubt or harm_in_english(signs)
        if doubt is not None:
            return _held(doubt, signs, stop_requested=True)
        return _opted_out(stop, signs.best_language)
    return command or _back(signs, found, view) or _mistyped(signs, text) or _rest(signs, view)


def _harm(signs: Signs, found: Ruled, view: Opinion | None) -> Finding | None:
    """The sign of harm; beside a stop less is enough."""
    heard = heard_in(signs)
    if found.distress is not None and not _is_calm(heard, found, view):
        return found.distress
    if found.stop is not None and (beside := crisis.beside_a_stop(signs)) is not None:
        return beside
    if view is None:
        return opinion_abroad(heard, beside_a_stop=found.stop is not None)
    return _by_weight(found, view)


def _by_weight(found: Ruled, view: Opinion) -> Finding | None:
    """Harm by the weight of all words, or with `Hold.PERHAPS` what may be some. What stands
    beside a stop is weighed apart, `not_explained`."""
    if view.harm >= _HARM:
        return view.finding(Asked.HARM)
    asks_to_stop = found.stop is not None or view.stop >= _PERHAPS_STOP
    if view.harm < _PERHAPS_HARM or asks_to_stop:
        return None
    return replace(view.finding(Asked.HARM), rule=Hold.PERHAPS)


def _is_calm(heard: Heard, found: Ruled, view: Opinion | None) -> bool:
    """Words of harm in a text that tells of none. Beside a stop, and where a life is in danger,
    the weights have to be surer."""
    is_grave = found.stop is not None or found.is_danger
    if view is None:
        return not is_grave and is_only_spoken_of(heard)
    if not is_in_one_script(heard.signs) or not is_english(heard.signs):
        return False  # the English weights know nothing of the other words
    return view.harm < (_CALM_OF_DANGER if is_grave else _CALM)


def _stop(signs: Signs, found: Ruled, view: Opinion | None) -> Finding | None:
    """What asks us to stop. The second opinion alone does not unsubscribe where a phrase says
    the opposite ("don't leave me out") or may tell of harm ("make it stop"), nor where no word
    stops, refuses or removes ("pass on our thanks"), nor a single word."""
    if view is None:
        return found.stop
    if found.stop is not None:
        is_one = view.stop >= _NO_STOP or asks_abroad(signs)
        is_one = is_one or stop_of_a_sentence(signs) >= _STOP_OF_A_SENTENCE
        return found.stop if is_one else None
    is_denied = bool(signs.of(Field.CRY)) or found.distress is not None or len(signs.words) == 1
    if is_denied or opt_out.is_whole_doubt(signs) or not opt_out.asks_in_words(signs):
        return None
    is_long = len(signs.words) >= _LONG and view.stop < _STOP
    weight = stop_of_a_sentence(signs) - _MORE_OF_A_SENTENCE if is_long else view.stop
    return view.finding(Asked.STOP) if weight >= _STOP else None


def _back(signs: Signs, found: Ruled, view: Opinion | None) -> Decision | None:
    """Coming back in plain words, where nothing asks to stop."""
    asks = found.stop is not None or (view is not None and view.stop >= _PERHAPS_STOP)
    back = None if asks else opt_out.coming_back(signs)
    if back is None:
        return None
    return Decision(
        Label.OPT_IN,
        (Action.CONFIRM_OPT_IN,),
        back.rule,
        back.matched,
        confidence=back.confidence,
        language=signs.best_language,
    )


def _held(doubt: Finding, signs: Signs, *, stop_requested: bool = False) -> Decision:
    return Decision(
        Label.OTHER,
        (Action.HOLD,),
        doubt.rule,
        doubt.matched,
        stop_requested=stop_requested,
        confidence=doubt.confidence,
        language=signs.best_language,
    )


def _opted_out(finding: Finding, language: str) -> Decision:
    return Decision(
        Label.OPT_OUT,
        (Action.SUPPRESS,),
        finding.rule,
        finding.matched,
        stop_requested=True,
        confidence=finding.confidence,
        language=language,
    )


def _in_crisis(finding: Finding, language: str, stop_requested: bool) -> Decision:
    return Decision(
        Label.OTHER,
        (Action.ESCALATE, Action.HOLD),
        finding.rule,
        finding.matched,
        is_crisis=True,
        stop_requested=stop_requested,
        confidence=finding.confidence,
        language=language,
    )


def _command(signs: Signs) -> Decision | None:
    """START or HELP alone."""
    for field, label, action in (
        (Field.START, Label.OPT_IN, Action.CONFIRM_OPT_IN),
        (Field.HELP, Label.HELP, Action.SEND_HELP),
    ):
        met = signs.of_any_language(field)
        thanks = _thanks(signs) if met else set()
        spans = [span for span in met if span not in thanks]
        if spans and opt_out.covers(signs, [*spans, *signs.of_any_language(Field.POLITE)]):
            found, language = signs.text_of(spans), signs.best_language
            return Decision(label, (action,), "keyword", found, confidence=1.0, language=language)
    return None


def _thanks(signs: Signs) -> set[Span]:
    """Courtesies of the person's language that are a yes in another: "mange tak" is no Polish."""
    own = signs.hint or (signs.best_language if len(signs.words) > 1 else "")
    hits = [hit for hit in signs.all_hits if hit.language == own]
    polite = {(hit.start, hit.end) for hit in hits if hit.field is Field.POLITE}
    return polite - {(hit.start, hit.end) for hit in hits if hit.field is Field.START}


def _mistyped(signs: Signs, text: str) -> Decision | None:
    meant = mistyped(signs, text)
    return None if meant is None else _opted_out(meant, "")


def _rest(signs: Signs, view: Opinion | None) -> Decision:
    doubt = _doubt(signs, view)
    if doubt is None:
        return replace(NOTHING, language=signs.best_language)
    return _held(doubt, signs)


def _doubt(signs: Signs, view: Opinion | None) -> Finding | None:
    """Why a person has to decide; None for nothing to do."""
    if view is not None and view.stop >= _PERHAPS_STOP:
        return view.finding(Asked.STOP)
    if view is not None and (stop := opt_out.opens_apart(signs)) is not None:
        return stop
    doubt = opt_out.doubt(signs)
    is_sure = doubt is not None and doubt.rule in {Hold.CRY, Hold.POINTLESS}
    is_sure = is_sure or opt_out.is_whole_doubt(signs)
    if doubt is not None and (is_sure or view is None or view.stop > _NO_STOP):
        return doubt
    is_known = signs.is_known_language or is_english(signs)
    if len(signs.words) and not is_known and _has_word(signs):
        return Finding(Hold.UNKNOWN_LANGUAGE, (), 0.5)
    return None


def _has_word(signs: Signs) -> bool:
    return any(not each[0].isdigit() for each in signs.words.spellings)
