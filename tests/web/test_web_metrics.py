"""/metrics: for whom, and that dashboards and alerts ask for nothing that does not exist."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import web_builders as build
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML
from web_client import AppClient

from outreach.campaigns.models import LaunchState
from outreach.config.environment import environment
from outreach.core.clock import FrozenClock
from outreach.operations.figures import NAMES
from outreach.organisation.models import School, Staff
from outreach.outbound.models import Hook, HookMessage

_NAME = re.compile(r"\boutreach_[a-z_]+")


def read(client: AppClient, **headers: str) -> tuple[int, str]:
    answer = client.get("/metrics", **headers)
    return answer.status_code, answer.content.decode()


def values(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_every_figure_is_there_and_counts_what_is(
    client: AppClient, manager: Staff, approver: Staff, school: School
) -> None:
    launch = build.build_running(manager, approver)
    build.build_case(school)
    long_ago = timezone.now() - timedelta(hours=7)
    hook = Hook.objects.create(
        url="https://hub.example.org", events=[], secret=b"-", created_at=long_ago
    )
    for state in ("waiting", "dead", "dead"):
        HookMessage.objects.create(
            hook=hook, state=state, made_at=long_ago, due_at=long_ago, give_up_at=long_ago
        )
    status, text = read(client)
    assert status == 200
    found = values(text)
    assert {family.name for family in text_string_to_metric_families(text)} == NAMES
    assert found["outreach_launches", (LaunchState.RUNNING,)] == 1
    assert sum(found["outreach_cases_open", (k,)] for k in ("crisis", "hold", "question")) == 1
    assert found["outreach_mode", ("demo",)] == 1
    assert found["outreach_queue_length", ("send-sms",)] == 0
    assert found["outreach_hook_messages", ("waiting",)] == 1
    assert found["outreach_hook_messages", ("dead",)] == 2
    assert found["outreach_hook_message_oldest_seconds", ("waiting",)] >= 7 * 3600
    assert launch.name not in text


def test_strangers_read_nothing(
    client: AppClient, organisation: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read(client, REMOTE_ADDR="192.0.2.7")[0] == 403
    # A proxy on this machine makes everybody look like this machine.
    assert read(client, HTTP_X_FORWARDED_FOR="192.0.2.7")[0] == 403
    assert read(client)[0] == 200
    monkeypatch.setenv("OUTREACH_METRICS_TOKEN", "secret-token")
    environment.cache_clear()
    assert read(client)[0] == 403
    assert read(client, HTTP_AUTHORIZATION="Bearer wrong")[0] == 403
    good = {"HTTP_AUTHORIZATION": "Bearer secret-token", "REMOTE_ADDR": "192.0.2.7"}
    assert read(client, **good)[0] == 200
    monkeypatch.undo()
    environment.cache_clear()


def test_the_dashboard_asks_only_for_figures_that_exist(repository: Path) -> None:
    dashboard = json.loads((repository / "ops/grafana/outreach.json").read_text())
    asked = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in _NAME.findall(target["expr"])
    }
    assert asked <= NAMES
    assert NAMES - asked <= {
        "outreach_mode",
        "outreach_unknown_oldest_seconds",
        "outreach_upkeep_failed",
    }


def test_the_alerts_ask_only_for_figures_and_runbooks_that_exist(repository: Path) -> None:
    rules = YAML(typ="safe").load((repository / "ops/prometheus/alerts.yml").read_text())
    alerts = rules["groups"][0]["rules"]
    assert {name for each in alerts for name in _NAME.findall(each["expr"])} <= NAMES
    assert len({each["alert"] for each in alerts}) == len(alerts)
    for each in alerts:
        page = each["annotations"]["runbook"]
        assert page.startswith("docs/runbooks/")
        assert (repository / page).is_file(), each["alert"]
