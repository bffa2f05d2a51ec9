"""The invisible challenge of public forms: a trap field and a signed moment.

No third party, no cookie, no script. The moment is sealed into the form when it is shown;
a program that posts at once, posts the same form again and again, or fills the field that no
person sees, gets nowhere. It takes the place of Django's CSRF check: these forms act for
nobody who is signed in.
"""

from __future__ import annotations

import secrets
import time
from enum import StrEnum

from django.http import HttpRequest

from outreach.core.errors import BadToken
from outreach.core.tokens import FORM_STAMP
from outreach.organisation.lanes import sealer
from outreach.subscriptions.limits import Scope, count

TRAP = "website"
STAMP = "stamp"
# Nobody reads and fills a form in less; whoever has help of the browser presses once more.
_LEAST_SECONDS = 2
_MOST_SECONDS = 6 * 3600
_RANDOM_BITS = 62


class Verdict(StrEnum):
    """`AGAIN`: show the form once more; it may be a person. `MACHINE`: answer, and do nothing."""

    PERSON = "person"
    AGAIN = "again"
    MACHINE = "machine"


def new_stamp() -> str:
    """What a form carries. Made of real time, also in a time-lapse: people fill it in."""
    return sealer().seal(FORM_STAMP, int(time.time()), secrets.randbits(_RANDOM_BITS))


def judge(request: HttpRequest) -> Verdict:
    """Whether a posted form looks like a person's. Counts the stamp."""
    if request.POST.get(TRAP):
        return Verdict.MACHINE
    stamp = request.POST.get(STAMP, "")
    try:
        made_at, _ = sealer().open(FORM_STAMP, stamp)
    except (BadToken, ValueError):
        return Verdict.AGAIN
    age_seconds = time.time() - made_at
    if not _LEAST_SECONDS <= age_seconds <= _MOST_SECONDS:
        return Verdict.AGAIN
    return Verdict.PERSON if count(Scope.FORM, stamp) is None else Verdict.AGAIN
