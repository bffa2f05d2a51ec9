"""Room for addresses that are encrypted; nothing is rewritten, and none is until a key is set."""

from django.db import migrations

from outreach.organisation.sealed_fields import ActorField, AddressField, MatchKeyField


class Migration(migrations.Migration):
    lint_ignores = {"changing-column-type": "a longer varchar is a change of the catalogue alone"}
    dependencies = [("consent", "0006_known_keys")]
    operations = [
        migrations.AlterField("consent", "actor", ActorField(max_length=254)),
        migrations.AlterField("consentterm", "set_by", ActorField(max_length=254)),
        migrations.AlterField("suppression", "actor", ActorField(max_length=254)),
        migrations.AlterField("suppression", "lifted_by", ActorField(max_length=254, blank=True)),
        migrations.AlterField("hold", "actor", ActorField(max_length=254)),
        migrations.AlterField("hold", "released_by", ActorField(max_length=254, blank=True)),
        migrations.AlterField("signup", "value", AddressField(max_length=320)),
        migrations.AlterField("signup", "match_key", MatchKeyField(max_length=320)),
    ]
