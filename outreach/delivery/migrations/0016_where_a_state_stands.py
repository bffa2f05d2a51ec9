"""How many deliveries of a finished batch stand in a state is kept when counters are added up.

So a page finds the few failed ones of ten million by their key. 0018 counts what was added up
before.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0005_move_to_a_version"),
        ("delivery", "0015_room_to_move"),
    ]
    operations = [
        migrations.CreateModel(
            name="BatchCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "step_run_id",
                        "state",
                        "batch_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Waiting"),
                            ("sending", "Being sent"),
                            ("accepted", "Sent"),
                            ("delivered", "Delivered"),
                            ("bounced", "Came back"),
                            ("failed", "Failed"),
                            ("unknown", "Outcome unknown"),
                            ("expired", "Too late"),
                            ("skipped", "Not sent"),
                            ("cancelled", "Cancelled"),
                        ],
                        max_length=9,
                    ),
                ),
                ("number", models.BigIntegerField()),
                (
                    "batch",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="delivery.batch",
                    ),
                ),
                (
                    "step_run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="campaigns.steprun",
                    ),
                ),
            ],
        ),
    ]
