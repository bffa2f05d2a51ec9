"""Lists that schools upload, and what they have said their columns are."""

import django.db.models.deletion
from django.db import migrations, models

import outreach.core.ids

TABLES = ("audience_rosterupload", "audience_rostercolumns")


def _policies() -> str:
    rule = "outreach_sees(school_id)"
    return "\n".join(
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f"CREATE POLICY own_schools ON {table} TO outreach_app USING ({rule}) "
        f"WITH CHECK ({rule});"
        f"CREATE POLICY all_rows ON {table} TO outreach_work USING (true) WITH CHECK (true);"
        for table in TABLES
    )


class Migration(migrations.Migration):
    dependencies = [
        ("audience", "0002_preferred_channel"),
        ("organisation", "0003_count_trial_messages"),
        # outreach_sees() stands there.
        ("delivery", "0002_ledger"),
    ]

    operations = [
        migrations.CreateModel(
            name="RosterUpload",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=outreach.core.ids.uuid7, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Being looked at"),
                            ("confirmed", "Being brought in"),
                            ("done", "Brought in"),
                            ("failed", "Not brought in"),
                        ],
                        default="open",
                        max_length=9,
                    ),
                ),
                ("file_name", models.CharField(max_length=120)),
                ("file_sha256", models.CharField(max_length=64)),
                ("sealed", models.BinaryField(null=True)),
                ("mends", models.BinaryField(null=True)),
                ("mapping", models.JSONField(default=dict)),
                ("gone", models.PositiveIntegerField(null=True)),
                ("uploaded_by", models.CharField(max_length=254)),
                ("uploaded_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("confirmed_by", models.CharField(blank=True, max_length=254)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("result", models.JSONField(default=dict)),
                ("failure", models.CharField(blank=True, max_length=400)),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="organisation.school"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["school", "-uploaded_at"], name="roster_upload_of_school"),
                    models.Index(
                        condition=models.Q(("sealed__isnull", False)),
                        fields=["expires_at"],
                        name="roster_upload_kept",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RosterColumns",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("meanings", models.JSONField(default=dict)),
                ("changed_by", models.CharField(max_length=254)),
                ("changed_at", models.DateTimeField()),
                (
                    "school",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, to="organisation.school"
                    ),
                ),
            ],
        ),
        migrations.RunSQL(_policies(), migrations.RunSQL.noop),
    ]
