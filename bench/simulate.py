"""Predicts when a launch is through, from what the provider, the sender and the machine allow.

Pure arithmetic; `docs/scale.md` explains it, `make bench` compares it with a measured run.

    python -m bench.simulate --messages 1000000 --latency 0.25 --processes 8 --sender-rate 100

A worker process works one batch at a time with two runners. A runner loads, writes and claims
a chunk, sends it (64 texts at once, or all recipients in one request), records it, and takes
the next. So a process is held up by the first of these that is full: its processor, its two
chunks in flight, the connections that it keeps; and all processes together by the sender.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

RUNNERS = 2
TEXTS_A_CHUNK = 64
EMAILS_A_CHUNK = 1_000


@dataclass(frozen=True)
class Lane:
    """How a channel goes out. `chunk`: messages in flight for one runner."""

    name: str
    chunk: int


LANES = {"sms": Lane("sms", TEXTS_A_CHUNK), "email": Lane("email", EMAILS_A_CHUNK)}


@dataclass(frozen=True)
class Setting:
    """What a launch meets.

    `latency_seconds`: the provider's answer to one request. `messages_a_process`: messages a
    second of one process when the provider answers at once (measure it with `make bench`).
    `sender_rate`: messages a second that the sender, or all senders together, may send.
    `calls_at_once`: requests that the provider allows to be open for the whole account.
    `segments`: parts of a text, what carriers and `sender_rate` count.
    """

    messages: int
    latency_seconds: float
    processes: int
    messages_a_process: float
    sender_rate: float = float("inf")
    calls_at_once: float = float("inf")
    segments: float = 1.0
    lane: Lane = LANES["sms"]


@dataclass(frozen=True)
class Prediction:
    """`rate`: messages a second. `held_up_by`: what to change to be faster."""

    rate: float
    seconds: float
    held_up_by: str


def predict(setting: Setting) -> Prediction:
    """When the last message is handed over, counted from the first claim.

    Raises ValueError for a setting in which nothing could go out.
    """
    _check(setting)
    limits = {
        "processor": setting.processes * setting.messages_a_process,
        "provider's latency": setting.processes * _in_flight(setting),
        "provider's open requests": _open_requests(setting),
        "sender's rate": setting.sender_rate / setting.segments,
    }
    held_up_by = min(limits, key=lambda name: limits[name])
    rate = limits[held_up_by]
    return Prediction(rate, _seconds(setting, rate), held_up_by)


def _in_flight(setting: Setting) -> float:
    """Messages a second of one process by its runners: a chunk each, prepared then answered."""
    chunk = _chunk(setting)
    prepared = chunk / setting.messages_a_process
    return RUNNERS * chunk / (prepared + setting.latency_seconds)


def _chunk(setting: Setting) -> float:
    """A slow sender gets no more at once than it may send in a second."""
    return max(1.0, min(setting.lane.chunk, setting.sender_rate))


def _open_requests(setting: Setting) -> float:
    each = setting.lane.chunk if setting.lane is LANES["email"] else 1
    return setting.calls_at_once * each / max(setting.latency_seconds, 1e-9)


def _seconds(setting: Setting, rate: float) -> float:
    """The last answers are still awaited when the last chunk has left."""
    return setting.messages / rate + setting.latency_seconds


def _check(setting: Setting) -> None:
    positive = (
        setting.messages_a_process,
        setting.processes,
        setting.sender_rate,
        setting.calls_at_once,
        setting.segments,
    )
    if min(positive) <= 0 or setting.latency_seconds < 0 or setting.messages < 0:
        raise ValueError("a launch needs a process, a rate and time that is not negative")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channel", choices=LANES, default="sms")
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--latency", type=float, default=0.2, help="seconds of one request")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument(
        "--a-process", type=float, default=1_500, help="messages a second without latency"
    )
    parser.add_argument("--sender-rate", type=float, default=float("inf"), help="a second")
    parser.add_argument("--calls-at-once", type=float, default=float("inf"))
    parser.add_argument("--segments", type=float, default=1.0)
    return parser.parse_args()


def main() -> None:
    """Prints the rate, the time and what holds it up."""
    given = _options()
    found = predict(
        Setting(
            messages=given.messages,
            latency_seconds=given.latency,
            processes=given.processes,
            messages_a_process=given.a_process,
            sender_rate=given.sender_rate,
            calls_at_once=given.calls_at_once,
            segments=given.segments,
            lane=LANES[given.channel],
        )
    )
    hours, rest = divmod(round(found.seconds), 3600)
    print(f"{found.rate:,.0f} messages a second, through after {hours} h {rest // 60} min")
    print(f"held up by: {found.held_up_by}")


if __name__ == "__main__":
    main()
