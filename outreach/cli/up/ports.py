"""Whether the ports we want are free, and if not, whose they are."""

from __future__ import annotations

import socket

import psutil

from outreach.core.errors import NotNow


def require_free(port: int, *, host: str, option: str) -> None:
    """Raises NotNow naming the port, its user if known, and the `option` that changes it."""
    with socket.socket() as probe:
        # As our servers do: a connection in TIME_WAIT is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise NotNow(
                f"Port {port} cannot be used: {_reason(error, port)}.",
                remedy=f"Choose another with {option} PORT.",
            ) from error


def _reason(error: OSError, port: int) -> str:
    if isinstance(error, PermissionError):
        return "this user may not open it"
    user = _user_of(port)
    return f"{user} is using it" if user else "another program is using it"


def _user_of(port: int) -> str:
    """The listener's name and process id; empty when we may not see it."""
    try:
        for found in psutil.net_connections(kind="tcp"):
            listens = found.status == psutil.CONN_LISTEN and found.pid
            if listens and getattr(found.laddr, "port", 0) == port:
                return f"{psutil.Process(found.pid).name()} (process {found.pid})"
    except psutil.Error:
        return ""
    return ""
