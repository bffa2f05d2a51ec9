"""What readers answer to the one question of a step, and that they confirm to have read it."""

import django.db.models.deletion
from django.db import migrations, models

SECURITY = """
ALTER TABLE delivery_answer ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_schools ON delivery_answer TO outreach_app
  USING (outreach_sees(school_id)) WITH CHECK (outreach_sees(school_id));
CREATE POLICY all_rows ON delivery_answer TO outreach_work USING (true) WITH CHECK (true);
REVOKE DELETE ON delivery_answer FROM outreach_app, outreach_work;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audience", "0001_initial"),
        ("campaigns", "0005_move_to_a_version"),
        ("delivery", "0012_seals"),
        ("organisation", "0009_school_calendars"),
    ]

    operations = [
        migrations.CreateModel(
            name="Answer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("delivery_id", models.BigIntegerField()),
                ("choice", models.PositiveSmallIntegerField()),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("sms", "Text message"),
                            ("email", "Mail"),
                            ("page", "On the page"),
                        ],
                        max_length=5,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="audience.person",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        db_index=False,
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
                    models.UniqueConstraint(fields=("step_run", "delivery_id"), name="answer_once"),
                ],
            },
        ),
        migrations.RunSQL(SECURITY, migrations.RunSQL.noop),
    ]
