"""What the checks found in versions and messages, kept by their content."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0006_changes_of_schools")]

    operations = [
        migrations.CreateModel(
            name="KeptCheck",
            fields=[
                ("key", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("answer", models.JSONField()),
            ],
        ),
    ]
