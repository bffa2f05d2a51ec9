"""Terms, holidays and named days of schools and regions."""

import django.db.models.deletion
from django.db import migrations, models

SECURITY = """
ALTER TABLE organisation_calendarentry ENABLE ROW LEVEL SECURITY;
-- What is true of a region or of all schools is everybody's to see.
CREATE POLICY own_schools ON organisation_calendarentry TO outreach_app
  USING (school_id IS NULL OR outreach_sees(school_id)) WITH CHECK (outreach_sees(school_id));
CREATE POLICY all_rows ON organisation_calendarentry TO outreach_work
  USING (true) WITH CHECK (true);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("organisation", "0008_api_keys"),
        # outreach_sees() stands there.
        ("delivery", "0002_ledger"),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("country", models.CharField(blank=True, max_length=2)),
                ("region", models.CharField(blank=True, max_length=10)),
                (
                    "kind",
                    models.CharField(
                        choices=[("term", "Term"), ("holiday", "Holiday"), ("day", "Day")],
                        max_length=7,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=60)),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("source", models.CharField(blank=True, max_length=200)),
                ("entered_by", models.CharField(max_length=254)),
                ("entered_at", models.DateTimeField()),
                (
                    "school",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calendar",
                        to="organisation.school",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last_day__gte", models.F("first_day"))),
                        name="calendar_entry_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("school__isnull", True),
                            models.Q(("country", ""), ("region", "")),
                            _connector="OR",
                        ),
                        name="calendar_entry_of_one_place",
                    ),
                    models.UniqueConstraint(
                        fields=("school", "country", "region", "kind", "first_day", "name"),
                        name="calendar_entry_once",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.RunSQL(SECURITY, migrations.RunSQL.noop),
    ]
