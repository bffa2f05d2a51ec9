"""The names of the queues and of the tasks that are asked for across rooms, in one place."""

from __future__ import annotations

EMAIL = "email"
SMS = "sms"
PLAN = "plan"
CONTROL = "control"  # opt-outs, replies, receipts, notices: never behind a bulk send

SEND_BATCH = "outreach.delivery.send_batch"
PLAN_STEP_RUN = "outreach.delivery.plan_step_run"
APPLY_RECEIPTS = "outreach.delivery.apply_receipts"
RECONCILE = "outreach.delivery.reconcile"
SEND_NOTICES = "outreach.notices.send_notices"
READ_REPLIES = "outreach.replies.read_replies"
READ_MISSED_TEXTS = "outreach.replies.read_missed_texts"
LOOK_AFTER_CASES = "outreach.replies.look_after_cases"
READ_MAILBOX = "outreach.inbox.read_mailbox"
SYNC_PROVIDER_LISTS = "outreach.subscriptions.sync_provider_lists"
BRING_IN_ROSTERS = "outreach.subscriptions.bring_in_rosters"
TELL_CHANGES = "outreach.outbound.tell_changes"
