"""The verbs of this room, as doors call them."""

from outreach.campaigns.changing_for_schools import (
    found_step,
    move_step,
    set_bounds,
    skip_step,
    undo_change,
)
from outreach.campaigns.drafts import change_draft
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
from outreach.campaigns.moves import approve_move, ask_move, decline_move
from outreach.campaigns.pace import approve_urgent, ask_urgent, end_urgent, spread_launch
from outreach.campaigns.versions import import_pack, import_version

__all__ = [
    "approve_launch",
    "approve_move",
    "approve_urgent",
    "ask_move",
    "ask_urgent",
    "cancel_launch",
    "change_draft",
    "create_launch",
    "decline_move",
    "end_urgent",
    "finish_launch",
    "found_step",
    "import_pack",
    "import_version",
    "move_step",
    "pause_launch",
    "request_review",
    "resume_launch",
    "set_bounds",
    "skip_step",
    "spread_launch",
    "start_launch",
    "undo_change",
]
