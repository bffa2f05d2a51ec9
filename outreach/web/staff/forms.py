"""What the pages about people who sign in ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outreach.organisation.address_keys import address_keys
from outreach.organisation.models import Role, School
from outreach.organisation.staff import SCHOOL_ROLES
from outreach.web.audit_words import action_choices
from outreach.web.school_choice import SchoolsField

_NEW_PASSWORD = forms.PasswordInput(attrs={"autocomplete": "new-password"})
_REASON_LENGTH = 300


class SignInForm(forms.Form):
    email = forms.EmailField(
        label=_("Email address"),
        widget=forms.EmailInput(attrs={"autocomplete": "username webauthn", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class EmailForm(forms.Form):
    email = forms.EmailField(
        label=_("Email address"),
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )


class CodeForm(forms.Form):
    """The second step, and the proof that it is still they."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        help_text=_("Six digits from your app, or one of your recovery codes."),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "autocapitalize": "none"}
        ),
    )


class AppForm(forms.Form):
    """The first code of a new authenticator app."""

    code = forms.CharField(
        label=_("Code from the app"),
        max_length=10,
        help_text=_("The six digits that the app shows now."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class ProofForm(forms.Form):
    """Either the password or a code."""

    proof = forms.CharField(
        label=_("Password, or a code from your app"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


class NewPasswordForm(forms.Form):
    """Twice, because nobody sees what is typed."""

    password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=200,
        help_text=_("At least 12 characters. Three or four unrelated words make a good one."),
        widget=_NEW_PASSWORD,
    )
    again = forms.CharField(
        label=_("The same once more"), strip=False, max_length=200, widget=_NEW_PASSWORD
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("password") != cleaned.get("again"):
            self.add_error("again", _("The two are not the same."))
        return cleaned


class RoleForm(forms.Form):
    """A role, with the schools where it is one of schools."""

    role = forms.ChoiceField(
        label=_("Role"),
        choices=[(role.value, _(role.label)) for role in Role],
        widget=forms.RadioSelect,
    )
    schools = SchoolsField(
        label=_("Schools (for school staff and child-protection contacts)"),
        queryset=School.objects.none(),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        schools = self.fields["schools"]
        if not isinstance(schools, SchoolsField):
            raise TypeError("the field of this form was replaced")
        schools.queryset = School.objects.order_by("name")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        is_of_schools = cleaned.get("role") in SCHOOL_ROLES
        if is_of_schools and not cleaned.get("schools"):
            self.add_error("schools", _("Tick at least one school for this role."))
        if cleaned.get("role") and not is_of_schools and cleaned.get("schools"):
            self.add_error("schools", _("This role is for the whole organisation: tick none."))
        return cleaned

    def roles(self) -> list[tuple[Role, School | None]]:
        """One for each school, or one for the organisation."""
        role = Role(self.cleaned_data["role"])
        schools = list(self.cleaned_data["schools"])
        return [(role, school) for school in schools] or [(role, None)]


class InviteForm(RoleForm):
    """Whom to invite, and as what."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        help_text=_("Colleagues see it next to what the person does."),
    )
    email = forms.EmailField(
        label=_("Email address"),
        help_text=_("The invitation goes here, and they sign in with it later."),
    )

    field_order = ("name", "email", "role", "schools")


class WhyForm(forms.Form):
    why = forms.CharField(
        label=_("Reason"),
        max_length=_REASON_LENGTH,
        help_text=_("It stands in the audit log."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class PasskeyForm(forms.Form):
    """A new passkey. `answer`: written by the page's script."""

    name = forms.CharField(
        label=_("Name of this passkey"),
        max_length=60,
        help_text=_("So that you know it again: my phone, office computer."),
    )
    answer = forms.CharField(max_length=20_000, widget=forms.HiddenInput)


class AuditForm(forms.Form):
    """What to show of the audit log; every field may stay empty."""

    who = forms.CharField(label=_("Who"), max_length=254, required=False)
    what = forms.ChoiceField(label=_("What"), required=False)
    school = forms.SlugField(label=_("School"), max_length=50, required=False)
    first_day = forms.DateField(
        label=_("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last_day = forms.DateField(
        label=_("To"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        what = self.fields["what"]
        if isinstance(what, forms.ChoiceField):
            what.choices = [("", _("all")), *action_choices()]
        if address_keys() is not None:
            self.fields["who"].help_text = _("All of it, like anna@example.org or system:clock.")
