"""Messages are counted by day and by pace in the claim's own statement; launches take turns.

A launch that is not spread, from a sender without a limit, counts nothing and pays nothing.
"""

import django.db.models.deletion
from django.db import migrations, models

COUNT = """
-- One row a day for each sender and account that has a limit. A full one undoes the claim.
CREATE FUNCTION outreach_count_day(count_key text, wanted bigint, most bigint)
RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE total bigint;
BEGIN
  IF most IS NULL OR wanted = 0 THEN RETURN true; END IF;
  INSERT INTO delivery_spend AS s (key, micros, messages) VALUES (count_key, 0, wanted)
  ON CONFLICT (key) DO UPDATE SET messages = s.messages + excluded.messages
  RETURNING s.messages INTO total;
  IF total > most THEN
    RAISE EXCEPTION USING ERRCODE = 'OR001', MESSAGE = count_key;
  END IF;
  RETURN true;
END $$;

-- Without a search_path of their own, so that PostgreSQL writes these two into the query itself.
-- How many of a spread may have gone out by `moment`: an even pace from its start to its end.
CREATE FUNCTION outreach_spread_allows(
  starts_at timestamptz, ends_at timestamptz, planned bigint, moment timestamptz)
RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ceil(planned * greatest(extract(epoch FROM moment - starts_at), 0)
    / greatest(extract(epoch FROM ends_at - starts_at), 1))::bigint
$$;

CREATE FUNCTION outreach_count_spread(
  run bigint, in_zone text, opened timestamptz, wanted bigint, moment timestamptz)
RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE allowed boolean;
BEGIN
  IF wanted = 0 THEN RETURN true; END IF;
  UPDATE delivery_spread p SET used = p.used + wanted
  WHERE p.step_run_id = run AND p.zone = in_zone AND p.opens_at = opened
  RETURNING moment >= p.ends_at
    OR p.used <= outreach_spread_allows(p.starts_at, p.ends_at, p.planned, moment) INTO allowed;
  IF NOT allowed THEN
    RAISE EXCEPTION USING ERRCODE = 'OR001', MESSAGE = 'spread:' || run;
  END IF;
  RETURN true;
END $$;

-- The limit of a sender on a day: its own, and that of its warm-up while that lasts.
CREATE FUNCTION outreach_most_today(
  most_a_day integer, warm_up integer[], warm_up_from date, on_day date)
RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT least(most_a_day, warm_up[greatest(on_day - warm_up_from, 0) + 1])
$$;

REVOKE EXECUTE ON FUNCTION outreach_count_day(text, bigint, bigint),
  outreach_count_spread(bigint, text, timestamptz, bigint, timestamptz)
  FROM PUBLIC, outreach_app;
GRANT EXECUTE ON FUNCTION
  outreach_spread_allows(timestamptz, timestamptz, bigint, timestamptz),
  outreach_most_today(integer, integer[], date, date) TO outreach_app, outreach_work;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0008_sign_ups_of_people"),
        ("campaigns", "0003_pace_and_urgency"),
        ("organisation", "0005_limits_of_senders"),
    ]
    operations = [
        migrations.AddField("batch", "served_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "batch",
            models.Index(
                fields=["step_run", "closes_at", "id"],
                condition=models.Q(is_done=False),
                name="batch_next",
            ),
        ),
        migrations.AddIndex(
            "batch",
            models.Index(
                fields=["sender"],
                condition=models.Q(lease_token__isnull=False),
                name="batch_worked",
            ),
        ),
        migrations.CreateModel(
            name="Turn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "launch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="campaigns.launch"
                    ),
                ),
                (
                    "channel",
                    models.CharField(choices=[("email", "Email"), ("sms", "SMS")], max_length=5),
                ),
                ("served_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["launch", "channel"], name="turn_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Spread",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "step_run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="campaigns.steprun"
                    ),
                ),
                ("zone", models.CharField(max_length=64)),
                ("opens_at", models.DateTimeField()),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("planned", models.BigIntegerField()),
                ("used", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["step_run", "zone", "opens_at"], name="spread_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
