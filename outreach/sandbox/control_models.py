"""What may be said to the control API, checked: unknown keys and wrong types are refused."""

from __future__ import annotations

import base64

from pydantic import BaseModel, ConfigDict, Field

from outreach.core.channels import Channel
from outreach.sandbox.config import OptOutHandledBy, Outcome, OutcomeKind, SenderSetup
from outreach.sandbox.faults import Fault, FaultKind
from outreach.sandbox.sendgrid.inbound import AttachedFile


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OutcomeBody(_Strict):
    channel: Channel
    suffix: str = Field(min_length=1)
    kind: OutcomeKind
    code: str = ""

    def outcome(self) -> Outcome:
        return Outcome(self.channel, self.suffix.casefold(), self.kind, self.code)


class SenderBody(_Strict):
    sender: str = Field(min_length=1)
    opt_out_handled_by: OptOutHandledBy = OptOutHandledBy.PROVIDER
    advanced_opt_out: bool = False
    numbers: tuple[str, ...] = ()
    inbound_url: str = ""

    def setup(self) -> SenderSetup:
        return SenderSetup(**self.model_dump())


class SettingsBody(_Strict):
    """Only what is named is changed; `senders` are added, `outcomes` replaced as a whole."""

    sms_inbound_url: str | None = None
    email_events_url: str | None = None
    email_inbound_url: str | None = None
    vonage_inbound_url: str | None = None
    min_delay_seconds: float | None = Field(None, ge=0)
    max_delay_seconds: float | None = Field(None, ge=0)
    retry_base_seconds: float | None = Field(None, ge=0)
    grouping_seconds: float | None = Field(None, ge=0)
    repeat_share: float | None = Field(None, ge=0, le=1)
    countries: frozenset[str] | None = None
    opt_out_handled_by: OptOutHandledBy | None = None
    outcomes: list[OutcomeBody] | None = None
    senders: list[SenderBody] = Field(default_factory=list)


class FaultBody(_Strict):
    channel: Channel
    kind: FaultKind
    count: int | None = Field(None, ge=1)
    seconds: float = Field(30.0, ge=0)
    retry_after_seconds: int = Field(1, ge=0)
    times: int = Field(2, ge=2, le=100)
    reads: bool = False

    def fault(self) -> Fault:
        return Fault(self.channel, self.kind, self.count, **self.model_dump(
            include={"seconds", "retry_after_seconds", "times", "reads"}))  # fmt: skip


class FaultFilter(_Strict):
    """Which faults to clear; all without either."""

    channel: Channel | None = None
    kind: FaultKind | None = None


class FileBody(_Strict):
    name: str
    content_type: str = "application/octet-stream"
    base64: str = ""

    def file(self) -> AttachedFile:
        return AttachedFile(self.name, self.content_type, base64.b64decode(self.base64))


class PhoneReply(_Strict):
    """`to`: the number written to; the last sender when left out. `media_types`: an MMS."""

    body: str
    to: str = ""
    media_types: tuple[str, ...] = ()


class MailboxReply(_Strict):
    """`message_id`: the mail answered, the newest when left out."""

    text: str
    message_id: str = ""
    quote: bool = True
    headers: dict[str, str] = Field(default_factory=dict)
    files: list[FileBody] = Field(default_factory=list)


class MailboxWrite(_Strict):
    """A mail out of the blue, such as a delivery failure notice (`return_path` "")."""

    to: str
    subject: str
    text: str
    html: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    files: list[FileBody] = Field(default_factory=list)
    return_path: str | None = None


class MailboxUnsubscribe(_Strict):
    """`how`: the one-click POST, the mailto of the header, or SendGrid's own footer link."""

    message_id: str = ""
    how: str = Field("one_click", pattern="^(one_click|mailto|provider)$")


class MailboxSpam(_Strict):
    message_id: str = ""


class SuppressionBody(_Strict):
    address: str
    reason: str = "Bounced Address"
