"""Columns that are encrypted while `OUTREACH_ADDRESS_KEYS` is set, and plain while it is not.

A room changes one line of a model; reading, writing and looking up go on as before. What a kind of
column cannot be asked for (the beginning of an address, an order) is refused aloud instead of
finding nothing. Statements in plain SQL use `address_keys`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact, IExact, In, IsNull, Lookup

from outreach.core.sealed_text import MARK, AddressKeys
from outreach.organisation.address_key_register import (
    opened_if_whole,
    require_known_address_keys,
)
from outreach.organisation.address_keys import (
    ACTOR,
    MATCH_KEY,
    address_keys,
    is_person,
    opened,
    sealed_json,
)

Given = TypeVar("Given")
Held = TypeVar("Held")

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    _Char = models.CharField[str | Combinable, str]
    _Text = models.TextField[str | Combinable, str]
    _Json = models.JSONField[Any, Any]
    _Lookup = Lookup[Any]

    class _Mixed(models.Field[Given, Held]):
        """A field; while the program runs it is one by its other base."""
else:  # the stubs know what a field is given and holds, Django's classes take no parameter
    _Char, _Text, _Json, _Lookup = models.CharField, models.TextField, models.JSONField, Lookup

    class _Mixed(Generic[Given, Held]):
        pass


# Of four bytes for a letter, base64's four letters for three bytes, nonce, tag, name and mark.
_BYTES_A_LETTER, _MORE_BYTES, _MORE_LETTERS = 4, 28, 32


class SealedField(_Mixed[Given, Held]):
    """What all of them do. `place`: what is authenticated beside the text, and what columns that
    are compared share; table and column where nothing is said."""

    place = ""

    def contribute_to_class(
        self, cls: type[models.Model], name: str, private_only: bool = False
    ) -> None:
        super().contribute_to_class(cls, name, private_only)
        self.place = type(self).place or f"{cls._meta.db_table}.{self.column}"

    def from_db_value(self, value: Any, *_: object) -> Any:
        is_sealed = isinstance(value, str) and value.startswith(MARK)
        return self.unsealed(value) if is_sealed else value

    def get_prep_value(self, value: Any) -> Any:
        require_known_address_keys()
        value, keys = super().get_prep_value(value), address_keys()
        return self.sealed(keys, value) if keys and isinstance(value, str) and value else value

    def get_lookup(self, lookup_name: str) -> type[_Lookup] | None:
        """The look-ups that an encrypted column can answer; all of them while it is plain."""
        if address_keys() is None:
            return super().get_lookup(lookup_name)
        try:
            return _LOOKUPS[lookup_name]
        except KeyError as error:
            raise FieldError(f"an encrypted column cannot be looked up by {lookup_name}") from error

    def sealed(self, keys: AddressKeys, text: str) -> str:
        return keys.seal(text, self.place)

    def unsealed(self, stored: str) -> str:
        return opened(stored, self.place)

    def forms(self, keys: AddressKeys, text: str) -> list[str]:
        """Everything that may stand in the column for `text`."""
        if text:
            raise FieldError("this encrypted column cannot be looked up")
        return [text]

    def beginnings(self, keys: AddressKeys, text: str) -> list[str]:
        """How what is the same but for capitals may begin."""
        raise FieldError("this encrypted column cannot be looked up without regard to capitals")


class SealedCharField(SealedField[str | Combinable, str], _Char):
    """A text of at most `max_length` letters; the column has room for what is made of them."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        longest = (self.max_length or 0) * _BYTES_A_LETTER + _MORE_BYTES
        return f"varchar({-(-longest // 3) * 4 + _MORE_LETTERS})"


class AddressField(SealedCharField):
    """An address that nobody looks up by it."""


class MatchKeyField(SealedCharField):
    """An address as it is compared: the same text is stored the same, so it can be unique."""

    place = MATCH_KEY

    def sealed(self, keys: AddressKeys, text: str) -> str:
        return keys.seal_alike(text, self.place)

    def forms(self, keys: AddressKeys, text: str) -> list[str]:
        return keys.alike(text, self.place)


