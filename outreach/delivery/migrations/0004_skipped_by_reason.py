"""Counters of skipped deliveries say why, so that no page counts rows of the ledger.

What is skipped already is counted once more, by its reasons.
"""

from django.db import migrations, models

RECOUNT = """
DELETE FROM delivery_tally WHERE state = 'skipped';
INSERT INTO delivery_tally (step_run_id, batch_key, worker, state, reason, number)
SELECT step_run_id, coalesce(batch_id, 0), 'recount', 'skipped', reason, count(*)
FROM delivery_delivery WHERE state = 'skipped' GROUP BY step_run_id, batch_id, reason;
"""


class Migration(migrations.Migration):
    dependencies = [("delivery", "0003_staff_decide_on_pages")]
    operations = [
        migrations.AddField(
            "tally",
            "reason",
            models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.RemoveConstraint("tally", "tally_once"),
        migrations.AddConstraint(
            "tally",
            models.UniqueConstraint(
                fields=("step_run", "batch_key", "state", "reason", "worker"), name="tally_once"
            ),
        ),
        migrations.RunSQL(RECOUNT, migrations.RunSQL.noop),
    ]
