"""Which keys were ever used, so that nobody works without one of them."""

from django.db import migrations, models

RIGHTS = "REVOKE UPDATE, DELETE ON consent_keyrecord FROM outreach_app, outreach_work;"


class Migration(migrations.Migration):
    dependencies = [("consent", "0005_withdrawals_by_time")]
    operations = [
        migrations.CreateModel(
            name="KeyRecord",
            fields=[
                ("version", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("fingerprint", models.CharField(max_length=16)),
                ("recorded_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
