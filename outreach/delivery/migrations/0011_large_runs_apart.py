"""A large step run gets a partition of its own, whose indexes are built when its rows are in.

Three unique indexes took three quarters of the time of inserting a million rows one by one;
built at once they take a third of that (docs/decisions, 5). Partitions of 32 step runs stay for
all others, and take what is left of their range beside those of large runs.
"""

from django.db import migrations

OWN = """
-- The partitions of a ledger table and their bounds.
CREATE FUNCTION outreach_ledger_parts(parent text)
RETURNS TABLE (part text, low bigint, high bigint)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public AS $$
  SELECT relname::text, bound[1]::bigint, bound[2]::bigint
  FROM (SELECT c.relname, regexp_match(pg_get_expr(c.relpartbound, c.oid),
      'FROM \\(''?(\\d+)''?\\) TO \\(''?(\\d+)') AS bound
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = ('public.' || parent)::regclass) b
$$;

CREATE FUNCTION outreach_ledger_holds(parent text, run bigint) RETURNS boolean
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public AS $$
  SELECT EXISTS (SELECT 1 FROM outreach_ledger_parts(parent) p WHERE run >= p.low AND run < p.high)
$$;

-- Attaching takes a weaker lock than CREATE TABLE … PARTITION OF, so sending goes on.
CREATE OR REPLACE FUNCTION outreach_ledger_partition(run bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  width constant bigint := 32;
  low bigint;
  high bigint;
  parent text;
  part text;
BEGIN
  -- Nobody waits for another planner's commit where there is nothing to add.
  IF outreach_ledger_holds('delivery_delivery', run)
    AND outreach_ledger_holds('delivery_deliveryevent', run) THEN RETURN; END IF;
  PERFORM pg_advisory_xact_lock(7341001);
  FOREACH parent IN ARRAY ARRAY['delivery_delivery', 'delivery_deliveryevent'] LOOP
    CONTINUE WHEN outreach_ledger_holds(parent, run);
    SELECT greatest(run / width * width, max(p.high) FILTER (WHERE p.high <= run)),
      least(run / width * width + width, min(p.low) FILTER (WHERE p.low > run))
    INTO low, high FROM outreach_ledger_parts(parent) p;
    part := parent || '_' || low;
    EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING ALL EXCLUDING IDENTITY)
      WITH (fillfactor = %s, autovacuum_vacuum_scale_factor = 0.05)', part, parent,
      CASE parent WHEN 'delivery_delivery' THEN 70 ELSE 100 END);
    EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%s) TO (%s)',
      parent, part, low, high);
    EXECUTE format('REVOKE ALL ON public.%I FROM outreach_app, outreach_work', part);
  END LOOP;
END $$;

-- A table for the rows of one step run, which nobody else sees until it is attached. Gives its
-- name, or NULL where the step run has a partition already.
CREATE FUNCTION outreach_ledger_open(run bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE part text := 'delivery_delivery_own_' || run;
BEGIN
  IF outreach_ledger_holds('delivery_delivery', run) THEN
    RETURN NULL;
  END IF;
  EXECUTE format('CREATE TABLE public.%I (LIKE public.delivery_delivery INCLUDING ALL
    EXCLUDING INDEXES) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05)', part);
  EXECUTE format('REVOKE ALL ON public.%I FROM outreach_app, outreach_work', part);
  EXECUTE format('GRANT INSERT ON public.%I TO outreach_work', part);
  RETURN part;
END $$;

-- Builds the indexes of that table and makes it a partition, in the transaction that opened it.
-- Where another planner has covered the step run meanwhile, the rows move over instead.
CREATE FUNCTION outreach_ledger_close(run bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE part text := 'delivery_delivery_own_' || run;
BEGIN
  EXECUTE format('REVOKE ALL ON public.%I FROM outreach_work', part);
  PERFORM set_config('maintenance_work_mem', '192MB', true);
  EXECUTE format('ALTER TABLE public.%I ADD PRIMARY KEY (step_run_id, id)', part);
  EXECUTE format('ALTER TABLE public.%I ADD UNIQUE (person_id, step_run_id)', part);
  EXECUTE format('ALTER TABLE public.%I ADD UNIQUE (address_id, step_run_id)', part);
  PERFORM pg_advisory_xact_lock(7341001);
  IF outreach_ledger_holds('delivery_delivery', run) THEN
    EXECUTE format('INSERT INTO public.delivery_delivery SELECT * FROM public.%I', part);
    EXECUTE format('DROP TABLE public.%I', part);
  ELSE
    EXECUTE format('ALTER TABLE public.delivery_delivery ATTACH PARTITION public.%I
      FOR VALUES FROM (%s) TO (%s)', part, run, run + 1);
  END IF;
END $$;

CREATE OR REPLACE FUNCTION outreach_analyze_ledger(run bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE part text;
BEGIN
  SELECT p.part INTO STRICT part FROM outreach_ledger_parts('delivery_delivery') p
  WHERE run >= p.low AND run < p.high;
  EXECUTE format('ANALYZE public.%I', part);
END $$;

REVOKE EXECUTE ON FUNCTION outreach_ledger_open(bigint), outreach_ledger_close(bigint)
  FROM PUBLIC, outreach_app;
GRANT EXECUTE ON FUNCTION outreach_ledger_open(bigint), outreach_ledger_close(bigint)
  TO outreach_work;
"""


class Migration(migrations.Migration):
    dependencies = [("delivery", "0010_fall_back_and_stand_in")]
    operations = [migrations.RunSQL(OWN, migrations.RunSQL.noop)]
