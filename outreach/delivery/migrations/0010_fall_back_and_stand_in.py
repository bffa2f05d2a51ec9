"""A delivery may fall back to the other channel; a sender may have one that stands in for it."""

import django.db.models.deletion
from django.db import migrations, models

# What is decided about deliveries and lanes is the workers' alone; what happened is never edited.
RIGHTS = """
REVOKE INSERT, UPDATE, DELETE ON delivery_fallback, delivery_fallbackdue, delivery_senderswitch,
  delivery_senderpulse FROM outreach_app;
REVOKE UPDATE, DELETE ON delivery_fallback, delivery_senderswitch FROM outreach_work;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audience", "0001_initial"),
        ("campaigns", "0003_pace_and_urgency"),
        ("delivery", "0009_pace_and_turns"),
        ("organisation", "0006_stand_ins"),
    ]

    operations = [
        migrations.CreateModel(
            name="SenderHealth",
            fields=[
                (
                    "sender",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="health",
                        serialize=False,
                        to="organisation.sender",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("healthy", "Works"),
                            ("tripped", "Does not work"),
                            ("probing", "Being tried again"),
                        ],
                        default="healthy",
                        max_length=8,
                    ),
                ),
                ("since", models.DateTimeField()),
                ("why", models.CharField(blank=True, max_length=200)),
                ("probe_at", models.DateTimeField(null=True)),
                ("good_probes", models.PositiveSmallIntegerField(default=0)),
                ("rest_seconds", models.PositiveIntegerField(default=0)),
                (
                    "forced",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("healthy", "Works"),
                            ("tripped", "Does not work"),
                            ("probing", "Being tried again"),
                        ],
                        max_length=8,
                    ),
                ),
                ("forced_by", models.CharField(blank=True, max_length=254)),
                ("forced_why", models.CharField(blank=True, max_length=300)),
            ],
        ),
        migrations.AddField(
            model_name="batch",
            name="instead_of",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organisation.sender",
            ),
        ),
        migrations.AddField(
            model_name="unknownoutcome",
            name="sender",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="organisation.sender",
            ),
        ),
        migrations.CreateModel(
            name="SenderSwitch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("why", models.CharField(max_length=200)),
                (
                    "after",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.sender",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="delivery.batch"
                    ),
                ),
                (
                    "before",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisation.sender",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Fallback",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("delivery_id", models.BigIntegerField()),
                ("attempt", models.SmallIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "address",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="audience.address",
                    ),
                ),
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
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("step_run", "delivery_id"), name="fallback_once"
                    ),
                    models.UniqueConstraint(
                        fields=("address", "step_run"), name="fallback_address_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FallbackDue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("delivery_id", models.BigIntegerField()),
                ("due_at", models.DateTimeField()),
                (
                    "step_run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="campaigns.steprun"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["due_at"], name="fallback_due_at")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("step_run", "delivery_id"), name="fallback_due_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SenderPulse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slot_at", models.DateTimeField()),
                ("worker", models.CharField(max_length=60)),
                ("chunks", models.PositiveIntegerField()),
                ("failing", models.PositiveIntegerField()),
                ("milliseconds", models.PositiveBigIntegerField()),
                (
                    "sender",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="organisation.sender",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("sender", "slot_at", "worker"), name="pulse_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
