"""Words: from a template and the values of one recipient to a finished message.

Owns rendering (Jinja in a sandbox, Markdown, the email layout), languages, the length
of text messages, the help directory and the wording rules. Refuses Django, the
network, the clock and the database: everything comes in as an argument.
"""

from outreach.content.help_directory import HelpDirectory, HelpLine, HelpLines, help_directory
from outreach.content.language import choose_language, direction_of
from outreach.content.messages import BulkEmail, CannotRenderSome, SmsText
from outreach.content.readers import Readers
from outreach.content.segments import (
    SegmentCount,
    count_segments,
    in_gsm_letters,
    normalise_sms,
)
from outreach.content.source import TemplateKey
from outreach.content.template_set import TemplateSet
from outreach.content.values import (
    ConsentValues,
    Links,
    MessageValues,
    OrganisationValues,
    Recipient,
    SchoolValues,
    SmsValues,
    StepValues,
    StopValues,
    Values,
)

__all__ = [
    "BulkEmail",
    "CannotRenderSome",
    "ConsentValues",
    "HelpDirectory",
    "HelpLine",
    "HelpLines",
    "Links",
    "MessageValues",
    "OrganisationValues",
    "Readers",
    "Recipient",
    "SchoolValues",
    "SegmentCount",
    "SmsText",
    "SmsValues",
    "StepValues",
    "StopValues",
    "TemplateKey",
    "TemplateSet",
    "Values",
    "choose_language",
    "count_segments",
    "direction_of",
    "help_directory",
    "in_gsm_letters",
    "normalise_sms",
]
