"""`outreach setup`: asks what an installation needs, and writes its files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from outreach.cli.access import operator
from outreach.cli.screen import say
from outreach.cli.setup import files
from outreach.cli.setup.answers import Answers, Mail, checked, domain_name
from outreach.cli.setup.next_steps import next_steps
from outreach.config.environment import Mode
from outreach.core.errors import BadInput, NotNow

_MAIL = click.Choice([mail.value for mail in Mail])
_SECRET_OF = {Mail.SMTP: "OUTREACH_SMTP_URL", Mail.SENDGRID: "OUTREACH_SENDGRID_API_KEY"}


@click.command(short_help="Write the settings of a new installation.")
@click.option("--domain", help="Public name of the pages, like outreach.example.org.")
@click.option("--hooks-domain", help="Public name for the providers; else hooks.DOMAIN.")
@click.option(
    "--mode",
    type=click.Choice([Mode.DEMO.value, Mode.TRIAL.value, Mode.LIVE.value]),
    help="trial reaches confirmed staff alone. live is for an installation that was in trial.",
)
@click.option("--tls/--no-tls", default=None, help="The bundled proxy, or one of yours.")
@click.option("--proxies", type=int, default=1, show_default=True, help="With --no-tls: how many.")
@click.option("--organisation", help="As it stands in every message.")
@click.option("--language", help="Of the organisation, like en.")
@click.option("--currency", help="Of prices and caps, like EUR.")
@click.option("--administrator", help="Name of the first one.")
@click.option("--administrator-email", help="Who is invited first.")
@click.option("--mail", type=_MAIL, help="By which way mails go.")
@click.option("--mail-from", help="Address that mails come from.")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="Where docker-compose.yml lies; else the current one.",
)
@click.option("--no-input", is_flag=True, help="Ask nothing; for scripts.")
@click.option("--change", is_flag=True, help="Change files that are there, without being asked.")
@operator
def command(*, folder: Path, no_input: bool, change: bool, **given: Any) -> None:
    """Write .env and the folder secrets for docker-compose.yml, and say what to run next.

    What is not given is asked for. Keys are made once and kept ever after; what else would change
    is said first. A secret comes from the question, or from OUTREACH_SMTP_URL or
    OUTREACH_SENDGRID_API_KEY, never from the command line, which other users can read.
    """
    found = files.look_around(folder)
    answers = checked(_Questions(given, found, ask=not no_input).answers())
    plan = files.make_plan(found, answers)
    _agree(found, plan, ask=not no_input, is_agreed=change)
    files.write(folder, plan)
    say(f"{folder / files.ENV_FILE} and {folder / files.SECRETS_FOLDER} are written.")
    say("Copy secrets/secret_key and secrets/suppression_keys to a safe place outside of this")
    say("machine: a backup is of no use without them.")
    say("\nNext:\n")
    for step in next_steps(answers):
        say(f"  {step}")


class _Questions:
    """Takes what was given, and asks for the rest; what an earlier set-up knew is offered."""

    def __init__(self, given: dict[str, Any], found: files.Found, *, ask: bool) -> None:
        self._given, self._known, self._ask = given, found.settings, ask
        self._secrets = found.secrets

    def answers(self) -> Answers:
        domain = domain_name(
            self._one("domain", "Public name of the pages", self._known.get("OUTREACH_DOMAIN")),
            "--domain",
        )
        hooks = self._known.get("OUTREACH_HOOKS_DOMAIN") or f"hooks.{domain}"
        mail = Mail(self._one("mail", "Mails go by", Mail.SMTP.value, choice=_MAIL))
        return Answers(
            domain=domain,
            hooks_domain=self._one("hooks_domain", "Public name for the providers", hooks),
            mode=self._mode(),
            bundled_proxy=self._tls(),
            proxies=self._given["proxies"],
            organisation=self._one("organisation", "Name of the organisation"),
            language=self._one("language", "Its language", "en"),
            currency=self._one("currency", "Currency of prices and caps"),
            administrator=self._one("administrator", "Name of the first administrator"),
            administrator_email=self._one("administrator_email", "Mail address of that person"),
            mail=mail,
            mail_from="" if mail is Mail.NONE else self._one("mail_from", "Mails come from"),
            mail_secret=self._mail_secret(mail),
        )

    def _one(self, name: str, words: str, default: str | None = None, choice: Any = None) -> str:
        if self._given[name] is not None:
            return str(self._given[name])
        if not self._ask:
            if default:
                return default
            raise BadInput(f"{words} is missing.", where=f"--{name.replace('_', '-')}")
        return str(click.prompt(words, default=default or None, type=choice))

    def _mode(self) -> Mode:
        known = self._known.get("OUTREACH_MODE", "")
        wanted = Mode(self._given["mode"] or known or Mode.TRIAL.value)
        if wanted is Mode.LIVE and known not in {Mode.TRIAL, Mode.LIVE}:
            raise BadInput(
                "A new installation does not begin in mode live.",
                where="--mode",
                remedy="Begin with trial; docs/guides/operators.md says how to go on.",
            )
        return wanted

    def _tls(self) -> bool:
        if self._given["tls"] is not None:
            return bool(self._given["tls"])
        known = self._known.get("COMPOSE_PROFILES")
        default = known is None or "tls" in known.split(",")
        if not self._ask:
            return default
        return click.confirm("Shall the bundled proxy do TLS, with Let's Encrypt?", default=default)

    def _mail_secret(self, mail: Mail) -> str:
        if mail is Mail.NONE:
            return ""
        name = _SECRET_OF[mail]
        known = self._secrets.get(name.removeprefix("OUTREACH_").lower()) or self._known.get(name)
        if given := os.environ.get(name) or known:
            return given
        if not self._ask:
            raise BadInput("The way for mails needs its secret.", where=name, remedy="Set it.")
        words = "smtp://user:password@host:587" if mail is Mail.SMTP else "API key of SendGrid"
        return str(click.prompt(f"{words} (not shown)", hide_input=True))


def _agree(found: files.Found, plan: files.Plan, *, ask: bool, is_agreed: bool) -> None:
    """Says what would change in files that are there; raises NotNow without a yes."""
    if not plan.changes:
        return
    say("This would change:")
    for each in plan.changes:
        say(f"  {each.where}: {each.words}")
    if is_agreed or (ask and click.confirm("Change it?", default=False)):
        return
    raise NotNow("Nothing was changed.", remedy="Add --change to change it.")
