"""`outreach setup`: asks what an installation needs, and writes its files."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from outreach.cli.access import operator
from outreach.cli.screen import say
from outreach.cli.setup import files
from outreach.cli.setup.answers import (
    MODES,
    Answers,
    Mail,
    checked,
    checked_answer,
    checked_hooks,
    checked_mode,
    checked_secret,
)
from outreach.cli.setup.next_steps import next_steps
from outreach.config.environment import Mode
from outreach.core.errors import BadInput, NotNow

_MAIL = click.Choice([mail.value for mail in Mail])
_SECRET_OF = {Mail.SMTP: "OUTREACH_SMTP_URL", Mail.SENDGRID: "OUTREACH_SENDGRID_API_KEY"}
_LIKE = {
    Mail.SMTP: "Set it, like smtp://user:password@host:587.",
    Mail.SENDGRID: "Set it to an API key; it begins with SG.",
}


@click.command(short_help="Write the settings of a new installation.")
@click.option("--domain", help="Public name of the pages, like outreach.example.org.")
@click.option("--hooks-domain", help="Public name for the providers; else hooks.DOMAIN.")
@click.option(
    "--mode",
    type=click.Choice([Mode.DEMO.value, Mode.TRIAL.value, Mode.LIVE.value]),
    help="trial reaches confirmed staff alone. live is for an installation that was in trial.",
)
@click.option("--tls/--no-tls", default=None, help="The bundled proxy, or one of yours.")
@click.option("--proxies", type=int, help="With --no-tls: how many; 1 if not said.")
@click.option("--organisation", help="As it stands in every message.")
@click.option("--language", help="Of the organisation, like en.")
@click.option("--currency", help="Of prices and caps, like EUR.")
@click.option("--administrator", help="Name of the first one.")
@click.option("--administrator-email", help="Who is invited first.")
@click.option("--mail", type=_MAIL, help="By which way mails go.")
@click.option("--mail-from", help="Address that mails come from.")
@click.option(
    "--encrypt-addresses/--plain-addresses",
    default=None,
    help="Addresses in the database, of a new installation (docs/encrypted-addresses.md).",
)
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
    _say_what_was_done(folder, is_as_before=plan.is_as(found))
    _say_what_stands(answers.mode, plan)
    keys = ("secret_key", "suppression_keys", files.ADDRESS_KEYS)
    named = [f"{files.SECRETS_FOLDER}/{name}" for name in keys if plan.secrets[name]]
    say(f"Copy {', '.join(named[:-1])} and {named[-1]} to a safe place")
    say("outside of this machine: a backup is of no use without them.")
    say("\nNext, where you have not done it yet:\n" if plan.is_as(found) else "\nNext:\n")
    for step in next_steps(answers):
        say(f"  {step}")
    say("\nThen, in the order of docs/guides/operators.md: senders, webhooks, the first school,")
    say("and last who is alerted, because a test alert needs the senders.")
    say("\nWithout Docker: docs/guides/operators.md has what comes in the place of the first, and")
    say("secrets/database_url needs another host. The others begin with `outreach`.")


def _say_what_was_done(folder: Path, *, is_as_before: bool) -> None:
    both = f"{folder / files.ENV_FILE} and {folder / files.SECRETS_FOLDER}"
    if not is_as_before:
        say(f"{both} are written.")
        return
    say(f"{both} stand already as you want them: nothing was changed.")
    say("To change a value, run this again with its option, such as --domain or --mail, and with")
    say(f"--change; what has no option is a line of {files.ENV_FILE} (docs/settings.md).")
    say("Then: docker compose up -d --wait")


def _say_what_stands(mode: Mode, plan: files.Plan) -> None:
    say(f"Mode {mode.value}; who is written to: {MODES[mode]}.")
    say("To change it: outreach setup --mode MODE --change, then start the processes again.")
    for each in files.kept_by_hand(plan):
        say(f"{each.where} is {each.words}, as somebody wrote it into {files.ENV_FILE}; it stays.")


class _Questions:
    """Takes what was given, and asks for the rest; what an earlier set-up knew is offered."""

    def __init__(self, given: dict[str, Any], found: files.Found, *, ask: bool) -> None:
        self._given, self._known, self._ask = given, found.settings, ask
        self._secrets, self._is_new = found.secrets, found.is_new

    def answers(self) -> Answers:
        """What was given is judged before anything is asked, and each answer at once: none has to
        be given twice. Raises BadInput."""
        if self._given["mode"]:
            self._mode()
        for name, value in self._given.items():
            if isinstance(value, str):
                checked_answer(name, value)
        domain = self._one("domain", "Public name of the pages", self._known.get("OUTREACH_DOMAIN"))
        hooks = self._one(
            "hooks_domain",
            "Public name for the providers",
            self._known.get("OUTREACH_HOOKS_DOMAIN") or f"hooks.{domain}",
            check=lambda text: checked_hooks(text, domain),
        )
        mode = self._mode()
        mail = Mail(self._one("mail", "Mails go by", self._mail_so_far().value, choice=_MAIL))
        secret = self._known_secret(mail)
        return Answers(
            domain=domain,
            hooks_domain=hooks,
            mode=mode,
            bundled_proxy=self._tls(),
            proxies=self._proxies(),
            organisation=self._one("organisation", "Name of the organisation"),
            language=self._one("language", "Its language", "en"),
            currency=self._one("currency", "Currency of prices and caps"),
            administrator=self._one("administrator", "Name of the first administrator"),
            administrator_email=self._one("administrator_email", "Mail address of that person"),
            mail=mail,
            mail_from="" if mail is Mail.NONE else self._one("mail_from", "Mails come from"),
            mail_secret=secret or self._mail_secret(mail),
            encrypts_addresses=self._encrypts_addresses(),
        )

    def _one(
        self,
        name: str,
        words: str,
        default: str | None = None,
        *,
        choice: Any = None,
        check: Callable[[str], str] | None = None,
    ) -> str:
        judge = check or partial(checked_answer, name)
        if self._given[name] is not None:
            return judge(str(self._given[name]))
        if not self._ask:
            if default:
                return default
            raise BadInput(f"{words} is missing.", where=f"--{name.replace('_', '-')}")
        return _asked(words, judge, default=default, type=choice)

    def _mode(self) -> Mode:
        known = self._known.get("OUTREACH_MODE", "")
        if not self._ask or self._given["mode"]:
            return checked_mode(self._given["mode"] or known or Mode.TRIAL.value, known)
        may_be = [mode for mode in MODES if known or mode is not Mode.LIVE]
        say("Who is written to:")
        for mode in may_be:
            say(f"  {mode.value:<6} {MODES[mode]}")
        words = f"Mode ({', '.join(mode.value for mode in may_be)})"
        default = known or Mode.TRIAL.value
        check = partial(checked_mode, known=known)
        return Mode(_asked(words, lambda text: check(text).value, default=default))

    def _proxies(self) -> int:
        """Where it is not said, as many as before."""
        if self._given["proxies"] is not None:
            return int(self._given["proxies"])
        known = self._known.get("OUTREACH_TRUSTED_PROXIES", "")
        return max(1, int(known)) if known.isdigit() else 1

    def _mail_so_far(self) -> Mail:
        """By which way mails went; SMTP is offered where nothing is known."""
        for mail, name in _SECRET_OF.items():
            if self._stored(name):
                return mail
        return Mail.SMTP

    def _stored(self, name: str) -> str | None:
        """The secret of this setting, of an earlier set-up."""
        return self._secrets.get(name.removeprefix("OUTREACH_").lower()) or self._known.get(name)

    def _tls(self) -> bool:
        if self._given["tls"] is not None:
            return bool(self._given["tls"])
        known = self._known.get("COMPOSE_PROFILES")
        default = known is None or "tls" in known.split(",")
        if not self._ask:
            return default
        return click.confirm("Shall the bundled proxy do TLS, with Let's Encrypt?", default=default)

    def _encrypts_addresses(self) -> bool:
        given = self._given["encrypt_addresses"]
        if self._is_new and given is None:
            words = "Encrypt addresses in the database? Without its key nobody can be written to"
            return self._ask and click.confirm(words, default=False)
        if self._is_new:
            return bool(given)
        has_key = bool(self._secrets.get(files.ADDRESS_KEYS))
        if given is False and has_key:
            raise NotNow(
                "This installation has encrypted addresses.",
                where="--plain-addresses",
                remedy='docs/encrypted-addresses.md has the steps: "Back to plain text".',
            )
        if given and not has_key:
            raise NotNow(
                "This installation has addresses as plain text already.",
                where="--encrypt-addresses",
                remedy="Encrypt them as docs/encrypted-addresses.md says, step by step.",
            )
        return False

    def _known_secret(self, mail: Mail) -> str:
        """Given now, or of an earlier set-up; "" where there is none."""
        if mail is Mail.NONE:
            return ""
        name = _SECRET_OF[mail]
        given = os.environ.get(name) or self._stored(name)
        if not given and not self._ask:
            raise BadInput("The way for mails needs its secret.", where=name, remedy=_LIKE[mail])
        return checked_secret(mail, given) if given else ""

    def _mail_secret(self, mail: Mail) -> str:
        if mail is Mail.NONE:
            return ""
        words = "smtp://user:password@host:587" if mail is Mail.SMTP else "API key of SendGrid"
        return _asked(f"{words} (not shown)", partial(checked_secret, mail), hide_input=True)


def _asked(
    words: str, check: Callable[[str], str], *, default: str | None = None, **how: Any
) -> str:
    """Asks until the answer can be used, and says why it asks again. `how`: click's own."""
    while True:
        # With a default of "" an empty answer is judged like every other.
        given = click.prompt(words, default=default or "", show_default=bool(default), **how)
        try:
            return check(str(given))
        except BadInput as error:
            say(f"{error.message} {error.remedy}".strip())


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
