"""Which batch holds how many of a state is kept by the table of counters itself.

Whoever adds counters up takes them away, and a release from before `delivery_batchcount` kept
nothing: then the lists of one state lacked rows. What was not kept is counted once from the
ledger, less what still stands in counters of its own. Not one transaction: counting takes as
long as reading the ledger, and nobody waits meanwhile; repeated, it changes nothing.
"""

from django.db import migrations

KEEP = """
CREATE OR REPLACE FUNCTION outreach_keep_batch_counts() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  INSERT INTO delivery_batchcount (step_run_id, state, batch_id, number)
  SELECT step_run_id, state, batch_key, sum(number) FROM gone
  WHERE batch_key > 0 AND state NOT IN ('pending', 'sending')
  GROUP BY step_run_id, state, batch_key HAVING sum(number) <> 0
  ORDER BY step_run_id, state, batch_key
  ON CONFLICT (step_run_id, state, batch_id)
  DO UPDATE SET number = delivery_batchcount.number + excluded.number;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER kept_by_batch AFTER DELETE ON delivery_tally
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT
  EXECUTE FUNCTION outreach_keep_batch_counts();
"""
KEEP_NO_MORE = """
DROP TRIGGER kept_by_batch ON delivery_tally;
DROP FUNCTION outreach_keep_batch_counts();
"""
# The difference to what is kept: counters that are added up meanwhile come on top of either.
COUNT_AGAIN = """
INSERT INTO delivery_batchcount (step_run_id, state, batch_id, number)
SELECT step_run_id, state, batch_id, sum(number) FROM (
  SELECT step_run_id, state, batch_id, count(*) AS number FROM delivery_delivery
  WHERE batch_id IS NOT NULL AND state NOT IN ('pending', 'sending') GROUP BY 1, 2, 3
  UNION ALL
  SELECT step_run_id, state, batch_key, -number FROM delivery_tally
  WHERE batch_key > 0 AND state NOT IN ('pending', 'sending')
  UNION ALL
  SELECT step_run_id, state, batch_id, -number FROM delivery_batchcount
) counted GROUP BY 1, 2, 3 HAVING sum(number) <> 0 ORDER BY 1, 2, 3
ON CONFLICT (step_run_id, state, batch_id)
DO UPDATE SET number = delivery_batchcount.number + excluded.number
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("delivery", "0017_addresses_may_be_encrypted")]
    operations = [
        migrations.RunSQL(KEEP, KEEP_NO_MORE),
        migrations.RunSQL(COUNT_AGAIN, migrations.RunSQL.noop),
    ]
