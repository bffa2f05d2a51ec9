"""The demo and its sandbox agree on who answers STOP."""

from __future__ import annotations

from outreach.cli.demo.sandbox import tell_sandbox
from outreach.sandbox.control import SandboxServer


def test_the_sandbox_learns_which_numbers_leave_stop_to_us() -> None:
    with SandboxServer() as server:
        number = "+447700900999"
        assert tell_sandbox(server.url, {number: "us"})
        assert number in str(server.control.configure()["senders"])
        assert "us" in str(server.control.configure()["senders"])


def test_a_sandbox_that_does_not_run_is_no_error() -> None:
    assert not tell_sandbox("http://127.0.0.1:1", {"+447700900999": "us"})
