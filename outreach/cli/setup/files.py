"""What lies beside docker-compose.yml: `.env` (mode 600) and the folder `secrets`.

The folder is ours alone (mode 700); the files in it may be read by everybody who gets so far,
because the user of a container is another one than the owner here.
"""

from __future__ import annotations

import secrets as random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from outreach.cli.setup.answers import Answers, Mail
from outreach.cli.setup.env_file import read_settings, with_settings
from outreach.cli.up.credentials import write_private
from outreach.core.errors import NotNow

ENV_FILE = ".env"
SECRETS_FOLDER = "secrets"
_HEAD = "# Written by `outreach setup`; docs/settings.md explains every line. Secrets: secrets/.\n"
ADDRESS_KEYS = "address_keys"
# File -> the setting that may have held it before.
SECRETS = {
    "postgres_password": "POSTGRES_PASSWORD",
    "database_url": "DATABASE_URL",
    "secret_key": "OUTREACH_SECRET_KEY",
    "suppression_keys": "OUTREACH_SUPPRESSION_KEYS",
    ADDRESS_KEYS: "OUTREACH_ADDRESS_KEYS",
    "twilio_auth_token": "OUTREACH_TWILIO_AUTH_TOKEN",
    "sendgrid_api_key": "OUTREACH_SENDGRID_API_KEY",
    "vonage_api_secret": "OUTREACH_VONAGE_API_SECRET",
    "vonage_private_key": "OUTREACH_VONAGE_PRIVATE_KEY",
    "vonage_signature_secrets": "OUTREACH_VONAGE_SIGNATURE_SECRETS",
    "ses_secret_access_key": "OUTREACH_SES_SECRET_ACCESS_KEY",
    "smtp_url": "OUTREACH_SMTP_URL",
    "imap_url": "OUTREACH_IMAP_URL",
}
_FOLLOWS_FROM = {
    "OUTREACH_PUBLIC_URL": "OUTREACH_DOMAIN",
    "OUTREACH_ALLOWED_HOSTS": "OUTREACH_DOMAIN",
    "OUTREACH_WEBHOOK_URL": "OUTREACH_HOOKS_DOMAIN",
}
_LASTING = "suppression_keys"
_FOLDER_MODE, _FILE_MODE = 0o700, 0o644


@dataclass(frozen=True)
class Found:
    """What is there: the text of `.env`, its settings, the content of each file of a secret."""

    text: str
    settings: Mapping[str, str]
    secrets: Mapping[str, str]

    @property
    def is_new(self) -> bool:
        return not self.text and not self.secrets


@dataclass(frozen=True)
class Change:
    """`where`: file, with the setting in `.env`. `words`: before and after, never of a secret."""

    where: str
    words: str


@dataclass(frozen=True)
class Plan:
    """The files as they are to be. `changes`: of what was there before."""

    text: str
    secrets: Mapping[str, str]
    changes: tuple[Change, ...]

    def is_as(self, found: Found) -> bool:
        """Whether all of it stands there already."""
        return self.text == found.text and self.secrets == found.secrets


def look_around(folder: Path) -> Found:
    """Raises BadInput for a line of `.env` that is no setting, OSError for what cannot be read."""
    env = folder / ENV_FILE
    text = env.read_text(encoding="utf-8") if env.exists() else ""
    files = {name: folder / SECRETS_FOLDER / name for name in SECRETS}
    stored = {
        name: f.read_text(encoding="utf-8").strip() for name, f in files.items() if f.exists()
    }
    return Found(text, read_settings(text, str(env)), stored)


def make_plan(found: Found, answers: Answers) -> Plan:
    """What `answers` ask for. Keys that are there are kept.

    Raises NotNow when the key of an earlier set-up is gone: who said stop would not be found.
    """
    wanted = _settings(found.settings, answers)
    stored = _secrets(found, answers)
    before = found.text or _HEAD
    return Plan(with_settings(before, wanted), stored, _changes(found, wanted, stored))


def write(folder: Path, plan: Plan) -> None:
    """The secrets first: with `.env` alone nothing would start."""
    write_secrets(folder / SECRETS_FOLDER, plan.secrets)
    write_private(folder / ENV_FILE, plan.text)


def write_secrets(place: Path, values: Mapping[str, str]) -> None:
    """A file for each in the folder `place`."""
    place.mkdir(mode=_FOLDER_MODE, exist_ok=True)
    place.chmod(_FOLDER_MODE)
    for name, value in values.items():
        write_private(place / name, value)
        (place / name).chmod(_FILE_MODE)


