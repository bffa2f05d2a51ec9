"""What finished step runs came to. Counted by workers alone; pages read their schools' rows."""

import django.db.models.deletion
from django.db import migrations, models

# A row without a school counts all of them: for those who may see every school ('*') alone.
SECURITY = """
ALTER TABLE reports_runfigure ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_schools ON reports_runfigure TO outreach_app USING (outreach_sees(school_id));
CREATE POLICY all_rows ON reports_runfigure TO outreach_work USING (true) WITH CHECK (true);
REVOKE INSERT, UPDATE, DELETE ON reports_runfigure, reports_runcount FROM outreach_app;
"""
_NUMBERS = (
    "planned",
    "left_out",
    "reached",
    "delivered",
    "failed",
    "unknown",
    "opted_out",
    "answered",
)


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("campaigns", "0005_move_to_a_version"),
        ("consent", "0005_withdrawals_by_time"),
        ("delivery", "0015_room_to_move"),
        ("organisation", "0012_api_answers"),
    ]
    operations = [
        migrations.CreateModel(
            name="RunCount",
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
                ("is_final", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="RunFigure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "dimension",
                    models.CharField(
                        choices=[
                            ("all", "Together"),
                            ("school", "School"),
                            ("language", "Language"),
                            ("channel", "Channel"),
                        ],
                        max_length=8,
                    ),
                ),
                ("key", models.CharField(blank=True, max_length=50)),
                *((name, models.BigIntegerField()) for name in _NUMBERS),
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
                        fields=("step_run", "dimension", "key"), name="figure_once"
                    ),
                ],
            },
        ),
        migrations.RunSQL(SECURITY, migrations.RunSQL.noop),
    ]
