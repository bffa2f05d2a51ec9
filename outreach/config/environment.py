"""Every setting of the installation, read from the environment.

A secret may also be given as a file: `OUTREACH_SECRET_KEY_FILE=/run/secrets/key`.
`docs/settings.md` and `.env.example` are generated from the descriptions here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from outreach.core.errors import BadInput
from outreach.core.versioned_keys import read_keys


class Mode(StrEnum):
    """Who may be reached at all (promise 13)."""

    DEMO = "demo"
    TRIAL = "trial"
    LIVE = "live"


class DatabaseRole(StrEnum):
    """Which PostgreSQL role a process acts as."""

    OWNER = "owner"
    APP = "app"
    WORK = "work"


class LogFormat(StrEnum):
    """How a line of the log looks."""

    LINE = "line"
    JSON = "json"


class Environment(BaseSettings):
    """The settings. Names in the environment are upper case, as printed in docs/settings.md."""

    model_config = SettingsConfigDict(
        env_prefix="OUTREACH_", extra="ignore", hide_input_in_errors=True
    )

    mode: Mode = Field(
        Mode.DEMO,
        description="Who may be reached: demo (only the sandbox on this machine), trial (verified "
        "staff addresses, 50 a day) or live.",
    )
    live_confirmed: str = Field(
        "",
        description="Must say exactly `send to real people` before mode live starts.",
    )
    database_url: str = Field(
        "",
        validation_alias="DATABASE_URL",
        description="PostgreSQL, as postgresql://user:password@host:5432/name, or through its "
        "socket as postgresql:///name?host=/var/run/postgresql. Empty: the embedded server that "
        "`outreach up` starts.",
    )
    database_role: DatabaseRole = Field(
        DatabaseRole.WORK,
        description="The role this process takes after connecting: owner (migrate), app (web) or "
        "work (workers, clock, webhooks, command line). Set by the process table.",
    )
    database_url_app: str = Field(
        "",
        description="A login of its own for role app; empty: DATABASE_URL, taking the role "
        "outreach_app.",
    )
    database_url_work: str = Field(
        "",
        description="A login of its own for role work; empty: DATABASE_URL with SET ROLE "
        "outreach_work.",
    )
    redis_url: str = Field(
        "",
        validation_alias="REDIS_URL",
        description="Redis or Valkey, as redis://host:6379/0 or redis+socket:///path?virtual_host=0.",
    )
    secret_key: str = Field(
        "",
        description="At least 32 random characters; signs sessions and seals public tokens.",
    )
    secret_key_old: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Earlier secret keys, comma-separated; what they sealed still opens.",
    )
    suppression_keys: str = Field(
        "",
        description="Keys of the never-send list as `1:<hex>,2:<hex>`. Add a version, never drop "
        "one.",
    )
    address_keys: str = Field(
        "",
        description="Keys under which addresses stand encrypted in the database, as "
        "`1:<hex>,2:<hex>`: the newest encrypts, all open. `2:off` as the newest goes back to "
        "plain text. Empty: plain text. See docs/encrypted-addresses.md before the first.",
    )
    public_url: str = Field(
        "http://127.0.0.1:8000", description="Where people reach the pages, without a final slash."
    )
    webhook_url: str = Field(
        "http://127.0.0.1:8001",
        description="Where providers reach the webhooks; signatures are checked against it.",
    )
    allowed_hosts: Annotated[list[str], NoDecode] = Field(
        default_factory=lambda: ["127.0.0.1", "localhost"],
        description="Host names the pages answer to, comma-separated.",
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        le=10,
        description="How many proxies of yours stand before the pages. The network of a visitor, "
        "for the limits of sign-ups, is then read from what the outermost one wrote into "
        "X-Forwarded-For; 0: from the connection.",
    )
    twilio_account_sid: str = Field("", description="Twilio account. Empty: no SMS by Twilio.")
    twilio_auth_token: str = Field("", description="Twilio auth token; checks webhook signatures.")
    twilio_auth_token_old: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Earlier auth tokens, comma-separated, accepted on webhooks during a rotation.",
    )
    twilio_base_url: str = Field(
        "https://api.twilio.com", description="Twilio's API, or the sandbox."
    )
    sendgrid_api_key: str = Field("", description="SendGrid API key. Empty: no email by SendGrid.")
    sendgrid_base_url: str = Field(
        "https://api.sendgrid.com", description="SendGrid's API, or the sandbox."
    )
    sendgrid_webhook_public_keys: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Public keys of SendGrid's signed event webhook, comma-separated.",
    )
    vonage_api_key: str = Field("", description="Vonage account. Empty: no SMS by Vonage.")
    vonage_api_secret: str = Field(
        "", description="Its secret; reads lists and settings at Vonage."
    )
    vonage_application_id: str = Field("", description="The Vonage application that sends.")
    vonage_private_key: str = Field(
        "",
        description="The application's private key, PEM; best as OUTREACH_VONAGE_PRIVATE_KEY_FILE.",
    )
    vonage_signature_secrets: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Signature secret of the Vonage account, comma-separated with earlier ones; "
        "checks its webhooks.",
    )
    vonage_base_url: str = Field(
        "https://api.nexmo.com", description="Vonage's API, or the sandbox."
    )
    ses_access_key_id: str = Field("", description="AWS access key. Empty: no email by Amazon SES.")
    ses_secret_access_key: str = Field("", description="Its secret.")
    ses_region: str = Field("", description="AWS region of SES and SNS, like eu-central-1.")
    ses_configuration_set: str = Field(
        "", description="Configuration set of SES that tells the topic what became of mails."
    )
    ses_topic_arns: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="SNS topics whose signed events are believed, comma-separated; the first is "
        "the one that is set up.",
    )
    ses_base_url: str = Field(
        "", description="The sandbox in place of Amazon, on this machine alone. Empty: Amazon."
    )
    inbound_secret: str = Field(
        "", description="Secret last part of the address of SendGrid's Inbound Parse webhook."
    )
    inbound_domain: str = Field(
        "",
        description="Mail domain whose mails come to Inbound Parse or to the mailbox of "
        "OUTREACH_IMAP_URL. Empty: replies unread.",
    )
    smtp_url: str = Field(
        "", description="SMTP server as smtp://user:password@host:587 or smtps://… . Empty: none."
    )
    imap_url: str = Field(
        "",
        description="Mailbox that answers and delivery reports come to where SendGrid does not "
        "bring them, as imaps://user:password@host/INBOX (or imap:// with STARTTLS). Empty: none.",
    )
    imap_done_folder: str = Field(
        "Outreach", description="Folder of that mailbox to which mails are moved once read."
    )
    demo_clock: str = Field(
        "", description="Time-lapse of the demo, set by `outreach up`. Refused outside mode demo."
    )
    plan_lead_minutes: int = Field(
        60, ge=1, le=1440, description="How long before its earliest opening a step is planned."
    )
    prove_above_people: int = Field(
        10_000,
        ge=0,
        description="Approving a launch to more people than this asks for the password or a code "
        "again, unless that was within the last ten minutes.",
    )
    provider_timeout_seconds: float = Field(
        20.0, gt=0, le=120, description="Longest wait for a provider's answer to one request."
    )
    keep_replies_days: int = Field(
        90, ge=1, le=3650, description="Days for which words that people wrote to us are kept."
    )
    keep_notices_days: int = Field(
        180, ge=8, le=3650, description="Days for which texts of single messages are kept."
    )
    keep_former_people_days: int = Field(
        180,
        ge=1,
        le=3650,
        description="Days for which addresses are kept of people who left every school and agree "
        "to nothing.",
    )
    keep_uploads_days: int = Field(
        365, ge=1, le=3650, description="Days for which it is kept who uploaded which list."
    )
    keep_provider_events_days: int = Field(
        30, ge=7, le=3650, description="Days for which reports of providers are kept as they came."
    )
    keep_ledger_days: int = Field(
        1095,
        ge=30,
        le=36500,
        description="Days for which the ledger is kept after the end of a step.",
    )
    keep_audit_days: int = Field(
        2555, ge=365, le=36500, description="Days for which the audit log is kept."
    )
    keep_sign_in_tries_days: int = Field(
        90, ge=90, le=3650, description="Days for which counts of tries to sign in are kept."
    )
    keep_dead_letters_days: int = Field(
        30,
        ge=1,
        le=3650,
        description="Days for which messages to other systems are kept after they were given up.",
    )
    backup_dir: str = Field(
        "",
        description="Folder for the nightly backups and the journal of stops, on another disk "
        "than the database. Empty: no backups.",
    )
    backup_recipients: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Public keys of age (age1…), comma-separated: backups open only with one of "
        "the secret keys, which are kept elsewhere. Make one with `outreach backup-key`. Empty: "
        "backups are not encrypted.",
    )
    backups_kept: int = Field(
        14, ge=1, le=3650, description="How many backups are kept; older ones are deleted."
    )
    metrics_token: str = Field(
        "",
        description="Who reads /metrics sends it as `Authorization: Bearer …`. Empty: only from "
        "this machine, and not through a proxy.",
    )
    dkim_selectors: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Names under which DKIM keys of our mail domains stand, comma-separated; for "
        "`outreach doctor`. Empty: SendGrid's, s1 and s2, where SendGrid sends.",
    )
    dns_server: str = Field(
        "",
        description="Server that `outreach doctor` asks for names, as address:port. Empty: this "
        "machine's.",
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_format: LogFormat = Field(
        LogFormat.LINE,
        description="line: for people; json: an object a line, for log stores. Neither has "
        "addresses in it.",
    )
    traces_url: str = Field(
        "",
        description="OpenTelemetry collector that takes OTLP over HTTP, like "
        "http://collector:4318. Needs the extra `tracing`. Empty: no traces.",
    )
    sandbox_url: str = Field(
        "", description="Address of the sandbox's pages, shown in demo. Set by `outreach up`."
    )

    @field_validator(
        "secret_key_old",
        "allowed_hosts",
        "twilio_auth_token_old",
        "sendgrid_webhook_public_keys",
        "vonage_signature_secrets",
        "ses_topic_arns",
        "dkim_selectors",
        "backup_recipients",
        mode="before",
    )
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    def suppression_key_map(self) -> dict[int, bytes]:
        """Version -> key. Raises BadInput when the setting cannot be read."""
        keys = read_keys(self.suppression_keys, "OUTREACH_SUPPRESSION_KEYS")
        if not keys:
            raise BadInput(
                "OUTREACH_SUPPRESSION_KEYS needs at least one key of 32 bytes.",
                remedy="Make one with: python -c 'import secrets; print(secrets.token_hex(32))'.",
            )
        return keys


def _with_files(environ: Mapping[str, str]) -> dict[str, str]:
    """Replaces NAME_FILE=path by NAME=content for our own names. An empty file says nothing."""
    found: dict[str, str] = {}
    for name, path in environ.items():
        ours = name.startswith("OUTREACH_") or name in {"DATABASE_URL_FILE", "REDIS_URL_FILE"}
        if ours and name.endswith("_FILE") and path and (content := _content(name, path)):
            found[name.removesuffix("_FILE")] = content
    return found


def _content(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadInput(
            f"{name} names a file that cannot be read: {path}.", remedy="Check path and rights."
        ) from error


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The settings of this process, read once. Raises BadInput naming each wrong setting."""
    os.environ.update(_with_files(os.environ))
    try:
        return Environment()  # type: ignore[call-arg]  # every value comes from the environment
    except ValidationError as error:
        lines = "; ".join(f"{_variable(item['loc'])}: {item['msg']}" for item in error.errors())
        raise BadInput(
            f"A setting cannot be used: {lines}.", remedy="See docs/settings.md."
        ) from error


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else "?"
    return name if name.isupper() else f"OUTREACH_{name.upper()}"