def new_secrets(password: str) -> dict[str, str]:
    """Of an installation that has none: file -> content."""
    return {
        **dict.fromkeys(SECRETS, ""),
        "postgres_password": password,
        "database_url": f"postgresql://outreach:{password}@postgres:5432/outreach",
        "secret_key": random.token_urlsafe(48),
        "suppression_keys": _first_key(),
    }


def _first_key() -> str:
    return f"1:{random.token_hex(32)}"


def _settings(known: Mapping[str, str], answers: Answers) -> dict[str, str]:
    profiles = {each for each in known.get("COMPOSE_PROFILES", "").split(",") if each} - {"tls"}
    tls = {"tls"} if answers.bundled_proxy else set()
    hosts = (answers.domain, "127.0.0.1", "localhost")
    made = {
        "COMPOSE_PROFILES": ",".join(sorted(profiles | tls)),
        "OUTREACH_DOMAIN": answers.domain,
        "OUTREACH_HOOKS_DOMAIN": answers.hooks_domain,
        "OUTREACH_MODE": answers.mode.value,
        "OUTREACH_PUBLIC_URL": f"https://{answers.domain}",
        "OUTREACH_WEBHOOK_URL": f"https://{answers.hooks_domain}",
        "OUTREACH_ALLOWED_HOSTS": ",".join(hosts),
        "OUTREACH_TRUSTED_PROXIES": str(answers.proxies),
        "OUTREACH_INBOUND_SECRET": known.get("OUTREACH_INBOUND_SECRET") or random.token_hex(24),
        "OUTREACH_METRICS_TOKEN": known.get("OUTREACH_METRICS_TOKEN") or random.token_hex(24),
    }
    return {name: _kept(known, made, name) or value for name, value in made.items()}


def _kept(known: Mapping[str, str], made: Mapping[str, str], name: str) -> str:
    """What somebody wrote into a line that follows from a name, as long as the name is the same:
    to answer a question as before must not take it back. "" where nothing is kept."""
    follows_from = _FOLLOWS_FROM.get(name)
    is_same = follows_from is not None and known.get(follows_from) == made[follows_from]
    return known.get(name, "") if is_same else ""


def kept_by_hand(plan: Plan) -> Iterator[Change]:
    """The lines of `.env` that do not follow from its names any more, because somebody wrote them:
    `words` has what stands there and what the name would give."""
    settings = read_settings(plan.text, ENV_FILE)
    for name, follows_from in _FOLLOWS_FROM.items():
        usual = f"https://{settings[follows_from]}"
        if name.endswith("_URL") and settings[name] != usual:
            yield Change(name, f"{settings[name]}, not {usual}")


def _secrets(found: Found, answers: Answers) -> dict[str, str]:
    """Given now, else in its file, else in `.env` by an older way, else new."""
    kept = {name: found.secrets.get(name) or found.settings.get(SECRETS[name]) for name in SECRETS}
    if _HEAD.strip() in found.text and not kept[_LASTING]:
        raise NotNow(
            "The key of the never-send list is gone; a new one would find nobody who said stop.",
            where=f"{SECRETS_FOLDER}/{_LASTING}",
            remedy="Put it back from where you keep it. To begin anew with an empty database, "
            f"move {ENV_FILE} away.",
        )
    made = new_secrets(kept["postgres_password"] or random.token_hex(24))
    given = {"smtp_url": Mail.SMTP, "sendgrid_api_key": Mail.SENDGRID}
    asked = {name: answers.mail_secret for name, mail in given.items() if answers.mail is mail}
    if answers.encrypts_addresses:
        made[ADDRESS_KEYS] = _first_key()
    return {name: asked.get(name) or kept[name] or made[name] for name in SECRETS}


def _changes(
    found: Found, wanted: Mapping[str, str], stored: Mapping[str, str]
) -> tuple[Change, ...]:
    if found.is_new:
        return ()
    of_settings = (
        Change(f"{ENV_FILE}: {name}", _words(name, found.settings.get(name, ""), value))
        for name, value in wanted.items()
        if found.settings.get(name, "") != value
    )
    of_secrets = (
        Change(f"{SECRETS_FOLDER}/{name}", "another value" if found.secrets[name] else "a value")
        for name, value in stored.items()
        if name in found.secrets and found.secrets[name] != value
    )
    return (*of_settings, *of_secrets)


def _words(name: str, before: str, after: str) -> str:
    is_secret = name.endswith(("_SECRET", "_TOKEN"))
    return "made" if is_secret else f"{before or '(not set)'} → {after or '(not set)'}"