class ActorField(MatchKeyField):
    """Who did something: the address of a member of staff is encrypted, `system:clock` is not."""

    place = ACTOR

    def sealed(self, keys: AddressKeys, text: str) -> str:
        return super().sealed(keys, text) if is_person(text) else text


class WrittenAddressField(SealedCharField):
    """An address as somebody wrote it, found without regard to capitals."""

    def sealed(self, keys: AddressKeys, text: str) -> str:
        return keys.seal_named(text, self.place)

    def unsealed(self, stored: str) -> str:
        return _opened_words(stored, self.place)

    def beginnings(self, keys: AddressKeys, text: str) -> list[str]:
        return keys.names(text, self.place)


class WordsField(SealedField[str | Combinable, str], _Text):
    """Words in which an address may stand."""

    def unsealed(self, stored: str) -> str:
        return _opened_words(stored, self.place)


def _opened_words(stored: str, place: str) -> str:
    """Of what anybody may have written: what only looks encrypted is text as it is."""
    whole = opened_if_whole(stored, place)
    return stored if whole is None else whole


class SealedJSONField(SealedField[Any, Any], _Json):
    """A value in which an address may stand: encrypted it is one string of JSON."""

    def from_db_value(self, value: Any, *rest: Any) -> Any:
        found = _Json.from_db_value(self, value, *rest)
        is_sealed = isinstance(found, str) and found.startswith(MARK)
        return json.loads(opened(found, self.place)) if is_sealed else found

    def get_prep_value(self, value: Any) -> Any:
        require_known_address_keys()
        return _Json.get_prep_value(self, value)

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        sealed = sealed_json(value, self.place)
        return _Json.get_db_prep_value(self, sealed, connection, prepared)


def partly(column: str, text: str) -> models.Q:
    """Rows with `text` somewhere in `column`; where addresses are encrypted, with all of it."""
    if address_keys() is None:
        return models.Q((f"{column}__icontains", text))
    return models.Q((f"{column}__in", [text, text.casefold()]))


class _Sealed(_Lookup):
    """Compares with every form that the text may have in the column."""

    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        field, keys = self.lhs.output_field, address_keys()
        if keys is None or not self.rhs_is_direct_value():
            return super().as_sql(compiler, connection)
        # Without what Django puts around it: it would compare capitals.
        left, params = compiler.compile(self.lhs)
        asked = self.asked(field, keys)
        if not asked:
            return "FALSE", []
        sql = " OR ".join(f"{left} {sign} %s" for sign, _ in asked)
        return f"({sql})", [part for _, text in asked for part in (*params, text)]

    def asked(self, field: SealedField[Any, Any], keys: AddressKeys) -> list[tuple[str, str]]:
        """Operators and what they compare with."""
        return [("=", form) for form in field.forms(keys, str(self.rhs))]


class _SealedExact(_Sealed, Exact):
    lookup_name = "exact"


class _SealedIn(_Sealed, In):
    lookup_name = "in"

    def asked(self, field: SealedField[Any, Any], keys: AddressKeys) -> list[tuple[str, str]]:
        texts = dict.fromkeys(str(each) for each in self.rhs)
        return [("=", form) for text in texts for form in field.forms(keys, text)]


class _SealedIExact(_Sealed, IExact):
    lookup_name = "iexact"

    def asked(self, field: SealedField[Any, Any], keys: AddressKeys) -> list[tuple[str, str]]:
        text = str(self.rhs)
        plain = ("ILIKE", text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_"))
        return [*(("LIKE", f"{each}%") for each in field.beginnings(keys, text)), plain]


_LOOKUPS: dict[str, type[_Lookup]] = {
    "exact": _SealedExact,
    "in": _SealedIn,
    "iexact": _SealedIExact,
    "isnull": IsNull,
}
