"""Limits by sender and by provider account: messages a day, a warm-up, a pause that all obey."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("organisation", "0004_sign_up_countries")]
    operations = [
        migrations.AddField("sender", "most_a_day", models.PositiveIntegerField(null=True)),
        migrations.AddField(
            "sender", "warm_up", ArrayField(models.PositiveIntegerField(), default=list)
        ),
        migrations.AddField("sender", "warm_up_from", models.DateField(null=True)),
        migrations.AddField("sender", "paused_until", models.DateTimeField(null=True)),
        migrations.AddField("sender", "paused_why", models.CharField(blank=True, max_length=120)),
        migrations.CreateModel(
            name="AccountLimit",
            fields=[
                (
                    "provider",
                    models.CharField(max_length=20, primary_key=True, serialize=False),
                ),
                ("rate_per_second", models.FloatField(null=True)),
                ("most_a_day", models.PositiveIntegerField(null=True)),
                ("paused_until", models.DateTimeField(null=True)),
                ("paused_why", models.CharField(blank=True, max_length=120)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(rate_per_second__gt=0), name="account_rate_is_positive"
                    )
                ],
            },
        ),
    ]
