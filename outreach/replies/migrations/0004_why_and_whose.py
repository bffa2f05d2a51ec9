"""How sure we were of what a reply means, and who of the staff has taken a case upon themselves."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organisation", "0012_api_answers"),
        ("replies", "0003_second_wall"),
    ]
    operations = [
        migrations.AddField(
            model_name="reply",
            name="confidence",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="taken_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="taken_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
