"""The Celery application.

Redis only wakes workers (promise 4): tasks carry ids, results are ignored, nothing
has an ETA, publishing waits a second at most.
"""

from __future__ import annotations

import gc
import os
import resource
from typing import TYPE_CHECKING, Any

from celery import Celery, bootsteps
from celery.signals import worker_init, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "outreach.config.settings")
# Django's checks import every page: 60 MB in each worker for what `make check` has looked at.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

from outreach.config import broker
from outreach.config.environment import environment
from outreach.core import queues, wake

if TYPE_CHECKING:
    from celery.worker import WorkController

# Well above the longest task (some twenty seconds), so that nothing runs twice by Redis's
# own clock; a lost task comes back through the sweeper long before that.
_VISIBILITY_SECONDS = 600
# What the work of a child may add to what it began with, packs and all, before it is replaced.
_ROOM_FOR_WORK_KB = 96_000

broker.install()
app = Celery("outreach")
app.conf.update(
    broker_url=environment().redis_url or "redis://127.0.0.1:6379/0",
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_soft_shutdown_timeout=25,
    worker_enable_soft_shutdown_on_idle=False,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "visibility_timeout": _VISIBILITY_SECONDS,
        "socket_timeout": 1,
        "socket_connect_timeout": 1,
        "socket_keepalive": True,
    },
    task_publish_retry=False,
    task_default_queue=queues.CONTROL,
    task_serializer="json",
    accept_content=["json"],
    enable_utc=True,
)


def publish(task: str, queue: str, ids: tuple[int, ...]) -> None:
    """Sends one wake-up. Raises whatever the broker's client raises; `wake` expects that."""
    app.send_task(task, args=ids, queue=queue, retry=False, ignore_result=True)


class KnowTheKeys(bootsteps.Step):
    """No worker begins without the keys under which people said stop."""

    def create(self, parent: WorkController) -> None:
        from outreach.config.start import refuse_unknown_keys

        refuse_unknown_keys()


class LoadLanguages(bootsteps.Step):
    """Compiles the language packs before a worker that reads replies forks its children.

    It takes some five seconds, which the first cry for help after a start is not to wait for.
    """

    def include_if(self, parent: WorkController) -> bool:
        return queues.CONTROL in app.amqp.queues.consume_from

    def create(self, parent: WorkController) -> None:
        from outreach.replies.reading.abroad import tree
        from outreach.replies.reading.glosses import glossary
        from outreach.replies.reading.judge import learnt
        from outreach.replies.reading.lexicon import lexicon
        from outreach.replies.reading.opinion import by_sign, concepts
        from outreach.replies.reading.resemblance import weights as letters
        from outreach.replies.reading.vocabulary import vocabulary

        vocabulary()
        tree()
        concepts()
        by_sign()
        lexicon()
        letters()
        glossary()
        learnt()


class LimitMemory(bootsteps.Step):
    """Replaces a child that grows, measured from what the worker has when it forks.

    A fixed limit is either above what the container of a sending worker has, or below what the
    control worker's children begin with, each of which would then end after one task.
    """

    requires = (LoadLanguages, "celery.worker.components:Pool")

    def create(self, parent: WorkController) -> None:
        pool: Any = parent.pool
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        pool.options["max_memory_per_child"] = peak + _ROOM_FOR_WORK_KB


app.steps["worker"].update({KnowTheKeys, LoadLanguages, LimitMemory})


@worker_init.connect
def freeze_before_forking(**_: object) -> None:
    """A collector that walks through what a child shares with its parent copies it: 15 MB each."""
    os.register_at_fork(before=gc.freeze)


@worker_process_init.connect
def calm_the_collector(**_: object) -> None:
    """What was imported stays, and the messages of a chunk are never garbage in circles.

    Looking through all of Django for garbage every few chunks took a fifth of a worker's time
    (240 of 310 microseconds a text without it).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


wake.install(publish)
app.autodiscover_tasks(
    [
        "outreach.delivery",
        "outreach.inbox",
        "outreach.notices",
        "outreach.outbound",
        "outreach.replies",
        "outreach.subscriptions",
    ]
)
