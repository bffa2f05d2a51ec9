"""Consents with an end, and until when a school's lists count."""

import django.db.models.deletion
from django.db import migrations, models

SECURITY = """
ALTER TABLE consent_consentterm ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_schools ON consent_consentterm TO outreach_app
  USING (outreach_sees(school_id)) WITH CHECK (outreach_sees(school_id));
CREATE POLICY all_rows ON consent_consentterm TO outreach_work USING (true) WITH CHECK (true);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0003_provider_lists"),
        ("organisation", "0003_count_trial_messages"),
        # outreach_sees() stands there.
        ("delivery", "0002_ledger"),
    ]

    operations = [
        migrations.AlterField(
            model_name="consent",
            name="act",
            field=models.CharField(
                choices=[("granted", "Granted"), ("withdrawn", "Withdrawn"), ("lapsed", "Lapsed")],
                max_length=9,
            ),
        ),
        migrations.AddField("consentstate", "signed_on", models.DateField(null=True)),
        migrations.AddField("consentstate", "ends_at", models.DateTimeField(null=True)),
        migrations.AddField("consentstate", "lapsed_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "consentstate",
            models.Index(
                condition=models.Q(("ends_at__isnull", False), ("granted", True)),
                fields=["ends_at"],
                name="consent_state_ends",
            ),
        ),
        migrations.CreateModel(
            name="ConsentTerm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ends_on", models.DateField(null=True)),
                ("closing", models.CharField(blank=True, max_length=300)),
                ("set_by", models.CharField(max_length=254)),
                ("set_at", models.DateTimeField()),
                (
                    "school",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, to="organisation.school"
                    ),
                ),
            ],
        ),
        migrations.RunSQL(SECURITY, migrations.RunSQL.noop),
    ]
