"""What of the inbox is shown: the filters, all of them in the address of the page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as lazy

from outreach.core.channels import Channel
from outreach.core.clock import now
from outreach.organisation.models import Staff
from outreach.replies.models import Case, CaseKind, Reply
from outreach.web.templatetags.shown import language_words

_ALL = ("", lazy("all"))
# School, language, channel of what there is to choose from.
Row = tuple[str | None, str | None, str, str]


class InboxForm(forms.Form):
    """Every field may stay empty; what is not to be chosen from narrows nothing."""

    kind = forms.ChoiceField(
        label=lazy("Kind"),
        required=False,
        choices=[
            _ALL,
            (CaseKind.CRISIS, lazy("Calls for help")),
            (CaseKind.HOLD, lazy("On hold")),
            (CaseKind.QUESTION, lazy("To read")),
        ],
    )
    whose = forms.ChoiceField(
        label=lazy("Waiting for"),
        required=False,
        choices=[
            _ALL,
            ("me", lazy("me")),
            ("nobody", lazy("nobody in particular")),
            ("others", lazy("a colleague")),
        ],
    )
    age = forms.ChoiceField(
        label=lazy("Waiting since"),
        required=False,
        choices=[
            _ALL,
            ("1", lazy("more than a day")),
            ("3", lazy("more than three days")),
            ("7", lazy("more than a week")),
        ],
    )
    school = forms.ChoiceField(label=lazy("School"), required=False)
    language = forms.ChoiceField(label=lazy("Language"), required=False)
    channel = forms.ChoiceField(
        label=lazy("By"),
        required=False,
        choices=[_ALL, (Channel.EMAIL, lazy("email")), (Channel.SMS, lazy("text message"))],
    )

    def __init__(self, given: QueryDict, rows: Sequence[Row], *, names: Sequence[str]) -> None:
        super().__init__(given)
        self.fields = {name: self.fields[name] for name in names}
        schools = sorted({(name, slug) for slug, name, _, _ in rows if slug and name})
        languages = sorted({tag for _, _, tag, _ in rows if tag})
        self._offer("school", [(slug, name) for name, slug in schools])
        self._offer("language", [(tag, language_words(tag)) for tag in languages])
        self.is_valid()

    def _offer(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = [_ALL, *choices]

    @property
    def chosen(self) -> dict[str, Any]:
        """Field -> what it narrows to."""
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def query(self) -> str:
        """The same filters for another page of the list, with `&` at the end."""
        return f"{urlencode(self.chosen)}&" if self.chosen else ""


FOR_CASES = ("kind", "whose", "age", "school", "language", "channel")
FOR_DECIDED = ("kind", "school", "language", "channel")
FOR_REPLIES = ("school", "language", "channel")


def narrowed_cases(found: QuerySet[Case], chosen: dict[str, Any], viewer: Staff) -> QuerySet[Case]:
    """The cases that the filters leave."""
    plain = {
        "kind": "kind",
        "school": "reply__school__slug",
        "language": "reply__language",
        "channel": "reply__inbound__channel",
    }
    found = found.filter(**{plain[name]: chosen[name] for name in plain if name in chosen})
    if "age" in chosen:
        found = found.filter(opened_at__lte=now() - timedelta(days=int(chosen["age"])))
    match chosen.get("whose"):
        case "me":
            return found.filter(taken_by=viewer)
        case "nobody":
            return found.filter(taken_by=None)
        case "others":
            return found.exclude(taken_by=None).exclude(taken_by=viewer)
        case _:
            return found


def narrowed_replies(found: QuerySet[Reply], chosen: dict[str, Any]) -> QuerySet[Reply]:
    """The replies that the filters leave."""
    plain = {"school": "school__slug", "language": "language", "channel": "inbound__channel"}
    return found.filter(**{plain[name]: chosen[name] for name in plain if name in chosen})
