"""Signing up: the page of a school, and the button behind the link of the mail.

The answer of the page is the same for every address; whether a message went out stands in
`subscriptions.joining`. A GET shows, a POST acts.
"""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from outreach.consent.models import Topic
from outreach.core.channels import Channel
from outreach.core.emails import normalise_email
from outreach.core.errors import BadAddress, BadToken
from outreach.core.phones import normalise_phone
from outreach.organisation.models import School, Sender
from outreach.subscriptions.joining import Asked, Target, Wish, ask_on_page, may_text, text_sender
from outreach.subscriptions.letters import preferences_link
from outreach.subscriptions.opt_in import Joined, confirm_by_link, sign_up_by_link
from outreach.subscriptions.text_in import join_text, topics_offered
from outreach.subscriptions.wording import topic_name, wording_for, wording_languages
from outreach.web.access import public, seeing_every_school
from outreach.web.public import challenge
from outreach.web.public.challenge import Verdict
from outreach.web.public.visitor import network_of
from outreach.web.public.words import Words, accepted_languages, asked_language, words_in

_LONGEST_FIELD = 320


@dataclass(frozen=True)
class TopicChoice:
    slug: str
    name: str
    is_chosen: bool


@dataclass(frozen=True)
class Entered:
    """What somebody typed, and what is wrong with it in the words of the page."""

    email: str = ""
    phone: str = ""
    targets: tuple[Target, ...] = ()
    topics: tuple[Topic, ...] = ()
    email_error: str = ""
    phone_error: str = ""
    error: str = ""

    @property
    def is_good(self) -> bool:
        return not (self.email_error or self.phone_error or self.error)


@public
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, slug: str) -> HttpResponse:
    """The sign-up page of one school; 404 for a school that there is not."""
    with seeing_every_school(request.method or ""):
        school = School.objects.filter(slug=slug).first()
        topics = topics_offered()
        if school is None or not topics:
            return _nowhere(request)
        words = words_in(asked_language(request), *accepted_languages(request), *school.languages)
        if request.method != "POST":
            return _form(request, school, words, Entered(topics=tuple(topics)))
        return _posted(request, school, words, topics)


def _nowhere(request: HttpRequest) -> HttpResponse:
    words = words_in(asked_language(request), *accepted_languages(request))
    page = {
        "texts": words,
        "title": words.stop["wrong_title"],
        "sentence": words.confirm["old"],
    }
    return render(request, "public/nowhere.html", page, status=404)


def _posted(
    request: HttpRequest, school: School, words: Words, topics: list[Topic]
) -> HttpResponse:
    entered = _read(request, school, words, topics)
    if not entered.is_good:
        return _form(request, school, words, entered, status=400)
    verdict = challenge.judge(request)
    if verdict is Verdict.AGAIN:
        again = Entered(entered.email, entered.phone, topics=entered.topics)
        return _form(request, school, words, again, note=words.join["again"])
    if verdict is Verdict.PERSON:
        wish = Wish(school, entered.topics, words.language, entered.targets, "page")
        if ask_on_page(wish, network_of(request)) is Asked.TOO_MANY:
            return render(request, "public/busy.html", {"texts": words}, status=429)
    return _heard(request, school, words, entered)


def _heard(request: HttpRequest, school: School, words: Words, entered: Entered) -> HttpResponse:
    sender = text_sender(school.country)
    number = f" ({words.in_order(sender.identity)})" if sender and _is_number(sender) else ""
    page = {
        "texts": words,
        "school": school,
        "by_email": any(each.channel is Channel.EMAIL for each in entered.targets),
        "by_phone": any(each.channel is Channel.SMS for each in entered.targets),
        "stopped": words.join["heard_stopped"].format(number=number),
    }
    return render(request, "public/heard.html", page)


def _form(
    request: HttpRequest,
    school: School,
    words: Words,
    entered: Entered,
    *,
    note: str = "",
    status: int = 200,
) -> HttpResponse:
    topics = topics_offered()
    names = ", ".join(topic_name(words.language, topic) for topic in topics)
    sender = text_sender(school.country)
    page = {
        "texts": words,
        "school": school,
        "entered": entered,
        "note": note,
        "title": words.join["title"].format(school=school.name),
        "lead": words.join["lead"].format(topics=names),
        "choices": _choices(words, topics, entered),
        "wordings": _wordings(words, school, topics, sender),
        "has_phone": sender is not None,
        "phone_hint": words.join["phone_hint"],
        "word": _word(words, school, sender),
        "others": _others(words.language),
        "stamp": challenge.new_stamp(),
    }
    return render(request, "public/join.html", page, status=status)


