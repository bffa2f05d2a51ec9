"""Room on a page of the ledger for every move of its deliveries.

A claim moves all deliveries of a page at once, so their new versions need as much room as the old
ones, and an acceptance a little more. At a fillfactor of 70 three claims in five found none: they
went to another page and into all three indexes again. At 45 nearly none does, and a table with its
indexes is as large afterwards as it was. Partitions that are there already stay as they are.
"""

from django.db import migrations

ROOM = """
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['outreach_ledger_partition', 'outreach_ledger_open'] LOOP
    EXECUTE regexp_replace(pg_get_functiondef(name::regproc), '(THEN|fillfactor =) 70', '\\1 45');
  END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("delivery", "0014_old_partitions")]
    operations = [migrations.RunSQL(ROOM, migrations.RunSQL.noop)]
