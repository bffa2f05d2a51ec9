"""What schools may change of a send, and what they changed."""

import django.db.models.deletion
from django.db import migrations, models

SECURITY = """
ALTER TABLE campaigns_schoolchange ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_schools ON campaigns_schoolchange TO outreach_app
  USING (outreach_sees(school_id)) WITH CHECK (outreach_sees(school_id));
CREATE POLICY all_rows ON campaigns_schoolchange TO outreach_work USING (true) WITH CHECK (true);
REVOKE DELETE ON campaigns_schoolchange FROM outreach_app, outreach_work;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0005_move_to_a_version"),
        # outreach_sees() stands there.
        ("delivery", "0002_ledger"),
        ("organisation", "0009_school_calendars"),
    ]

    operations = [
        migrations.CreateModel(
            name="SchoolBounds",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("move_days", models.PositiveSmallIntegerField(default=0)),
                ("may_skip", models.BooleanField(default=False)),
                ("set_by", models.CharField(max_length=254)),
                ("set_at", models.DateTimeField()),
                (
                    "launch",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="school_bounds",
                        to="campaigns.launch",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SchoolChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("step_key", models.CharField(max_length=60)),
                ("occasion", models.CharField(max_length=60)),
                ("from_day", models.DateField()),
                ("day", models.DateField(null=True)),
                ("why", models.CharField(max_length=300)),
                ("actor", models.CharField(max_length=254)),
                ("at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.CharField(blank=True, max_length=254)),
                (
                    "launch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="school_changes",
                        to="campaigns.launch",
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="organisation.school"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["launch", "step_key"], name="school_change_of")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(undone_at__isnull=True),
                        fields=("launch", "school", "step_key", "occasion", "from_day"),
                        name="school_change_once",
                    )
                ],
            },
        ),
        migrations.RunSQL(SECURITY, migrations.RunSQL.noop),
    ]
