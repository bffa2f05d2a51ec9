"""Tells the sandbox how the demo's numbers are set up, as one does in a provider's console.

Both sides have to agree on who answers STOP: were both to do it, a parent would get two
answers, and the second would be refused.
"""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from urllib.parse import urlsplit

_WAIT_SECONDS = 5
_OK = 200


def tell_sandbox(url: str, answered_by: dict[str, str]) -> bool:
    """`answered_by`: number -> "us" or "provider". False when no sandbox answers at `url`."""
    at = urlsplit(url)
    setups = [
        {"sender": number, "opt_out_handled_by": handler} for number, handler in answered_by.items()
    ]
    host, port = at.hostname or "127.0.0.1", at.port
    try:
        with closing(http.client.HTTPConnection(host, port, timeout=_WAIT_SECONDS)) as connection:
            connection.request("PATCH", "/sandbox/api/settings", json.dumps({"senders": setups}))
            return connection.getresponse().status == _OK
    except (OSError, http.client.HTTPException):
        return False
