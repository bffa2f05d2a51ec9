"""What has to run inside the product's settings: `python -m bench.chaos.inside VERB …`.

launch CHANNEL AT WITHIN [DAY]  an approved launch is started; prints its id
double RUN SECONDS              sweeps, plans and wakes the batches of a run over and over
opt-outs RUN TRIALS             people of the run say stop as it goes out; prints milliseconds
decide LAUNCH                   looks up what is unknown; prints how many a person has to decide
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable
from datetime import date

from bench import launching

DEFINITION = launching.DEFINITION.replace(
    'at: "00:00", within: 24h', 'at: "{at}", within: {within}'
)


def launch(channel: str, at: str, within: str, day: str = "") -> str:
    """Made by one person, approved by another, started."""
    from bench.readying import make_ready
    from outreach.campaigns import actions
    from outreach.campaigns.models import Campaign, CampaignVersion
    from outreach.core.clock import now
    from outreach.organisation.audit import Actor
    from outreach.organisation.models import Staff

    staff = [
        Staff.objects.get_or_create(
            email=f"{name}@chaos.test", defaults={"name": name, "created_at": now()}
        )[0]
        for name in ("maker", "approver")
    ]
    maker, approver = (Actor(each.email, each.pk) for each in staff)
    campaign, _ = Campaign.objects.get_or_create(
        slug="bench", defaults={"title": "Chaos", "created_at": now()}
    )
    number = campaign.versions.count() + 1
    text = launching.EMAIL if channel == "email" else launching.SMS
    version = CampaignVersion.objects.create(
        campaign=campaign,
        number=number,
        sha256=f"{number:064x}",
        definition=DEFINITION.format(channel=channel, at=at, within=within),
        files={f"en/only.{'email.md' if channel == 'email' else 'sms.txt'}": text},
        imported_at=now(),
        imported_by="chaos",
    )
    starts_on = date.fromisoformat(day) if day else now().date()
    made = actions.create_launch(
        version, name=f"Chaos {number}", starts_on=starts_on, schools=[], actor=maker
    )
    make_ready()
    actions.request_review(made, actor=maker, accepts_unreviewed=True)
    actions.approve_launch(made, actor=approver)
    actions.start_launch(made, actor=maker)
    return str(made.pk)


def double(run: str, seconds: str) -> str:
    """Everything that may happen twice does, again and again, in every process that runs this."""
    from outreach.core import queues
    from outreach.core.wake import wake
    from outreach.delivery.models import Batch
    from outreach.delivery.planning import plan_step_run
    from outreach.delivery.upkeep import sweep

    ends = time.monotonic() + float(seconds)
    rounds = 0
    while time.monotonic() < ends:
        plan_step_run(int(run))
        sweep()
        for batch_id, channel in Batch.objects.filter(step_run_id=int(run)).values_list(
            "pk", "channel"
        ):
            queue = queues.SMS if channel == "sms" else queues.EMAIL
            for _ in range(3):
                wake(queues.SEND_BATCH, queue, batch_id)
        rounds += 1
    return str(rounds)


def opt_outs(run: str, trials: str) -> str:
    """One after another, people of the run in no order, as fast as they commit."""
    from django.db import connection

    from outreach.organisation.audit import RECIPIENT
    from outreach.subscriptions.opt_out import opt_out

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.match_key FROM delivery_delivery d JOIN audience_address a "
            "ON a.id = d.address_id WHERE d.step_run_id = %s",
            [run],
        )
        keys = [row[0] for row in cursor.fetchall()]
    milliseconds = []
    for key in random.sample(keys, min(int(trials), len(keys))):
        began = time.perf_counter()
        opt_out("sms", key, evidence="chaos", actor=RECIPIENT)
        milliseconds.append((time.perf_counter() - began) * 1000)
        time.sleep(0.005)
    return json.dumps(milliseconds)


def decide(launch_id: str) -> str:
    """To be run on a clock eleven minutes ahead."""
    from outreach.campaigns.models import Launch
    from outreach.delivery.queries import unknown_to_decide
    from outreach.delivery.reconcile import reconcile_unknown

    for _ in range(20):  # each looks up fifty
        reconcile_unknown()
    return json.dumps({"to_decide": unknown_to_decide(Launch.objects.get(pk=launch_id))})


_VERBS: dict[str, Callable[..., str]] = {
    "launch": launch,
    "double": double,
    "opt-outs": opt_outs,
    "decide": decide,
}


def main(verb: str, *arguments: str) -> None:
    """Sets up the product, does it, prints the answer."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "outreach.config.settings")
    import django

    django.setup()

    import outreach.config.celery  # noqa: F401  # installs how workers are woken

    print(_VERBS[verb](*arguments))


if __name__ == "__main__":
    main(*sys.argv[1:])
