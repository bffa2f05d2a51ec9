"""Room for addresses that are encrypted; nothing is rewritten, and none is until a key is set."""

from django.db import migrations, models

from outreach.organisation.sealed_fields import (
    ActorField,
    AddressField,
    MatchKeyField,
    SealedJSONField,
)

RIGHTS = "REVOKE UPDATE, DELETE ON organisation_addresskeyrecord FROM outreach_app, outreach_work;"


class Migration(migrations.Migration):
    lint_ignores = {"changing-column-type": "a longer varchar is a change of the catalogue alone"}
    dependencies = [("organisation", "0013_answers_are_whole")]
    operations = [
        migrations.CreateModel(
            name="AddressKeyRecord",
            fields=[
                ("version", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("fingerprint", models.CharField(max_length=16)),
                ("recorded_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
        migrations.AlterField(
            "organisation", "duty_email", AddressField(max_length=254, blank=True)
        ),
        migrations.AlterField(
            "organisation", "duty_phone", AddressField(max_length=16, blank=True)
        ),
        migrations.AlterField("calendarentry", "entered_by", ActorField(max_length=254)),
        migrations.AlterField("staff", "email", MatchKeyField(max_length=254, unique=True)),
        migrations.AlterField("staff", "phone", MatchKeyField(max_length=16, blank=True)),
        migrations.AlterField("alerttest", "email", AddressField(max_length=254)),
        migrations.AlterField("alerttest", "phone", AddressField(max_length=16)),
        migrations.AlterField("alerttest", "sent_by", ActorField(max_length=254)),
        migrations.AlterField("auditentry", "actor", ActorField(max_length=254)),
        migrations.AlterField("apikey", "created_by", ActorField(max_length=254)),
        migrations.AlterField("apianswer", "body", SealedJSONField()),
        migrations.AlterField("standstill", "began_by", ActorField(max_length=254)),
        migrations.AlterField("standstill", "ended_by", ActorField(max_length=254, blank=True)),
    ]
