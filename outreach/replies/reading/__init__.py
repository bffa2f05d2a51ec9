"""What a reply means, by its words alone.

Owns normalising, the language packs' compilation, the rules for opt-outs, and the signs of
a person in distress. Pure: refuses Django, the network, the clock and chance. `classify`
is the one way in, for the webhooks and for the command alike.
"""

from __future__ import annotations

from outreach.replies.reading.classify import classify
from outreach.replies.reading.records import Action, Decision, Label, Record

__all__ = ["Action", "Decision", "Label", "Record", "classify"]