def _choices(words: Words, topics: list[Topic], entered: Entered) -> list[TopicChoice]:
    """Nothing to choose when there is one topic."""
    if len(topics) == 1:
        return []
    chosen = {topic.pk for topic in entered.topics}
    return [
        TopicChoice(topic.slug, topic_name(words.language, topic), topic.pk in chosen)
        for topic in topics
    ]


def _wordings(
    words: Words, school: School, topics: list[Topic], sender: Sender | None
) -> list[str]:
    """The exact sentences, one for each channel that is on offer."""
    channels = [Channel.EMAIL] if sender is None else [Channel.EMAIL, Channel.SMS]
    return [wording_for(words.language, school, topics, channel).text for channel in channels]


def _word(words: Words, school: School, sender: Sender | None) -> str:
    if sender is None or not _is_number(sender):
        return ""
    word = join_text(words.language, school, sender)
    return words.join["word"].format(word=word, number=words.in_order(sender.identity))


def _is_number(sender: Sender) -> bool:
    """A messaging service has an id and no number that people could text."""
    return sender.identity.startswith("+")


def _others(language: str) -> list[tuple[str, str]]:
    return [(tag, name) for tag, name in wording_languages().items() if tag != language]


def _read(request: HttpRequest, school: School, words: Words, topics: list[Topic]) -> Entered:
    email = request.POST.get("email", "").strip()[:_LONGEST_FIELD]
    phone = request.POST.get("phone", "").strip()[:_LONGEST_FIELD]
    targets: list[Target] = []
    errors = {"email_error": "", "phone_error": "", "error": ""}
    if email:
        try:
            targets.append(Target.of_email(normalise_email(email)))
        except BadAddress:
            errors["email_error"] = words.join["bad_email"]
    if phone:
        target = _read_phone(phone, school)
        if target is None:
            example = words.in_order(_example(school.country))
            errors["phone_error"] = words.join["bad_phone"].format(example=example)
        else:
            targets.append(target)
    if not email and not phone:
        errors["error"] = words.join["nothing"]
    chosen = _chosen(request, topics)
    if not chosen:
        errors["error"] = words.join["no_topic"]
    return Entered(email, phone, tuple(targets), tuple(chosen), **errors)


def _read_phone(text: str, school: School) -> Target | None:
    try:
        phone = normalise_phone(text, school.country)
    except BadAddress:
        return None
    return Target.of_phone(phone) if may_text(phone, school) else None


def _example(country: str) -> str:
    """How a mobile number of the country is written, from libphonenumber's own examples."""
    kind = phonenumbers.PhoneNumberType.MOBILE
    number = phonenumbers.example_number_for_type(country, kind)
    if number is None:
        return "+44 7700 900123"
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _chosen(request: HttpRequest, topics: list[Topic]) -> list[Topic]:
    if len(topics) == 1:
        return topics
    wanted = set(request.POST.getlist("topic"))
    return [topic for topic in topics if topic.slug in wanted]


@public
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what would be agreed to and a button; POST agrees. 404 for a link that is over."""
    try:
        with seeing_every_school(request.method or ""):
            if request.method == "POST":
                return _confirmed(request, confirm_by_link(token))
            sign_up = sign_up_by_link(token)
            page = {
                "texts": words_in(sign_up.language),
                "school": sign_up.school,
                "wording": sign_up.wording,
            }
            return render(request, "public/confirm.html", page)
    except BadToken:
        words = words_in(*accepted_languages(request))
        return render(request, "public/old_sign_up.html", {"texts": words}, status=404)


def _confirmed(request: HttpRequest, joined: Joined) -> HttpResponse:
    page = {
        "texts": words_in(joined.language),
        "school": joined.school,
        "wording": joined.wording,
        "is_done": True,
        "preferences": preferences_link(joined.address),
    }
    return render(request, "public/confirm.html", page)
