"""Room for addresses that are encrypted; nothing is rewritten, and none is until a key is set."""

from django.db import migrations

from outreach.organisation.sealed_fields import ActorField, SealedCharField


class Migration(migrations.Migration):
    lint_ignores = {"changing-column-type": "a longer varchar is a change of the catalogue alone"}
    dependencies = [("delivery", "0016_where_a_state_stands")]
    operations = [
        # Not managed by Django, and a text of any length.
        migrations.AlterField("deliveryevent", "actor", ActorField(max_length=254)),
        migrations.AlterField("schoolstop", "actor", ActorField(max_length=254)),
        migrations.AlterField("schoolstop", "lifted_by", ActorField(max_length=254, blank=True)),
        migrations.AlterField("senderhealth", "forced_by", ActorField(max_length=254, blank=True)),
        migrations.AlterField("senderswitch", "why", SealedCharField(max_length=200)),
    ]
