"""Emails as pages of ours show them: in a frame, where they look like themselves and do nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp, csp_update
from django.http import HttpResponse

# The library types its decorators for views whose addresses have no parts.
_Decorator = Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]
_POLICY: Any = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],  # an email's own styles stand in its elements
    "form-action": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": [True],
}
_WITH_A_FRAME: Any = {"frame-src": [SELF]}

is_an_email = cast("_Decorator", csp(_POLICY))
shows_an_email = cast("_Decorator", csp_update(_WITH_A_FRAME))
