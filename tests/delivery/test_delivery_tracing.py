"""Traces: from a page over Redis through a worker to the provider; they name nobody."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import delivery_builders as build
import pytest
from celery.contrib.testing.worker import start_worker
from django.test import Client
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from outreach.config import celery, tracing
from outreach.config.environment import Environment
from outreach.core import queues, spans
from outreach.core.channels import Channel
from outreach.core.clock import FrozenClock
from outreach.core.errors import BadInput
from outreach.core.tokens import FORM_STAMP, STOP_LINK
from outreach.core.wake import wake
from outreach.delivery.actions import plan_step_run
from outreach.delivery.models import Batch
from outreach.organisation.lanes import sealer
from outreach.organisation.models import Organisation
from outreach.sandbox.control import SandboxControl

NAME, PHONE, MAIL = "Philippa Marchbanks", "+447700900321", "philippa@example.org"
_WAIT_SECONDS = 30.0


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    """This process traces into memory, and stops when the test ends."""
    from celery import signals

    found = InMemorySpanExporter()
    tracing.begin(SimpleSpanProcessor(found))
    yield found
    spans.install(None)
    for signal in (
        signals.before_task_publish,
        signals.task_prerun,
        signals.task_postrun,
        signals.task_failure,
    ):
        signal.disconnect(dispatch_uid="traces")


@pytest.fixture
def worker(exporter: InMemorySpanExporter, providers: SandboxControl) -> Iterator[None]:
    """A worker of Celery on the Redis of the tests, in a thread of this process."""
    celery.app.loader.import_default_modules()
    celery.app.control.purge()  # what earlier tests woke nobody for
    with start_worker(
        celery.app,
        pool="solo",
        perform_ping_check=False,
        loglevel="WARNING",
        queues=[queues.CONTROL, queues.SMS, queues.EMAIL],
        shutdown_timeout=_WAIT_SECONDS,
    ):
        yield


def one_of(exporter: InMemorySpanExporter, name: str) -> ReadableSpan:
    """The span of that name, once it has ended."""
    ends = time.monotonic() + _WAIT_SECONDS
    while not (found := [s for s in exporter.get_finished_spans() if s.name == name]):
        if time.monotonic() > ends:
            names = [span.name for span in exporter.get_finished_spans()]
            pytest.fail(f"no span {name!r} among {names}")
        time.sleep(0.02)
    return found[0]


def facts(span: ReadableSpan) -> dict[str, object]:
    return {
        name.removeprefix("outreach."): value for name, value in (span.attributes or {}).items()
    }


def everything(exporter: InMemorySpanExporter) -> str:
    return "\n".join(span.to_json() for span in exporter.get_finished_spans())


def test_sign_up_is_one_trace_from_the_page_to_the_provider(
    worker: None, exporter: InMemorySpanExporter, providers: SandboxControl, ledger: FrozenClock
) -> None:
    build.build_school("marchbanks-lane")
    Organisation.objects.update(duty_email="duty@outreach.test")
    stamp = sealer().seal(FORM_STAMP, int(time.time()) - 60, time.time_ns())
    form = {"stamp": stamp, "lang": "en", "email": MAIL}

    page = Client(headers={"host": "127.0.0.1"}).post("/join/marchbanks-lane?from=" + MAIL, form)

    assert page.status_code == 200
    call = one_of(exporter, "notices to the provider")
    task = one_of(exporter, f"task {queues.SEND_NOTICES}")
    asked = one_of(exporter, "POST join")
    assert call.context.trace_id == task.context.trace_id == asked.context.trace_id
    assert call.parent is not None
    assert call.parent.span_id == task.context.span_id
    assert task.parent is not None
    assert task.parent.span_id == asked.context.span_id
    assert asked.parent is None
    assert facts(asked) == {"method": "POST", "route": "join/<slug:slug>", "status": 200}
    assert facts(call) == {"messages": 1}
    (letter,) = providers.messages(Channel.EMAIL, MAIL)
    link = re.search(r"/join/confirm/([a-z2-7]+)", str(letter["text"]))
    assert link is not None
    said = everything(exporter)
    words = [stamp, link[1], "philippa", "marchbanks", "example.org", "127.0.0.1"]
    assert [word for word in words if word in said] == []


def test_page_whose_address_holds_a_token_is_named_by_its_route(
    exporter: InMemorySpanExporter, ledger: FrozenClock
) -> None:
    token = sealer().seal(STOP_LINK, 4711, 1)
    for method in ("get", "post"):
        getattr(Client(headers={"host": "127.0.0.1"}), method)(f"/u/{token}")
    routes = [facts(span)["route"] for span in exporter.get_finished_spans()]
    assert routes == ["u/<str:token>"] * 2
    assert token not in everything(exporter)


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
def test_batch_is_one_span_for_each_chunk_and_names_nobody(
    worker: None,
    exporter: InMemorySpanExporter,
    providers: SandboxControl,
    ledger: FrozenClock,
    channel: Channel,
) -> None:
    school = build.build_school("marchbanks-lane")
    given = {"phone": PHONE} if channel is Channel.SMS else {"email": MAIL}
    build.build_parent(school, name=NAME, **given)  # type: ignore[arg-type]  # one of the two
    run = build.first_run(build.build_running_launch())
    plan_step_run(run.pk)
    ledger.tick(timedelta(hours=2))
    batch = Batch.objects.get()

    queue = queues.SMS if channel is Channel.SMS else queues.EMAIL
    with spans.span("a beginning"):
        assert wake(queues.SEND_BATCH, queue, batch.pk)

    name = "texts" if channel is Channel.SMS else "mails"
    call = one_of(exporter, f"{name} to the provider")
    task = one_of(exporter, f"task {queues.SEND_BATCH}")
    begun = one_of(exporter, "a beginning")
    adapter = "TwilioSms" if channel is Channel.SMS else "SendGridEmail"
    assert facts(call) == {"adapter": adapter, "messages": 1, "accepted": 1}
    assert facts(task) == {"task": queues.SEND_BATCH, "ids": str(batch.pk), "queue": queue}
    assert call.context.trace_id == task.context.trace_id == begun.context.trace_id

    said = everything(exporter).lower()
    (message,) = providers.messages(channel, PHONE if channel is Channel.SMS else MAIL)
    secret_words = [
        *("philippa", "marchbanks", "7700", "example.org", "tip.", "webhooks", "127.0.0.1"),
        str(message.get("sid") or message.get("id")).lower(),
        str(message.get("token") or "no token at all").lower(),
    ]
    assert [word for word in secret_words if word in said] == []


def test_error_leaves_its_type_and_not_its_words(exporter: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="Philippa"), spans.span("texts to the provider"):
        raise ValueError(f"Philippa at {MAIL}")
    (span,) = exporter.get_finished_spans()
    assert (span.attributes or {})["error.type"] == "ValueError"
    assert "hilippa" not in span.to_json()
    assert span.events == ()


def test_trace_that_a_visitor_brings_along_is_not_joined(
    exporter: InMemorySpanExporter, ledger: FrozenClock
) -> None:
    theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    Client(headers={"host": "127.0.0.1", "traceparent": theirs}).get("/healthz?email=" + MAIL)
    page = exporter.get_finished_spans()[-1]
    assert page.parent is None
    assert "0af7651916cd43dd" not in page.to_json()
    assert MAIL not in page.to_json()


def test_without_a_collector_nothing_of_it_is_loaded_or_in_the_way() -> None:
    said = (
        "import sys, django; django.setup();"
        "from django.test import Client; c = Client(); c.handler.load_middleware();"
        "from outreach.core import spans;"
        "assert spans.span('a') is spans.span('b', {'messages': 1});"
        "print([m for m in sys.modules if m.startswith('opentelemetry')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", said],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OUTREACH_TRACES_URL": ""},
    )
    assert done.stdout.strip() == "[]"


class Collector:
    """Takes OTLP over HTTP; `bodies`: what came."""

    def __init__(self) -> None:
        self.bodies: list[tuple[str, bytes]] = []
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                bodies.append((self.path, body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def test_spans_of_a_process_and_of_its_forked_child_reach_the_collector() -> None:
    collector = Collector()
    said = (
        "import os, django; django.setup()\n"
        "from outreach.core.spans import span\n"
        "with span('of the parent'): pass\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    with span('of the child'): pass\n"
        "    import atexit; atexit._run_exitfuncs(); os._exit(0)\n"
        "os.waitpid(child, 0)\n"
    )
    url = f"http://127.0.0.1:{collector.server.server_port}"
    environ = {**os.environ, "OUTREACH_TRACES_URL": url, "OTEL_SERVICE_NAME": "outreach-test"}
    subprocess.run([sys.executable, "-c", said], check=True, env=environ)
    collector.server.shutdown()
    collector.server.server_close()
    assert {path for path, _ in collector.bodies} == {"/v1/traces"}
    sent = b"".join(body for _, body in collector.bodies)
    assert b"of the parent" in sent
    assert b"of the child" in sent
    assert b"outreach-test" in sent


def test_collector_without_the_extra_is_said_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
    monkeypatch.setitem(sys.modules, name, None)
    env = Environment().model_copy(update={"traces_url": "http://127.0.0.1:9"})
    with pytest.raises(BadInput, match="not installed") as caught:
        tracing.install_tracing(env)
    assert "outreach[tracing]" in caught.value.remedy
    assert not spans.is_on()
