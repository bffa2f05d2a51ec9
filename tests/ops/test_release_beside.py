"""Processes of the last release keep working beside those of this one (decision 13)."""

from __future__ import annotations

import copy
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from outreach.config.celery import app
from outreach.core import queues
from tools.release_contract import contract, going, last_release

pytestmark = pytest.mark.django_db

Contract = dict[str, Any]
_WHAT_TO_DO = (
    "docs/decisions/0013-one-release-beside-the-next.md says how a thing goes in two steps. "
    "As long as the newest release in releases/ is not out: make contract ARGS=--again"
)


@pytest.fixture(scope="module")
def before(repository: Path) -> Contract:
    return last_release(repository)


@pytest.fixture
def after() -> Contract:
    return contract("this one")


@pytest.fixture(scope="module")
def may_go(repository: Path) -> dict[str, dict[str, str]]:
    return going(repository)


def broken(before: Contract, after: Contract, may_go: dict[str, Any]) -> list[str]:
    """What processes of `before` would miss on the tables and queues of `after`."""
    found = [*_tasks(before, after), *_queues(before, after), *_rules(before, after)]
    for table, columns in before["tables"].items():
        found += _columns(table, columns, after["tables"].get(table))
    return [each for each in found if each.partition(": ")[0] not in may_go]


def _tasks(before: Contract, after: Contract) -> list[str]:
    return [
        f"task {name}: is not there, or is given other things"
        for name, given in before["tasks"].items()
        if len(after["tasks"].get(name, ())) < len(given) or name not in after["tasks"]
    ]


def _queues(before: Contract, after: Contract) -> list[str]:
    gone = set(before["queues"]) - set(after["queues"])
    return [f"queue {name}: nobody reads it any more" for name in sorted(gone)]


def _rules(before: Contract, after: Contract) -> list[str]:
    """A rule that is new for rows of an old table may refuse what the old program writes."""
    return [
        f"constraint {table}.{name}: is new, or is another one"
        for table in before["tables"]
        for name, rule in after["constraints"].get(table, {}).items()
        if before["constraints"].get(table, {}).get(name) != rule
    ]


def _columns(table: str, old: dict[str, str], new: dict[str, str] | None) -> list[str]:
    if new is None:
        return [f"table {table}: is gone"]
    gone = [f"column {table}.{name}: is gone" for name in old if name not in new]
    other = [
        f"column {table}.{name}: was {old[name]}, is {new[name]}"
        for name in old
        if name in new and not _is_as_wide(old[name], new[name])
    ]
    needed = [
        f"column {table}.{name}: is new, and a row without it is refused"
        for name, words in new.items()
        if name not in old and "not null" in words and ", default" not in words
    ]
    return gone + other + needed


def _is_as_wide(old: str, new: str) -> bool:
    """Whether everything that worked with the old column works with the new one."""
    (old_form, old_rights), (new_form, new_rights) = (text.split("; ") for text in (old, new))
    old_kind, old_null, *old_default = old_form.split(", ")
    new_kind, new_null, *new_default = new_form.split(", ")
    is_wider = new_null in {old_null, "null"}
    keeps_default = len(new_default) >= len(old_default)
    keeps_rights = all(
        set(before.split()[1]) - {"-"} <= set(now.split()[1])
        for before, now in zip(old_rights.split(", "), new_rights.split(", "), strict=True)
    )
    return _holds(new_kind, old_kind) and is_wider and keeps_default and keeps_rights


def _holds(new: str, old: str) -> bool:
    """A longer text is a change of the catalogue alone: nothing is rewritten, nothing refused."""
    lengths = [re.fullmatch(r"character varying\((\d+)\)", kind) for kind in (new, old)]
    if all(lengths):
        longer, shorter = (int(each[1]) for each in lengths if each)
        return longer >= shorter
    return new == old


def test_nothing_is_missing_that_the_last_release_counts_on(
    before: Contract, after: Contract, may_go: dict[str, Any]
) -> None:
    assert broken(before, after, may_go) == [], _WHAT_TO_DO


def test_every_task_still_takes_what_the_last_release_sends(before: Contract) -> None:
    for name, given in before["tasks"].items():
        inspect.signature(app.tasks[name].run).bind(*range(len(given)))


