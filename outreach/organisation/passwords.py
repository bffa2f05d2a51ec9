"""What a password has to be, and how it is kept.

Kept with Argon2id; what earlier versions kept with scrypt still opens and is renewed at the
next sign-in. Refused: shorter than twelve characters, one of Django's 20,000 common ones, or
one that zxcvbn finds easy to guess from its own lists of leaked passwords, names and words, from
keys side by side, dates, or the person's own name and address. All lists are local: nothing
about a password leaves the machine.
"""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# 10^10: the highest of zxcvbn's five steps ("very unguessable").
_GUESSES_LOG10 = 10.0
_LONGEST_LOOKED_AT = 72
_OURS = ("outreach", "school", "say no")


class Argon2idHasher(Argon2PasswordHasher):
    """Argon2id as OWASP's password storage sheet has it: 46 MiB, one pass, one lane.

    Django's own 100 MiB would let a few sign-ins at once fill a machine of 2 GB.
    """

    time_cost = 1
    memory_cost = 47_104
    parallelism = 1


class HardToGuess:
    """A validator for Django's AUTH_PASSWORD_VALIDATORS."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raises ValidationError for a password that is tried early."""
        from zxcvbn import zxcvbn  # its word lists take a moment to load

        own = [*_OURS, getattr(user, "email", ""), getattr(user, "name", "")]
        words = [part for text in own for part in (text, *text.replace("@", " ").split())]
        found = zxcvbn(password[:_LONGEST_LOOKED_AT], user_inputs=[word for word in words if word])
        if found["guesses_log10"] < _GUESSES_LOG10:
            raise ValidationError(
                _(
                    "This password is easy to guess: it is too close to words, names, dates or "
                    "leaked passwords that are tried first."
                ),
                code="password_easy_to_guess",
            )

    def get_help_text(self) -> str:
        return _("At least 12 characters. Three or four unrelated words make a good one.")
