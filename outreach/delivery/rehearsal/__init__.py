"""Rehearsing: what a campaign would do to its real audience, before anything is sent.

Stages the launch in a transaction that is always rolled back, asks planning's own statements
who would get what, and judges with the claim's own rule. Refuses to write, to call a provider,
and to know rules of its own about consent, time or channels.
"""

from outreach.delivery.rehearsal.difference import (
    Difference,
    StepChange,
    TextChange,
    compare,
    text_changes,
)
from outreach.delivery.rehearsal.fit import DayFit
from outreach.delivery.rehearsal.people import LeftOutPerson
from outreach.delivery.rehearsal.rehearse import rehearse
from outreach.delivery.rehearsal.report import Amount, Money, Rehearsal, RehearsedStep
from outreach.delivery.rehearsal.stage import Plan

__all__ = [
    "Amount",
    "DayFit",
    "Difference",
    "LeftOutPerson",
    "Money",
    "Plan",
    "Rehearsal",
    "RehearsedStep",
    "StepChange",
    "TextChange",
    "compare",
    "rehearse",
    "text_changes",
]
