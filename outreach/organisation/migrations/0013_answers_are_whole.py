"""An answer is written with what it answers, so none is without its status any more."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("organisation", "0012_api_answers")]

    operations: ClassVar = [
        migrations.RunSQL(
            "DELETE FROM organisation_apianswer WHERE status IS NULL OR body IS NULL",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField("apianswer", "status", models.PositiveSmallIntegerField()),
        migrations.AlterField("apianswer", "body", models.JSONField()),
    ]
