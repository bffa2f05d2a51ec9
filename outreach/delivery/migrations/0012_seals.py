"""Seals of the ledger: each event says which transaction wrote it, blocks chain what is finished.

`tx` is a plain number, so that it survives a dump; all events of before get this migration's. A
BRIN index costs an insert next to nothing, and finds the few pages of the last minute.
"""

import django.db.models.deletion
from django.db import migrations, models

TRANSACTION = """
ALTER TABLE delivery_deliveryevent
  ADD COLUMN tx bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint;
CREATE INDEX delivery_event_tx ON delivery_deliveryevent USING brin (tx) WITH (autosummarize = on);
REVOKE UPDATE, DELETE ON delivery_ledgerblock FROM outreach_app, outreach_work;
REVOKE INSERT ON delivery_ledgerblock FROM outreach_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0004_days_of_schools"),
        ("delivery", "0011_large_runs_apart"),
    ]
    operations = [
        migrations.CreateModel(
            name="LedgerBlock",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("events", "These events are so"),
                            ("dropped", "The events of this step run are kept no longer"),
                        ],
                        max_length=7,
                    ),
                ),
                ("below_era", models.IntegerField()),
                ("below_tx", models.BigIntegerField()),
                ("events", models.PositiveIntegerField()),
                ("marks", models.BinaryField()),
                ("digest", models.BinaryField(max_length=32)),
                ("key", models.CharField(max_length=16)),
                ("sealed_at", models.DateTimeField()),
                (
                    "step_run",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="campaigns.steprun",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            TRANSACTION,
            "DROP INDEX delivery_event_tx; ALTER TABLE delivery_deliveryevent DROP COLUMN tx",
        ),
    ]
