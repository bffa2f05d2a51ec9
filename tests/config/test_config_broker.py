"""What a worker does with a connection to Redis that went away under it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from kombu import Connection, Queue

from outreach.cli.up.redis import EmbeddedRedis
from outreach.config import celery


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """One of its own, which may go away."""
    server = EmbeddedRedis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


def taken(channel: Any, queue: Queue) -> str:
    """A task that a worker has and did not acknowledge yet."""
    queue(channel).declare()
    with channel.connection.client.Producer() as producer:
        producer.publish({}, routing_key=queue.name)
    message = queue(channel).get()
    assert message is not None
    return str(message.delivery_tag)


def test_a_task_that_ends_after_redis_went_away_ends_no_worker(redis: EmbeddedRedis) -> None:
    assert celery.app.conf.broker_url  # this module installs our channels
    connection = Connection(redis.url(), transport_options={"socket_timeout": 1})
    channel: Any = connection.default_channel
    tag = taken(channel, Queue("away"))
    expected = connection.connection_errors
    redis.stop()
    connection.close()  # as a worker does that has lost it; tries to put the task back
    channel._disconnect_pools()  # and once more, when it begins anew
    with pytest.raises(expected):
        channel.basic_ack(tag)
