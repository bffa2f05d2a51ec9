"""A running launch may move to another version; a step run keeps the one it was planned by."""

import datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

# What was planned until now was planned by the version of its launch.
PLANNED_BY = """
UPDATE campaigns_steprun r SET version_id = l.version_id
FROM campaigns_launch l WHERE l.id = r.launch_id AND r.state <> 'waiting'
"""
RIGHTS = "REVOKE DELETE ON campaigns_launchmove FROM outreach_app, outreach_work;"


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0004_days_of_schools"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="launch",
            name="rate_per_second",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="steprun",
            name="version",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="campaigns.campaignversion",
            ),
        ),
        migrations.AddField(
            model_name="steprun",
            name="most_messages",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="steprun",
            name="most_in_days",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.CreateModel(
            name="LaunchMove",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Waiting for a decision"),
                            ("approved", "Approved"),
                            ("declined", "Declined"),
                        ],
                        default="asked",
                        max_length=8,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("why", models.CharField(max_length=300)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_why", models.CharField(blank=True, max_length=300)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "from_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="campaigns.campaignversion",
                    ),
                ),
                (
                    "launch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moves",
                        to="campaigns.launch",
                    ),
                ),
                (
                    "to_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="campaigns.campaignversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(state="asked"), fields=("launch",), name="one_open_move"
                    ),
                    models.CheckConstraint(
                        condition=~Q(state="approved")
                        | (
                            Q(decided_by__isnull=False)
                            & (
                                ~Q(decided_by=F("asked_by"))
                                | Q(decided_at__gte=F("asked_at") + datetime.timedelta(hours=24))
                            )
                        ),
                        name="moved_by_a_second_person",
                    ),
                ],
            },
        ),
        migrations.RunSQL(PLANNED_BY, migrations.RunSQL.noop),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
