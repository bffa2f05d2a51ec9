"""How fast a launch goes out, and whether it goes before others."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0002_count_steps_as_readers_do")]
    operations = [
        migrations.AddField("launch", "spread_minutes", models.PositiveIntegerField(null=True)),
        migrations.AddField("launch", "paced_at", models.DateTimeField(null=True)),
        migrations.AddField("launch", "is_urgent", models.BooleanField(default=False)),
        migrations.AddField(
            "launch",
            "urgent_asked_by",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField("launch", "urgent_why", models.CharField(blank=True, max_length=300)),
        migrations.AddField(
            "launch",
            "urgent_approved_by",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            "launch",
            models.CheckConstraint(
                condition=models.Q(is_urgent=False)
                | (
                    models.Q(urgent_asked_by__isnull=False, urgent_approved_by__isnull=False)
                    & ~models.Q(urgent_approved_by=models.F("urgent_asked_by"))
                ),
                name="urgent_by_a_second_person",
            ),
        ),
    ]
