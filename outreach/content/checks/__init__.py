"""What `outreach campaign check` finds in messages, beyond whether they can be written.

Owns the checks of links, text messages, the email page, reading level and of what a step has
to say. Everything here is pure: texts in, findings out; the help directory stands in for a
country's help lines. Refuses to know steps, schools and launches: see `definition.messages`.
"""

from outreach.content.checks.messages import (
    Recall,
    compared,
    nothing_known,
    report_keys,
    reports_of,
)
from outreach.content.checks.report import MessagePlan, MessageReport, StepPlan
from outreach.content.checks.text_costs import TextCost, text_costs

__all__ = [
    "MessagePlan",
    "MessageReport",
    "Recall",
    "StepPlan",
    "TextCost",
    "compared",
    "nothing_known",
    "report_keys",
    "reports_of",
    "text_costs",
]
