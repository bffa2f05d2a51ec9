"""The verbs of this room, as doors call them."""

from outreach.campaigns.launches import (
    approve_launch,
    cancel_launch,
    create_launch,
    finish_launch,
    pause_launch,
    request_review,
    resume_launch,
    start_launch,
)
from outreach.campaigns.pace import approve_urgent, ask_urgent, end_urgent, spread_launch
from outreach.campaigns.versions import import_version

__all__ = [
    "approve_launch",
    "approve_urgent",
    "ask_urgent",
    "cancel_launch",
    "create_launch",
    "end_urgent",
    "finish_launch",
    "import_version",
    "pause_launch",
    "request_review",
    "resume_launch",
    "spread_launch",
    "start_launch",
]
