"""Plans a step run, or wakes workers for its batches: `python -m bench.waking plan|send RUN`."""

from __future__ import annotations

import os
import sys
import time


def main(verb: str, step_run_id: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "outreach.config.settings")
    import django

    django.setup()

    import outreach.config.celery  # noqa: F401  # installs how workers are woken
    from outreach.core import queues
    from outreach.core.wake import wake
    from outreach.delivery.actions import plan_step_run
    from outreach.delivery.models import Batch

    if verb == "plan":
        begun_at = time.monotonic()
        plan_step_run(step_run_id)
        print(time.monotonic() - begun_at)
        return
    for batch_id, channel in Batch.objects.filter(step_run_id=step_run_id).values_list(
        "id", "channel"
    ):
        wake(queues.SEND_BATCH, queues.SMS if channel == "sms" else queues.EMAIL, batch_id)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
