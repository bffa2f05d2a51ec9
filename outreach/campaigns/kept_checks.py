"""What the checks found, kept: a version never changes, and reading one takes seconds.

Owns what is kept and when it counts: by the SHA-256 of the texts and of the checks themselves,
their words and data included, so that neither another text nor another release is ever answered
by an old finding. Nothing that depends on the day is kept: the age of help lines is asked anew
each time. Refuses to be needed: what is not kept is found out again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from outreach.campaigns.definition import CampaignPack, check_pack, make_pack
from outreach.campaigns.definition.messages import ALONE, country_findings, plan_of
from outreach.campaigns.definition.pack import DEFINITION_NAME
from outreach.campaigns.definition.reading import examine
from outreach.campaigns.models import CampaignVersion, KeptCheck
from outreach.content.checks import MessageReport, report_keys, reports_of
from outreach.core.errors import Problem

_HOUSE = Path(__file__).resolve().parent.parent
# What decides about a finding: code, words, rules, phrases, help lines, the frame of an email.
_CHECKS = ("content", "campaigns/definition", "timing", "core")
_KINDS = frozenset({".py", ".yaml", ".json", ".html"})


def check_known(pack: CampaignPack) -> list[Problem]:
    """What `check_pack` says; only what is not kept of its messages is found out."""
    return check_pack(pack, recall=_recalled)


def findings_of(
    version: CampaignVersion, *, countries: Iterable[str], today: date
) -> list[Problem]:
    """What the checks say of a frozen version, and of the help lines of `countries` today."""
    row = KeptCheck.objects.filter(key=_version_key(version.sha256)).first()
    kept = [Problem(**each) for each in row.answer] if row else check_known(_pack_of(version))
    said = {problem.message for problem in kept}
    of_countries = country_findings(dict.fromkeys(countries, ""), today)
    return [*kept, *(problem for problem in of_countries if problem.message not in said)]


def keep_checks(pack: CampaignPack, problems: Sequence[Problem]) -> None:
    """Keeps what was found in `pack`: its `problems`, and the report of each message."""
    plan = plan_of(examine(pack.source_yaml, filename=pack.filename).outline, ALONE)
    keys = report_keys(pack.files, plan)
    known = _recalled(keys)
    reports = reports_of(pack.files, plan, lambda _keys: known)
    answers: dict[str, Any] = {
        _message_key(keys[name]): asdict(report)
        for name, report in reports.items()
        if name not in known
    }
    answers[_version_key(pack.sha256)] = [_kept(problem, pack.filename) for problem in problems]
    rows = [KeptCheck(key=key, answer=answer) for key, answer in answers.items()]
    KeptCheck.objects.bulk_create(rows, ignore_conflicts=True)


def _kept(problem: Problem, filename: str) -> dict[str, Any]:
    """A version is in no folder: its definition is called by its bare name."""
    place = problem.where
    if place.startswith(filename):
        place = DEFINITION_NAME + place.removeprefix(filename)
    return asdict(replace(problem, where=place))


def keep_missing_checks() -> int:
    """Checks every version whose findings are not kept under these checks, and forgets what
    others found. Returns how many versions were checked."""
    wanted = {
        _version_key(sha256): pk
        for pk, sha256 in CampaignVersion.objects.order_by("pk").values_list("pk", "sha256")
    }
    there = set(KeptCheck.objects.filter(key__in=wanted).values_list("key", flat=True))
    missing = [pk for key, pk in wanted.items() if key not in there]
    for pk in missing:
        pack = _pack_of(CampaignVersion.objects.select_related("campaign").get(pk=pk))
        keep_checks(pack, check_known(pack))
    if missing:
        KeptCheck.objects.exclude(key__startswith=_checks()).delete()
    return len(missing)


def _recalled(keys: Mapping[str, str]) -> dict[str, MessageReport]:
    wanted = {_message_key(key): name for name, key in keys.items()}
    rows = KeptCheck.objects.filter(key__in=wanted).values_list("key", "answer")
    return {wanted[key]: _report(answer) for key, answer in rows}


def _report(answer: Mapping[str, Any]) -> MessageReport:
    found = dict(answer)
    for name in ("broken", "findings"):
        found[name] = tuple(Problem(**each) for each in found[name])
    found["links"] = tuple((target, where) for target, where in found["links"])
    return MessageReport(**found)


def _pack_of(version: CampaignVersion) -> CampaignPack:
    return make_pack(version.definition, version.files)


def _version_key(sha256: str) -> str:
    return f"{_checks()}:version:{sha256}"


def _message_key(key: str) -> str:
    return f"{_checks()}:message:{key}"


@cache
def _checks() -> str:
    """The SHA-256 of the checks as they stand on this machine, its first 16 digits."""
    digest = hashlib.sha256()
    for place in _CHECKS:
        for path in sorted((_HOUSE / place).rglob("*")):
            if path.suffix in _KINDS:
                digest.update(path.relative_to(_HOUSE).as_posix().encode() + path.read_bytes())
    for path in sorted((_HOUSE.parent / "templates" / "layout").glob("*.html")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
