"""What the pages of a campaign ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as lazy

from outreach.campaigns.archive import LARGEST_ARCHIVE_BYTES
from outreach.campaigns.definition import CampaignDefinition, Recipients, Step, Weekday
from outreach.campaigns.definition.fields import AGE_GROUP, SPAN, span_text
from outreach.campaigns.definition.when import (
    AfterAnother,
    AfterCalendar,
    BeforeCalendar,
    OnDate,
    OnLaunchDay,
    OnNamed,
    OnOptIn,
)
from outreach.core.channels import Channel
from outreach.web.manager.campaign.filter_fields import (
    EXCEPT,
    ONLY,
    filter_changes,
    filter_fields,
    filters_as_form,
)

_LONGEST_TEXT = 60_000
_IS_A_SPAN = RegexValidator(rf"^{SPAN.pattern}\Z", lazy("Write it like 90m, 3h, 2d or 1d12h."))
_ARE_AGE_GROUPS = RegexValidator(
    rf"^ *{AGE_GROUP.pattern}( *, *{AGE_GROUP.pattern})* *\Z",
    lazy("Write them like 11-13, 14-17 or 16+."),
)
_MONO = {"rows": 24, "spellcheck": "false", "class": "code"}
_RECIPIENTS = {
    Recipients.GUARDIANS: lazy("Parents"),
    Recipients.CONTACTS: lazy("School contacts"),
    Recipients.SAFEGUARDING_LEADS: lazy("Child-protection contacts"),
    Recipients.STAFF: lazy("School contacts and child-protection contacts"),
}
_CHANNELS = (
    ("email,sms", lazy("By email, and by text message where there is no email address")),
    ("sms,email", lazy("By text message, and by email where there is no phone number")),
    ("email", lazy("By email alone")),
    ("sms", lazy("By text message alone")),
)
_WEEKDAYS = {
    Weekday.MONDAY: lazy("Monday"),
    Weekday.TUESDAY: lazy("Tuesday"),
    Weekday.WEDNESDAY: lazy("Wednesday"),
    Weekday.THURSDAY: lazy("Thursday"),
    Weekday.FRIDAY: lazy("Friday"),
    Weekday.SATURDAY: lazy("Saturday"),
    Weekday.SUNDAY: lazy("Sunday"),
}
_NOT_ON = (
    ("", lazy("As the campaign says")),
    ("none", lazy("It may go out on any day")),
    ("public-holidays", lazy("Not on public holidays")),
    ("school-holidays", lazy("Not in the school's holidays")),
    ("public-holidays,school-holidays", lazy("Neither on public holidays nor in the school's")),
)
_NOT_ON_VALUES: Mapping[str, list[str] | None] = {
    "": None,
    "none": [],
    "public-holidays": ["public-holidays"],
    "school-holidays": ["school-holidays"],
    "public-holidays,school-holidays": ["public-holidays", "school-holidays"],
}


class SmsForm(forms.Form):
    """The words of a text message."""

    body = forms.CharField(
        label=lazy("Text"),
        max_length=_LONGEST_TEXT,
        strip=False,
        help_text=lazy("In double braces stands what is filled in for each reader: keep it so."),
        widget=forms.Textarea(attrs=_MONO | {"rows": 8}),
    )
    reviewed_by = forms.CharField(
        label=lazy("Read by, as a native speaker"),
        required=False,
        max_length=120,
        help_text=lazy(
            "The name of who read exactly these words. Where the words change and the name stays, "
            "it is taken away: nobody has read the new ones yet."
        ),
    )


class EmailForm(SmsForm):
    """The words of an email."""

    subject = forms.CharField(
        label=lazy("Subject"),
        max_length=300,
        help_text=lazy("A locked screen shows it: keep what the campaign is about out of it."),
    )
    preheader = forms.CharField(
        label=lazy("Preview line"),
        max_length=300,
        help_text=lazy("What a mail program shows beside the subject."),
    )

    field_order = ("subject", "preheader", "body", "reviewed_by")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].label = lazy("Text, in Markdown")
        self.fields["body"].widget = forms.Textarea(attrs=_MONO)


class FileForm(forms.Form):
    """The whole definition as its file."""

    source = forms.CharField(
        label=lazy("campaign.yaml"),
        max_length=_LONGEST_TEXT,
        strip=False,
        widget=forms.Textarea(attrs=_MONO | {"rows": 32}),
    )


class CampaignFileForm(forms.Form):
    """A campaign from a disk."""

    file = forms.FileField(
        label=lazy("File"),
        help_text=lazy(
            "A zip as the export makes it, or a campaign.yaml alone. Alone, it keeps the texts "
            "of the newest version."
        ),
        widget=forms.FileInput(attrs={"accept": ".zip,.yaml,.yml"}),
    )

    def clean_file(self) -> Any:
        given = self.cleaned_data["file"]
        if given.size > LARGEST_ARCHIVE_BYTES:
            raise forms.ValidationError(lazy("The file is too large to be a campaign."))
        return given


class StepForm(forms.Form):
    """When one step goes out, to whom, by what; the day as the step's own rule counts it."""

    title = forms.CharField(label=lazy("Title"), max_length=120)
    to = forms.ChoiceField(label=lazy("To"), choices=[*_RECIPIENTS.items()])
    channels = forms.ChoiceField(label=lazy("How"), choices=_CHANNELS)
    days = forms.IntegerField(label=lazy("Days"), min_value=0, max_value=1000, required=False)
    date = forms.DateField(
        label=lazy("Day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    at = forms.TimeField(
        label=lazy("From"),
        help_text=lazy("On the clock of each reader, or of their school."),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    within = forms.CharField(
        label=lazy("For so long"),
        max_length=8,
        validators=[_IS_A_SPAN],
        help_text=lazy("Like 3h or 90m. What could not go out by then waits or expires."),
    )
    weekdays = forms.MultipleChoiceField(
        label=lazy("Only on these days of the week (none ticked: every day)"),
        choices=[*_WEEKDAYS.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    expires_after = forms.CharField(
        label=lazy("Still worth reading for"),
        max_length=8,
        validators=[_IS_A_SPAN],
        required=False,
        help_text=lazy("Like 2d. Empty: only within its own hours."),
    )
    age_groups = forms.CharField(
        label=lazy("Only with a child in these age groups"),
        max_length=120,
        validators=[_ARE_AGE_GROUPS],
        required=False,
        help_text=lazy("Like 11-13, 14-17. Empty: all."),
    )

    not_on = forms.ChoiceField(label=lazy("Not on these days"), choices=_NOT_ON, required=False)

    def __init__(
        self, *args: Any, definition: CampaignDefinition, step: Step, **kwargs: Any
    ) -> None:
        kwargs.setdefault("initial", step_as_form(step))
        super().__init__(*args, **kwargs)
        self.fields |= filter_fields(definition, step)
        for name, label in _day_fields(step).items():
            if label is None:
                del self.fields[name]
            else:
                self.fields[name].label = label
                self.fields[name].required = True

    def changes(self, step: Step) -> dict[str, Any]:
        """Keys of the step as its file has them: only what is other than before."""
        before, given = step_as_form(step), self.cleaned_data
        changed = {key for key in given if given[key] != before[key]}
        whole = {
            "title": given["title"],
            "to": given["to"],
            "channels": given["channels"].split(","),
            "weekdays": given["weekdays"] or None,
            "expires_after": given["expires_after"] or None,
            "age_groups": [part.strip() for part in given["age_groups"].split(",")]
            if given["age_groups"]
            else None,
        }
        if "not_on" in changed:
            whole["not_on"] = _NOT_ON_VALUES[given["not_on"]]
        when = _when_changes(step, given, changed)
        return {
            **{key: value for key, value in whole.items() if key in changed},
            **({"when": when} if when else {}),
            **filter_changes(ONLY, step, given, changed),
            **filter_changes(EXCEPT, step, given, changed),
        }

    def of_filter(self, kind: str) -> list[forms.BoundField]:
        """The fields of `only` or of `except`."""
        return [field for field in self if field.name.startswith(f"{kind}_")]

    @property
    def only_fields(self) -> list[forms.BoundField]:
        return self.of_filter(ONLY)

    @property
    def except_fields(self) -> list[forms.BoundField]:
        return self.of_filter(EXCEPT)

    @property
    def main_fields(self) -> list[forms.BoundField]:
        """All others."""
        filters = {field.name for field in [*self.only_fields, *self.except_fields]}
        return [field for field in self if field.name not in filters]


def step_as_form(step: Step) -> dict[str, Any]:
    """The step as the form shows it."""
    when = step.when
    days: int | None = None
    match when:
        case OnLaunchDay():
            days = when.day
        case AfterAnother() | BeforeCalendar() | AfterCalendar():
            days = when.days
        case OnOptIn():
            days = when.after_opt_in.days
        case OnNamed():
            days = when.days_before or when.days_after
    return {
        "title": step.title,
        "to": step.recipients.value,
        "channels": ",".join(channel.value for channel in step.channels),
        "days": days,
        "date": when.on if isinstance(when, OnDate) else None,
        "at": when.at,
        "within": span_text(when.within),
        "weekdays": [day.value for day in step.weekdays or ()],
        "expires_after": span_text(step.expires_after) if step.expires_after else "",
        "age_groups": ", ".join(step.age_groups or ()),
        "not_on": _not_on_word(step),
        **filters_as_form(step),
    }


def _not_on_word(step: Step) -> str:
    if step.not_on is None:
        return ""
    return ",".join(sorted(step.not_on)) or "none"


def _day_fields(step: Step) -> Mapping[str, Any]:
    """The fields that say the step's day, with their label; None for those it has not."""
    when = step.when
    days: Any = None
    match when:
        case OnLaunchDay():
            days = lazy("Days after the first day of the send")
        case AfterAnother():
            days = lazy("Days after the step before it")
        case BeforeCalendar():
            days = lazy("Days before that day of the school's calendar")
        case AfterCalendar():
            days = lazy("Days after that day of the school's calendar")
        case OnOptIn():
            days = lazy("Days after somebody agreed")
    return {"days": days, "date": lazy("Day") if isinstance(when, OnDate) else None}


def _when_changes(step: Step, given: Mapping[str, Any], changed: Iterable[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "days" in changed:
        found |= with_days(step, given["days"])
    if "date" in changed:
        day: date = given["date"]
        found["date"] = f"{day}"
    if "at" in changed:
        found["at"] = f"{given['at']:%H:%M}"
    if "within" in changed:
        found["within"] = given["within"]
    return found


def with_days(step: Step, days: int) -> dict[str, Any]:
    """The part of `when` that counts the days."""
    if isinstance(step.when, OnLaunchDay):
        return {"day": days}
    if isinstance(step.when, OnOptIn):
        return {"after_opt_in": {"days": days}}
    return {"days": days}


def channels_of(definition: CampaignDefinition, step_key: str) -> tuple[Channel, ...]:
    """By which a step goes out, the first choice first."""
    return tuple(Channel(each) for each in definition.step(step_key).channels)
