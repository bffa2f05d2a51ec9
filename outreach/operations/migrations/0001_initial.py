"""What the installation's own upkeep did, and when."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [("organisation", "0001_rights")]
    operations = [
        migrations.CreateModel(
            name="UpkeepRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("retention", "Forgetting what is kept no longer"),
                            ("backup", "Backup"),
                            ("restore", "Restore"),
                        ],
                        max_length=9,
                    ),
                ),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("result", models.JSONField(default=dict)),
                ("failure", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "indexes": [models.Index(fields=["kind", "-began_at"], name="upkeep_latest")],
            },
        ),
        migrations.CreateModel(
            name="StopJournal",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                ("suppression_id", models.BigIntegerField(default=0)),
                ("consent_id", models.BigIntegerField(default=0)),
            ],
        ),
    ]
