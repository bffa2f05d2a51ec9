"""What a school's pages ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from outreach.audience.importing import MEANINGS, ColumnUse, Use
from outreach.organisation.models import ConsentBasis
from outreach.subscriptions.roster.preview import Preview
from outreach.web.sentences import sentence

_REASON_LENGTH = 300
_AS_GUESSED = ""
_TYPES = ".csv,.txt,.dat,.tsv,.xlsx,.zip"


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("The list, as your school's program exports it"),
        help_text=gettext_lazy(
            "CSV, Excel (.xlsx) or a OneRoster zip, at most 10 MB. Nothing is stored about "
            "anybody before you have seen it and confirmed."
        ),
        widget=forms.FileInput(attrs={"accept": _TYPES}),
    )


class BasisForm(forms.Form):
    """On what the consents of the school's lists rest."""

    basis = forms.ChoiceField(
        label=gettext_lazy("Why may these parents be written to?"),
        choices=[
            (
                ConsentBasis.SIGNED_FORM,
                gettext_lazy("They signed a form. It says that they agree to these messages."),
            ),
            (
                ConsentBasis.INVITATION,
                gettext_lazy("They have not agreed yet. Ask each of them once; only a yes counts."),
            ),
            (
                ConsentBasis.DOCUMENTED,
                gettext_lazy("Another basis that the organisation has put down in writing."),
            ),
        ],
        widget=forms.RadioSelect,
    )
    wording = forms.CharField(
        label=gettext_lazy("The exact words, with their version"),
        required=False,
        max_length=4000,
        help_text=gettext_lazy(
            "What stands on the form, or what the other basis is. Each consent keeps them as "
            "its proof. Not needed for asking."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    dated_on = forms.DateField(
        label=gettext_lazy("Date of the form"),
        required=False,
        help_text=gettext_lazy("For rows of a list that have no date of their own."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    why = forms.CharField(
        label=gettext_lazy("Reason for a change"),
        required=False,
        max_length=_REASON_LENGTH,
        help_text=gettext_lazy(
            "Only if a basis had been chosen before. Consents given until now keep theirs."
        ),
    )


class ColumnsForm(forms.Form):
    """One choice for each column: `column_3` is the third."""

    def __init__(
        self,
        titles: Sequence[str],
        uses: Mapping[int, ColumnUse],
        chosen: Mapping[str, str],
        *args: Any,
    ) -> None:
        super().__init__(*args)
        self._positions = range(1, len(titles) + 1)
        for position, title in zip(self._positions, titles, strict=True):
            self.fields[f"column_{position}"] = forms.ChoiceField(
                label=title
                or gettext("Column {number}, without a heading").format(number=position),
                required=False,
                initial=chosen.get(str(position), _AS_GUESSED),
                choices=[
                    (_AS_GUESSED, _guess(uses.get(position))),
                    *((meaning, _sentence(meaning)) for meaning in MEANINGS),
                ],
            )

    def meanings(self) -> dict[int, str]:
        return {each: self.cleaned_data[f"column_{each}"] for each in self._positions}


class RowForm(forms.Form):
    """The cells of one row that may be kept: `cell_3` stands in the third column."""

    def __init__(
        self, headings: Sequence[str], positions: Sequence[int], cells: Sequence[str], *args: Any
    ) -> None:
        super().__init__(*args)
        self._positions = positions
        for heading, position, cell in zip(headings, positions, cells, strict=True):
            self.fields[f"cell_{position}"] = forms.CharField(
                label=heading or gettext("Column {number}").format(number=position),
                required=False,
                max_length=2000,
                initial=cell,
            )

    def cells(self) -> dict[int, str]:
        return {each: self.cleaned_data[f"cell_{each}"] for each in self._positions}


class ConfirmForm(forms.Form):
    """What happens with those who are not on the list any more. More than a fifth of all wants
    their number, so that the wrong file does not end a school."""

    KEEP, END = "keep", "end"

    gone = forms.ChoiceField(
        label=gettext_lazy("And those who are not on this list?"),
        choices=[
            (KEEP, gettext_lazy("They stay. This list names only some of our parents.")),
            (END, gettext_lazy("They leave. This list names all of our parents.")),
        ],
        widget=forms.RadioSelect,
    )
    number = forms.IntegerField(
        label=gettext_lazy("How many people leave? Type the number."),
        required=False,
        min_value=0,
        help_text=gettext_lazy(
            "It is more than a fifth of your parents: please make sure that it is the right file."
        ),
    )

    def __init__(self, changes: Preview, *args: Any) -> None:
        super().__init__(*args)
        self._gone = len(changes.gone)
        if not changes.gone:
            del self.fields["gone"]
        if not changes.many_gone:
            del self.fields["number"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        ends = cleaned.get("gone") == self.END
        if ends and "number" in self.fields and cleaned.get("number") != self._gone:
            self.add_error(
                "number",
                gettext("Type {number}, the number of people who leave.").format(number=self._gone),
            )
        return cleaned

    def end_gone(self) -> int | None:
        return self._gone if self.cleaned_data.get("gone") == self.END else None


class YearForm(forms.Form):
    """Roll over to a day, or close the year."""

    ROLL, CLOSE = "roll", "close"

    what = forms.ChoiceField(
        label=gettext_lazy("What happens?"),
        choices=[
            (ROLL, gettext_lazy("Roll over: the consents of our lists count until the day below.")),
            (
                CLOSE,
                gettext_lazy(
                    "Close the year now: the consents of our lists end, and the parents leave."
                ),
            ),
        ],
        widget=forms.RadioSelect,
    )
    until = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    why = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=_REASON_LENGTH,
        help_text=gettext_lazy(
            "For example: the form of September 2026 is valid for two school years. No names "
            "of parents or children, please."
        ),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("what") == self.ROLL and not cleaned.get("until"):
            self.add_error("until", gettext("Name the last day."))
        return cleaned


def _guess(use: ColumnUse | None) -> str:
    if use is None:
        return gettext("As guessed from the heading")
    dropped = use.use in (Use.IGNORED, Use.DROPPED)
    meaning = gettext("not used") if dropped else sentence(use.meaning)
    return gettext("{meaning} (as guessed)").format(meaning=meaning)


def _sentence(meaning: str) -> str:
    special = {
        "ignore": gettext("Do not use this column"),
        "child": gettext("About a child: never keep it"),
    }
    return special.get(meaning) or gettext(meaning.capitalize())
