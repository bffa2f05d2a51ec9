"""Ceilings as functions, so that a claim reserves its money in its own statement.

A claim held the lock that opt-outs wait for over two more round trips before.
"""

from django.db import migrations

RESERVE = """
CREATE FUNCTION outreach_reserve(spend_key text, cost bigint, messages bigint, ceiling bigint)
RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE total bigint;
BEGIN
  INSERT INTO delivery_spend AS s (key, micros, messages)
  VALUES (spend_key, cost, outreach_reserve.messages)
  ON CONFLICT (key) DO UPDATE SET micros = s.micros + excluded.micros,
    messages = s.messages + excluded.messages
  RETURNING s.micros INTO total;
  IF total > ceiling THEN
    RAISE EXCEPTION USING ERRCODE = 'OR001', MESSAGE = spend_key;
  END IF;
  RETURN true;
END $$;

CREATE FUNCTION outreach_reserve_trial(on_day date, wanted bigint, most bigint)
RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE total bigint;
BEGIN
  INSERT INTO organisation_trialday AS t (day, messages) VALUES (on_day, wanted)
  ON CONFLICT (day) DO UPDATE SET messages = t.messages + excluded.messages
  RETURNING t.messages INTO total;
  IF total > most THEN
    RAISE EXCEPTION USING ERRCODE = 'OR001', MESSAGE = 'trial:' || on_day;
  END IF;
  RETURN true;
END $$;
REVOKE EXECUTE ON FUNCTION outreach_reserve(text, bigint, bigint, bigint),
  outreach_reserve_trial(date, bigint, bigint) FROM PUBLIC, outreach_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0006_look_at_a_planned_run"),
        ("organisation", "0003_count_trial_messages"),
    ]
    operations = [migrations.RunSQL(RESERVE, migrations.RunSQL.noop)]
