"""Letting somebody in: what a session remembers, and the step between password and code."""

from __future__ import annotations

import re
from datetime import timedelta

from django.contrib.auth import login
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from outreach.organisation.audit import record
from outreach.organisation.models import Staff
from outreach.organisation.sessions import BEGUN, DEVICE, NETWORK
from outreach.organisation.staff import actor_of
from outreach.web.proof import note_proof
from outreach.web.public.visitor import network_of

_BACKEND = "django.contrib.auth.backends.ModelBackend"
_HALF_WAY = "half_way"
_HALF_WAY_FOR = timedelta(minutes=10)
# The first that is named counts: every browser also calls itself by the names of others.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrom", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    (r"iPhone|iPad", "iPhone or iPad"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def let_in(request: HttpRequest, staff: Staff, *, by_second_factor: bool) -> None:
    """Opens a new session: one laid out before is worth nothing, and nothing of it stays."""
    request.session.flush()
    login(request, staff, backend=_BACKEND)
    request.session[BEGUN] = int(timezone.now().timestamp())
    request.session[NETWORK] = network_of(request)
    request.session[DEVICE] = device_of(request)
    note_proof(request, by_second_factor=by_second_factor)
    details = {"second_factor": by_second_factor, "network": request.session[NETWORK]}
    record(actor_of(staff), "staff.signed-in", f"staff:{staff.uuid}", details=details)


def wait_for_second_factor(request: HttpRequest, staff: Staff) -> None:
    """The password was right; the session knows who it is, but is nobody's yet."""
    request.session.flush()
    request.session[_HALF_WAY] = {
        "staff": staff.pk,
        "hash": staff.get_session_auth_hash(),
        "at": int(timezone.now().timestamp()),
    }


def half_way(request: HttpRequest) -> Staff | None:
    """Who said the right password in this session some minutes ago; None when nobody did."""
    kept = request.session.get(_HALF_WAY)
    if not kept or timezone.now().timestamp() - kept["at"] > _HALF_WAY_FOR.total_seconds():
        return None
    staff = Staff.objects.filter(pk=kept["staff"], is_active=True).first()
    if staff is None or not constant_time_compare(kept["hash"], staff.get_session_auth_hash()):
        return None
    return staff


def device_of(request: HttpRequest) -> str:
    """ "Firefox, Windows": enough for people to know their own browser again."""
    agent = request.headers.get("User-Agent", "")
    return ", ".join(filter(None, (_named(agent, _BROWSERS), _named(agent, _SYSTEMS))))


def _named(agent: str, names: tuple[tuple[str, str], ...]) -> str:
    return next((words for mark, words in names if re.search(mark, agent)), "")
