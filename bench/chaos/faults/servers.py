"""Redis and PostgreSQL: emptied, restarted, away for a while."""

from __future__ import annotations

from collections.abc import Callable

import redis

from bench.chaos.trial import OPEN_TEXTS, Trial, pause
from outreach.core.channels import Channel

# Slow enough that the fault falls into the middle of the send.
_RATE = 60


def redis_flushed(trial: Trial) -> None:
    """Every wake-up, every pace and every unacknowledged task is gone."""
    under_way(trial)
    path = trial.house.redis.url().removeprefix("redis+socket://").partition("?")[0]
    with redis.Redis(unix_socket_path=path) as client:
        client.flushall()
    trial.resume()


def redis_away(seconds: float) -> Callable[[Trial], None]:
    """Nobody can be woken; what runs goes on, what ends is begun again when Redis is back."""

    def act(trial: Trial) -> None:
        under_way(trial)
        trial.house.redis.stop()
        pause(seconds)
        trial.house.redis.start()
        trial.resume()

    return act


def postgres_away(seconds: float) -> Callable[[Trial], None]:
    """Nothing can be claimed or recorded; the doors answer 503 and the providers come again."""

    def act(trial: Trial) -> None:
        trial.unknown_at_most = OPEN_TEXTS if trial.channel is Channel.SMS else 0
        under_way(trial)
        trial.house.postgres.stop()
        pause(seconds)
        before = trial.house.control.callbacks()["counts"]
        trial.house.postgres.start()
        trial.resume()
        if seconds:
            trial.result.notes["503 to a webhook"] = before.get("failed_5xx", 0)
            trial.expect(before.get("failed_5xx", 0) > 0, "no webhook was answered 503")

    return act


def under_way(trial: Trial) -> None:
    """A slow launch, of which a tenth is out."""
    trial.begin(rate=_RATE)
    trial.launch()
    trial.wait_for("state IN ('accepted', 'delivered')", at_least=trial.house.people // 10)
