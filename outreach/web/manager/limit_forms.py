"""What the pages about pace and limits ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from outreach.campaigns.pace import LONGEST_SPREAD_MINUTES
from outreach.core.clock import now
from outreach.organisation.limits import FASTEST_A_SECOND, LARGEST_A_DAY, WARM_UP
from outreach.web.manager.forms import ReasonForm

_MINUTES = 60


class PaceForm(ReasonForm):
    """Over how many hours each step of a send goes out."""

    hours = forms.FloatField(
        label=gettext_lazy("Spread each step over so many hours"),
        required=False,
        min_value=0.25,
        max_value=LONGEST_SPREAD_MINUTES / _MINUTES,
        help_text=gettext_lazy(
            "Evenly, from the opening of its hours to their end at most. Empty: as fast as "
            "the senders may."
        ),
    )

    field_order = ("hours", "why")

    def minutes(self) -> int | None:
        """None for as fast as can be."""
        hours = self.cleaned_data["hours"]
        return None if hours is None else round(hours * _MINUTES)


class LimitForm(ReasonForm):
    """What a sender may send in a second and in a day."""

    rate_per_second = forms.FloatField(
        label=gettext_lazy("At most a second"),
        min_value=0.001,
        max_value=FASTEST_A_SECOND,
        help_text=gettext_lazy("Segments of texts, or mails."),
    )
    most_a_day = forms.IntegerField(
        label=gettext_lazy("Messages a day"),
        required=False,
        min_value=0,
        max_value=LARGEST_A_DAY,
        help_text=gettext_lazy("Days of UTC. Empty: no limit."),
    )

    field_order = ("rate_per_second", "most_a_day", "why")


class AccountLimitForm(LimitForm):
    """The same for all senders of an account, which need not have a rate."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rate_per_second"].required = False
        self.fields["rate_per_second"].help_text = gettext(
            "Of all its senders together. Empty: no limit."
        )


class WarmUpForm(ReasonForm):
    """How a new sender grows."""

    from_day = forms.DateField(
        label=gettext_lazy("First day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    days = forms.CharField(
        label=gettext_lazy("Messages on the first day, the second, …"),
        max_length=1000,
        help_text=gettext_lazy(
            "After the last of these days there is no limit. Empty: the warm-up ends now."
        ),
        required=False,
    )

    field_order = ("from_day", "days", "why")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from_day"].initial = now().date()
        self.fields["days"].initial = ", ".join(str(number) for number in WARM_UP)

    def clean_days(self) -> list[int]:
        """The numbers; [] to end it."""
        parts = [part.strip() for part in self.cleaned_data["days"].split(",") if part.strip()]
        if not all(part.isascii() and part.isdigit() for part in parts):
            raise forms.ValidationError(
                gettext("Numbers with commas between them, like 50, 100, 500.")
            )
        return [int(part) for part in parts]
