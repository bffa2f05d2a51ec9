"""What a message of its own asks for: to whom, for how long, and the words in each language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as lazy

from outreach.campaigns.definition import Recipients
from outreach.campaigns.definition.single import Words
from outreach.consent.models import Topic
from outreach.core.channels import Channel
from outreach.organisation.models import School
from outreach.web.manager.forms import REASON_LENGTH
from outreach.web.school_choice import SchoolsField

_LONGEST_TEXT = 20_000
_MOST_WORTH_DAYS = 7
_TO = (
    (Recipients.GUARDIANS.value, lazy("Parents")),
    (Recipients.STAFF.value, lazy("School contacts and child-protection contacts")),
)
_CHANNELS = (
    ("sms,email", lazy("By text message, and by email where there is no phone number")),
    ("email,sms", lazy("By email, and by text message where there is no email address")),
    ("email", lazy("By email alone")),
    ("sms", lazy("By text message alone")),
)


@dataclass(frozen=True)
class Fields:
    """The fields of one language, in order."""

    language: str
    fields: tuple[forms.BoundField, ...]


class WordsForm(forms.Form):
    """The words of one message in some languages, and how it goes out.

    `key` names the campaign that it becomes; it is made when the form is first shown, so that what
    is saved is what was looked at.
    """

    key = forms.RegexField(regex=r"^[a-z]+-[0-9]{8}-[0-9]{6}$", widget=forms.HiddenInput)
    title = forms.CharField(
        label=lazy("Name of this message"),
        max_length=120,
        help_text=lazy("Colleagues see it; parents do not."),
    )
    worth_days = forms.IntegerField(
        label=lazy("Worth reading for so many days"),
        min_value=1,
        max_value=_MOST_WORTH_DAYS,
        initial=1,
        help_text=lazy("What could not go out by then is not sent."),
    )
    why = forms.CharField(
        label=lazy("Why it has to go out now"),
        max_length=REASON_LENGTH,
        help_text=lazy(
            "Whoever approves reads it, and it stays in the history. Please no names of parents or "
            "children."
        ),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    says_yes = forms.BooleanField(
        label=lazy("Use these words although no native speaker has read them"),
        error_messages={"required": lazy("Tick it: nobody else can have read them yet.")},
    )

    def __init__(
        self,
        data: Any,
        *,
        languages: Sequence[str],
        channels: Sequence[Channel],
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self._languages, self._channels = tuple(languages), tuple(channels)
        for language in languages:
            for channel in channels:
                for name, field in _word_fields(channel):
                    self.fields[f"{language}.{channel.value}.{name}"] = field

    def by_language(self) -> Iterator[Fields]:
        """The fields of the words, a group for each language."""
        for language in self._languages:
            names = [name for name in self.fields if name.startswith(f"{language}.")]
            yield Fields(language, tuple(self[name] for name in names))

    def words(self, channels: Sequence[Channel]) -> dict[tuple[str, Channel], Words]:
        """What was written, for these channels. Only of a valid form."""
        given = self.cleaned_data
        return {
            (language, channel): Words(
                given[f"{language}.{channel.value}.body"],
                given.get(f"{language}.{channel.value}.subject", ""),
                given.get(f"{language}.{channel.value}.preheader", ""),
            )
            for language in self._languages
            for channel in channels
        }


class UrgentForm(WordsForm):
    """A message of its own, for whom it is, and by what."""

    topic = forms.ChoiceField(
        label=lazy("Topic"),
        help_text=lazy("Only those who agreed to it get the message."),
    )
    to = forms.ChoiceField(label=lazy("To"), choices=_TO)
    channels = forms.ChoiceField(label=lazy("How"), choices=_CHANNELS)
    schools = SchoolsField(
        label=lazy("Only these schools (none ticked: all)"),
        queryset=School.objects.none(),
        required=False,
    )

    def __init__(self, data: Any, *, languages: Sequence[str], **kwargs: Any) -> None:
        super().__init__(data, languages=languages, channels=tuple(Channel), **kwargs)
        topic, schools = self.fields["topic"], self.fields["schools"]
        if not isinstance(topic, forms.ChoiceField) or not isinstance(schools, SchoolsField):
            raise TypeError("the fields of this form were replaced")
        topic.choices = list(Topic.objects.order_by("name").values_list("slug", "name"))
        schools.queryset = School.objects.order_by("name")
        for name, field in self.fields.items():
            if "." in name:  # which of them are needed, the channels say
                field.required = False

    def chosen_channels(self) -> tuple[Channel, ...]:
        return tuple(Channel(each) for each in self.cleaned_data["channels"].split(","))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        wanted = tuple(f".{each}." for each in cleaned.get("channels", "").split(","))
        for name in self.fields:
            if wanted != (".",) and any(part in name for part in wanted) and not cleaned.get(name):
                self.add_error(name, gettext("Write it, or choose to go another way."))
        return cleaned


def _word_fields(channel: Channel) -> Iterator[tuple[str, forms.CharField]]:
    if channel is Channel.EMAIL:
        yield "subject", forms.CharField(label=lazy("Subject of the email"), max_length=300)
        yield (
            "preheader",
            forms.CharField(
                label=lazy("Preview line"),
                max_length=300,
                help_text=lazy("What a mail program shows beside the subject."),
            ),
        )
    label = lazy("Email, in Markdown") if channel is Channel.EMAIL else lazy("Text message")
    yield (
        "body",
        forms.CharField(
            label=label,
            max_length=_LONGEST_TEXT,
            strip=False,
            help_text=lazy(
                "In double braces stands what is filled in for each reader: keep it so."
            ),
            widget=forms.Textarea(
                attrs={
                    "rows": 12 if channel is Channel.EMAIL else 5,
                    "spellcheck": "true",
                    "class": "code",
                }
            ),
        ),
    )
