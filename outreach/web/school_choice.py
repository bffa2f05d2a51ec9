"""Choosing among schools: two thousand are named from three columns, not from whole rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django import forms
from django.forms.models import ModelChoiceIterator

from outreach.organisation.models import School

if TYPE_CHECKING:
    _Iterator = ModelChoiceIterator[School]
    _Choice = forms.ModelMultipleChoiceField[School]
else:  # the stubs know what the field chooses from, Django's classes take no parameter
    _Iterator = ModelChoiceIterator
    _Choice = forms.ModelMultipleChoiceField


class _Named(_Iterator):
    """The key of each school, and its name with country and zone, so that two of one name
    differ."""

    def __iter__(self) -> Iterator[tuple[str, str]]:
        rows = self.queryset.values_list("pk", "name", "country", "zone")
        return ((str(key), f"{name} ({country}, {zone})") for key, name, country, zone in rows)


class SchoolsField(_Choice):
    """Some of the schools, to tick."""

    iterator = _Named
    widget = forms.CheckboxSelectMultiple
