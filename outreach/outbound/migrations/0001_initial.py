"""Endpoints, their messages, and the triggers that note what happens to consents and cases."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import outreach.core.ids

EVENTS = [
    ("delivery.changed", "What became of messages"),
    ("consent.changed", "What people agreed to, and stops"),
    ("case.opened", "That a reply waits for a person"),
]
ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")

# Nothing is noted while no endpoint wants it: the look at a table of a few rows costs a bulk
# import next to nothing.
TRIGGERS = """
CREATE FUNCTION outreach_note_happening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO outbound_happening (source, act, row_id, tx)
  SELECT TG_ARGV[1], TG_ARGV[2], NEW.id, pg_current_xact_id()::text::bigint
  WHERE EXISTS (SELECT FROM outbound_hook WHERE state <> 'ended' AND TG_ARGV[0] = ANY (events));
  RETURN NULL;
END $$;
CREATE TRIGGER told_outside AFTER INSERT ON consent_consent FOR EACH ROW
  EXECUTE FUNCTION outreach_note_happening('consent.changed', 'consent', '');
CREATE TRIGGER told_outside AFTER INSERT ON consent_suppression FOR EACH ROW
  EXECUTE FUNCTION outreach_note_happening('consent.changed', 'stop', 'stopped');
CREATE TRIGGER lifting_told_outside AFTER UPDATE OF lifted_at ON consent_suppression FOR EACH ROW
  WHEN (OLD.lifted_at IS NULL AND NEW.lifted_at IS NOT NULL)
  EXECUTE FUNCTION outreach_note_happening('consent.changed', 'stop', 'lifted');
CREATE TRIGGER told_outside AFTER INSERT ON replies_case FOR EACH ROW
  EXECUTE FUNCTION outreach_note_happening('case.opened', 'case', 'opened');
"""
NO_TRIGGERS = """
DROP TRIGGER told_outside ON replies_case;
DROP TRIGGER lifting_told_outside ON consent_suppression;
DROP TRIGGER told_outside ON consent_suppression;
DROP TRIGGER told_outside ON consent_consent;
DROP FUNCTION outreach_note_happening();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("consent", "0001_initial"),
        ("organisation", "0001_rights"),
        ("replies", "0001_initial"),
    ]
    operations = [
        migrations.CreateModel(
            name="Hook",
            fields=[
                ("id", ID),
                ("uuid", models.UUIDField(default=outreach.core.ids.uuid7, unique=True)),
                ("url", models.CharField(max_length=500)),
                (
                    "events",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(choices=EVENTS, max_length=20), size=None
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "In use"), ("paused", "Paused"), ("ended", "Ended")],
                        default="active",
                        max_length=6,
                    ),
                ),
                ("why", models.CharField(blank=True, max_length=300)),
                ("secret", models.BinaryField()),
                ("old_secret", models.BinaryField(null=True)),
                ("old_until", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=254)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("failing_since", models.DateTimeField(null=True)),
                ("problem", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "ended"), _negated=True),
                        fields=("url",),
                        name="hook_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HookMessage",
            fields=[
                ("id", ID),
                ("uuid", models.UUIDField(default=outreach.core.ids.uuid7, unique=True)),
                (
                    "hook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="outbound.hook"
                    ),
                ),
                ("event", models.CharField(choices=EVENTS, max_length=20)),
                ("body", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "To be delivered"), ("dead", "Given up")],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("give_up_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("problem", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["hook", "event", "id"],
                        name="hook_message_next",
                    ),
                    models.Index(
                        condition=models.Q(("state", "dead")),
                        fields=["hook", "id"],
                        name="hook_message_dead",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Happening",
            fields=[
                ("id", ID),
                ("source", models.CharField(max_length=20)),
                ("act", models.CharField(max_length=7)),
                ("row_id", models.BigIntegerField()),
                ("tx", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="LedgerMark",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                ("era", models.IntegerField()),
                ("tx", models.BigIntegerField()),
            ],
        ),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
