"""What the pages of managers ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext, gettext_lazy

from outreach.campaigns.models import CampaignVersion
from outreach.campaigns.queries import versions
from outreach.core.clock import now
from outreach.organisation.models import School
from outreach.web.school_choice import SchoolsField
from outreach.web.templatetags.shown import language_words

REASON_LENGTH = 300


if TYPE_CHECKING:
    VersionChoice = forms.ModelChoiceField[CampaignVersion]
else:  # the stubs know what the field chooses from, Django's class takes no parameter
    VersionChoice = forms.ModelChoiceField


class VersionField(VersionChoice):
    """Names a version as people know it."""

    def label_from_instance(self, obj: CampaignVersion) -> str:
        return gettext("{title}, version {number}").format(
            title=obj.campaign.title, number=obj.number
        )


class NewLaunchForm(forms.Form):
    """A campaign version over an audience, from a day on."""

    EVERY: ClassVar = "every"
    CHOSEN: ClassVar = "chosen"

    version = VersionField(label=gettext_lazy("Campaign"), queryset=CampaignVersion.objects.none())
    name = forms.CharField(
        label=gettext_lazy("Name of this send"),
        max_length=120,
        help_text=gettext_lazy(
            "Colleagues see it; parents do not. For example: Say No!, autumn 2026."
        ),
    )
    starts_on = forms.DateField(
        label=gettext_lazy("First day"),
        help_text=gettext_lazy("Day 0 of the campaign, in each school's own time zone."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    audience = forms.ChoiceField(
        label=gettext_lazy("Schools"),
        choices=[
            (EVERY, gettext_lazy("All schools")),
            (CHOSEN, gettext_lazy("Only the schools ticked here")),
        ],
        widget=forms.RadioSelect,
        initial=EVERY,
    )
    schools = SchoolsField(
        label=gettext_lazy("Which schools"),
        queryset=School.objects.none(),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["version"]
        schools = self.fields["schools"]
        if not isinstance(choice, VersionField) or not isinstance(schools, SchoolsField):
            raise TypeError("the fields of this form were replaced")
        choice.queryset = versions()
        choice.empty_label = None
        schools.queryset = School.objects.order_by("name")
        self.fields["starts_on"].initial = now().date()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        only_some = cleaned.get("audience") == self.CHOSEN
        if only_some and not cleaned.get("schools"):
            self.add_error("schools", gettext("Tick at least one school, or choose all schools."))
        return cleaned

    def chosen_schools(self) -> list[School]:
        """Empty for all schools, as `create_launch` reads it."""
        only_some = self.cleaned_data["audience"] == self.CHOSEN
        return list(self.cleaned_data["schools"]) if only_some else []


class ReasonForm(forms.Form):
    """Why somebody does what cannot be undone without being noticed."""

    why = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH,
        help_text=gettext_lazy(
            "Colleagues read it in the history. Please no names of parents or children."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class UnreviewedForm(forms.Form):
    """A yes to languages that no native speaker has read."""

    says_yes = forms.BooleanField(
        label=gettext_lazy("Use these texts as they are"),
        error_messages={
            "required": gettext_lazy("Tick it, or have the texts read before you go on.")
        },
    )

    def __init__(self, languages: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = ", ".join(language_words(language) for language in languages)
        self.fields["says_yes"].help_text = gettext(
            "No native speaker has reviewed the texts in: {languages}. Your yes is in the log."
        ).format(languages=names)


class UnknownForm(ReasonForm):
    """What to do with the messages whose outcome nobody knows."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("These messages"),
        choices=[
            (
                "sent",
                gettext_lazy("Count them as sent. Nobody gets one twice; some may not have one."),
            ),
            (
                "send_again",
                gettext_lazy("Send them again. Everybody gets one; some may get it twice."),
            ),
        ],
        widget=forms.RadioSelect,
    )

    field_order = ("verdict", "why")


class OutcomeForm(forms.Form):
    """How a case ended."""

    outcome = forms.CharField(
        label=gettext_lazy("What was decided"),
        max_length=REASON_LENGTH,
        help_text=gettext_lazy("For example: called back on 3 November, all is well."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
