"""How far running sends are, by school, language, channel and cause of failure.

Counted by the clock alone; pages read their schools' rows.
"""

import django.db.models.deletion
from django.db import migrations, models

# A row without a school counts all of them: for those who may see every school ('*') alone.
SECURITY = """
ALTER TABLE reports_livefigure ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_schools ON reports_livefigure TO outreach_app USING (outreach_sees(school_id));
CREATE POLICY all_rows ON reports_livefigure TO outreach_work USING (true) WITH CHECK (true);
REVOKE INSERT, UPDATE, DELETE ON reports_livefigure, reports_livecount FROM outreach_app;
"""
_DIMENSIONS = [
    ("school", "School"),
    ("language", "Language"),
    ("channel", "Channel"),
    ("cause", "Why it failed"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0006_changes_of_schools"),
        ("organisation", "0012_api_answers"),
        ("reports", "0001_initial"),
    ]
    operations = [
        migrations.CreateModel(
            name="LiveCount",
            fields=[
                (
                    "step_run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="campaigns.steprun",
                    ),
                ),
                ("counted_at", models.DateTimeField()),
                ("before_at", models.DateTimeField(null=True)),
                ("next_at", models.DateTimeField()),
                ("stamp", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="LiveFigure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("dimension", models.CharField(choices=_DIMENSIONS, max_length=8)),
                ("key", models.CharField(blank=True, max_length=80)),
                ("by_state", models.JSONField()),
                ("gone_out_before", models.BigIntegerField(default=0)),
                ("micros", models.BigIntegerField(default=0)),
                (
                    "school",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="organisation.school",
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
                        fields=("step_run", "dimension", "key"), name="live_figure_once"
                    ),
                ],
            },
        ),
        migrations.RunSQL(SECURITY, migrations.RunSQL.noop),
    ]
