"""What is kept how long, in words: the table that the job obeys and the documents print.

No Django here: the page of the documents is written without a database.
"""

from __future__ import annotations

from dataclasses import dataclass

from outreach.config.environment import Environment


@dataclass(frozen=True)
class Kept:
    """One line. `setting`: the field of the settings that holds the days, "" where another rule
    says how long: `otherwise`."""

    key: str
    what: str
    then: str
    setting: str = ""
    otherwise: str = ""

    def days(self, env: Environment) -> int:
        return int(getattr(env, self.setting))


KEPT: tuple[Kept, ...] = (
    Kept(
        "case_texts",
        "The words of a closed case",
        "Words are blanked; who decided what, and when, stays",
        otherwise="days after closing, set by `outreach organisation set --keep-words`",
    ),
    Kept(
        "replies",
        "The words of texts and mails to us, and from whom (not those of an open case)",
        "Words and address are blanked; that something came, when, and what we understood stay",
        "keep_replies_days",
    ),
    Kept(
        "notices",
        "Single messages outside campaigns: text and destination",
        "Both are blanked; kind, time and outcome stay",
        "keep_notices_days",
    ),
    Kept(
        "people",
        "Addresses of people who are at no school any more and agree to nothing",
        "Blanked with names and age groups; what stays is the keyed “never send here”, if there "
        "was one",
        "keep_former_people_days",
    ),
    Kept(
        "sign_ups",
        "Sign-ups that nobody confirmed",
        "Deleted",
        otherwise="2 days by text, 7 days by email",
    ),
    Kept(
        "uploads",
        "Which list a school uploaded when (the file itself is gone after an hour)",
        "Deleted",
        "keep_uploads_days",
    ),
    Kept(
        "provider_events",
        "What providers reported about single messages, as it came",
        "Deleted; what it meant stands in the ledger",
        "keep_provider_events_days",
    ),
    Kept(
        "ledger",
        "The ledger: which message went to whom, and every event of it, after its step ended",
        "Whole partitions are dropped; counts stay, and the seals say that they were dropped",
        "keep_ledger_days",
    ),
    Kept(
        "audit",
        "The audit log: what staff did (never less than a year)",
        "Deleted",
        "keep_audit_days",
    ),
    Kept(
        "sessions",
        "Sessions of signed-in staff",
        "Deleted",
        otherwise="at the end of the session, 12 hours at most",
    ),
    Kept(
        "sign_in_tries",
        "Counted tries to sign in, under keyed hashes, and links that staff were sent",
        "Deleted",
        "keep_sign_in_tries_days",
    ),
    Kept(
        "dead_letters",
        "Messages to other systems that were given up (what changed for whom, by identifiers)",
        "Deleted",
        "keep_dead_letters_days",
    ),
)
