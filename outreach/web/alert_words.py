"""What is said after a test alert was asked for: by which way it goes, and why not by the other."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_noop

from outreach.core.channels import Channel
from outreach.organisation.models import Staff
from outreach.replies.alerts import SentTest
from outreach.web.sentences import sentence

_GOES = {
    (Channel.EMAIL, Channel.SMS): gettext_noop("A test alert goes to {name} by email and by text."),
    (Channel.EMAIL,): gettext_noop("A test alert goes to {name} by email alone."),
    (Channel.SMS,): gettext_noop("A test alert goes to {name} by text alone."),
}


def say_what_goes(request: HttpRequest, staff: Staff, sent: SentTest) -> None:
    """Leaves the words for the next page."""
    if sent.channels:
        goes = gettext(_GOES[sent.channels])
        messages.success(request, goes.format(name=staff.name))
    for problem in sent.problems.values():
        messages.error(request, f"{sentence(problem.message)} {sentence(problem.remedy)}")
