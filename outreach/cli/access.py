"""Who may run a command: stated at each by a decorator, directly under click's own.

`@operator`: whoever can start programs on this machine with the settings of the database.
`@acting("SEE_LAUNCHES")`: a member of staff, named with --as, who has that right; pages ask
the same table. With `or_operator` it is the operator when nobody is named.

Imports no Django before a command runs, so that commands without it can state their rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from outreach.core.errors import BadInput

if TYPE_CHECKING:
    from outreach.organisation.audit import Actor

Body = TypeVar("Body", bound=Callable[..., Any])
_RULE = "outreach_rule"


@dataclass(frozen=True)
class Rule:
    """`right`: the name of a `Right`, "" for the operator alone. `school`: the option that names
    the school in which the right is enough."""

    right: str = ""
    or_operator: bool = False
    school: str = ""


def rule_of(command: click.Command) -> Rule | None:
    """What a command states, None when it states nothing."""
    rule = getattr(command.callback, _RULE, None)
    return rule if isinstance(rule, Rule) else None


def operator(body: Body) -> Body:
    """Nobody is asked: the rights of this machine's user are the rule."""
    setattr(body, _RULE, Rule())
    return body


def acting(
    right: str, *, or_operator: bool = False, school: str = ""
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Adds --as, checks the right and hands the body an `actor`.

    Raises BadInput when nobody is named, NotFound for a stranger, NotAllowed without the right.
    """

    def decorate(body: Callable[..., None]) -> Callable[..., None]:
        @wraps(body)
        def checked(*args: Any, as_email: str | None, **options: Any) -> None:
            slug = options.get(school) if school else None
            body(*args, actor=_actor(right, as_email, slug, or_operator), **options)

        setattr(checked, _RULE, Rule(right, or_operator, school))
        return _as_option(or_operator)(checked)

    return decorate


def _as_option(or_operator: bool) -> Callable[[Callable[..., None]], Callable[..., None]]:
    who = "Who does it; without it, the operator of this machine."
    return click.option(
        "--as",
        "as_email",
        metavar="EMAIL",
        envvar="OUTREACH_AS",
        show_envvar=True,
        help=who if or_operator else "Who does it: the address you sign in with.",
    )


def _actor(right: str, as_email: str | None, slug: str | None, or_operator: bool) -> Actor:
    from outreach.organisation.audit import OPERATOR
    from outreach.organisation.permissions import Right, require
    from outreach.organisation.schools import school_by_slug
    from outreach.organisation.staff import actor_of, staff_by_email

    if not as_email:
        if or_operator:
            return OPERATOR
        raise BadInput(
            "This is done in a person's name.",
            remedy="Say who you are with --as EMAIL, or set OUTREACH_AS.",
        )
    staff = staff_by_email(as_email)
    require(staff, Right[right], school=school_by_slug(slug) if slug else None)
    return actor_of(staff)
