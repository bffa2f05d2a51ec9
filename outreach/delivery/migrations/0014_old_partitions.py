"""Dropping partitions of the ledger that are kept no longer.

A function of the owner's, because nobody who serves or sends may delete from the ledger. It
refuses whatever is not finished, not sealed, or younger than thirty days.
"""

from django.db import migrations

DROP = """
-- Partitions of which every step run finished before `before`; the newest such end first.
CREATE FUNCTION outreach_ledger_old(before timestamptz)
RETURNS TABLE (part text, parent text, low bigint, high bigint, last_finished_at timestamptz)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public AS $$
  SELECT p.part, n.parent, p.low, p.high, max(r.finished_at)
  FROM (VALUES ('delivery_delivery'), ('delivery_deliveryevent')) AS n(parent)
  CROSS JOIN LATERAL outreach_ledger_parts(n.parent) p
  JOIN campaigns_steprun r ON r.id >= p.low AND r.id < p.high
  GROUP BY 1, 2, 3, 4
  HAVING bool_and(r.finished_at IS NOT NULL)
    AND max(r.finished_at) < least(before, clock_timestamp() - interval '30 days')
$$;

-- Drops one of them with all that was said in it. Gives how many messages stood in it.
CREATE FUNCTION outreach_ledger_drop(name text, before timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  number bigint;
  old record;
BEGIN
  PERFORM pg_advisory_xact_lock(7341001);
  SELECT o.low, o.high INTO old FROM outreach_ledger_old(before) o WHERE o.part = name;
  IF NOT FOUND THEN RETURN NULL; END IF;
  DELETE FROM delivery_fallback WHERE step_run_id >= old.low AND step_run_id < old.high;
  EXECUTE format('SELECT count(*) FROM public.%I', name) INTO number;
  EXECUTE format('DROP TABLE public.%I', name);
  RETURN number;
END $$;
REVOKE EXECUTE ON FUNCTION outreach_ledger_drop(text, timestamptz) FROM PUBLIC, outreach_app;
GRANT EXECUTE ON FUNCTION outreach_ledger_drop(text, timestamptz) TO outreach_work;
"""


class Migration(migrations.Migration):
    dependencies = [("delivery", "0013_answers")]
    operations = [
        migrations.RunSQL(
            DROP,
            "DROP FUNCTION outreach_ledger_drop(text, timestamptz), "
            "outreach_ledger_old(timestamptz)",
        )
    ]
