"""Step runs of some schools, on days of their own; approval by a lone maker after a day."""

import datetime

import django.contrib.postgres.fields
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0003_pace_and_urgency"),
        ("organisation", "0009_school_calendars"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="launch",
            name="approved_by_a_second_person",
        ),
        migrations.AddField(
            model_name="launch",
            name="alone_asked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="launch",
            name="renewed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="steprun",
            name="at",
            field=models.TimeField(null=True),
        ),
        migrations.AddField(
            model_name="steprun",
            name="closed_days",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.DateField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="steprun",
            name="joined_days",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.DateField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="steprun",
            name="school_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), null=True, size=None
            ),
        ),
        migrations.AddField(
            model_name="steprun",
            name="spread_minutes",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddConstraint(
            model_name="launch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by__isnull", True),
                    models.Q(("approved_by", models.F("created_by")), _negated=True),
                    models.Q(
                        ("alone_asked_at__isnull", False),
                        (
                            "approved_at__gte",
                            django.db.models.expressions.CombinedExpression(
                                models.F("alone_asked_at"),
                                "+",
                                models.Value(datetime.timedelta(days=1)),
                            ),
                        ),
                    ),
                    _connector="OR",
                ),
                name="approved_by_a_second_person",
            ),
        ),
    ]