def test_the_tasks_that_other_rooms_ask_for_are_all_in_the_contract(after: Contract) -> None:
    found = vars(queues).items()
    named = {value for name, value in found if name.isupper() and value.startswith("outreach.")}
    assert named <= set(after["tasks"])


def _without_column(wrong: Contract) -> None:
    del wrong["tables"]["audience_person"]["language"]


def _without_table(wrong: Contract) -> None:
    del wrong["tables"]["notices_notice"]


def _other_type(wrong: Contract) -> None:
    person = wrong["tables"]["audience_person"]
    person["language"] = person["language"].replace("character varying", "text")


def _null_no_more(wrong: Contract) -> None:
    run = wrong["tables"]["operations_upkeeprun"]
    run["ended_at"] = run["ended_at"].replace(", null;", ", not null;")


def _needed_column(wrong: Contract) -> None:
    wrong["tables"]["audience_person"]["shoe_size"] = "integer, not null; app siud, work s"


def _fewer_rights(wrong: Contract) -> None:
    notice = wrong["tables"]["notices_notice"]
    notice["state"] = notice["state"].partition("work ")[0] + "work s"


def _without_task(wrong: Contract) -> None:
    del wrong["tasks"][queues.SEND_BATCH]


def _fewer_arguments(wrong: Contract) -> None:
    wrong["tasks"][queues.SEND_BATCH] = []


def _unread_queue(wrong: Contract) -> None:
    wrong["queues"].remove(queues.PLAN)


def _new_rule(wrong: Contract) -> None:
    wrong["constraints"].setdefault("audience_person", {})["tall"] = "CHECK (shoe_size > 40)"


@pytest.mark.parametrize(
    ("break_it", "what"),
    [
        (_without_column, "column audience_person.language"),
        (_without_table, "table notices_notice"),
        (_other_type, "column audience_person.language"),
        (_null_no_more, "column operations_upkeeprun.ended_at"),
        (_needed_column, "column audience_person.shoe_size"),
        (_fewer_rights, "column notices_notice.state"),
        (_without_task, f"task {queues.SEND_BATCH}"),
        (_fewer_arguments, f"task {queues.SEND_BATCH}"),
        (_unread_queue, f"queue {queues.PLAN}"),
        (_new_rule, "constraint audience_person.tall"),
    ],
)
def test_what_the_last_release_would_miss_is_named(
    break_it: Any, what: str, before: Contract, after: Contract, may_go: dict[str, Any]
) -> None:
    wrong = copy.deepcopy(after)
    break_it(wrong)
    assert [each.partition(": ")[0] for each in broken(before, wrong, may_go)] == [what]
    assert broken(before, wrong, {**may_go, what: {}}) == []


def test_what_more_a_release_has_is_no_break(before: Contract, after: Contract) -> None:
    more = copy.deepcopy(after)
    more["tables"]["audience_shoe"] = {"id": "bigint, not null; app siud, work s"}
    more["tables"]["audience_person"]["shoe_size"] = "integer, null; app siud, work s"
    more["tables"]["audience_person"]["shoes"] = "integer, not null, default; app s, work s"
    more["tasks"]["outreach.audience.tie_laces"] = ["shoe_id"]
    more["queues"].append("shoes")
    more["constraints"]["audience_shoe"] = {"tied": "CHECK (laces > 0)"}
    assert broken(before, more, going_nowhere()) == broken(before, after, going_nowhere())


def going_nowhere() -> dict[str, dict[str, str]]:
    return {}


def test_what_is_going_was_announced_by_a_release_that_is_out(
    repository: Path, may_go: dict[str, dict[str, str]]
) -> None:
    out = {file.stem for file in (repository / "releases").glob("*.json")}
    for what, notice in may_go.items():
        assert set(notice) == {"since", "why"}, what
        assert notice["since"] in out, f"{what}: no release {notice['since']} is out yet"
        assert notice["why"].strip(), what


def test_a_column_that_is_going_is_used_by_no_model(may_go: dict[str, dict[str, str]]) -> None:
    used = {
        f"column {model._meta.db_table}.{field.column}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
    }
    assert used & set(may_go) == set()
