"""What staff decide on a page about unknown outcomes, the page's own role may write.

Only the columns that a move of the matrix changes, and only in the rows that row security
shows; who gets a message and when stays out of its reach.
"""

from django.db import migrations

RIGHTS = """
GRANT UPDATE (state, state_at, reason, message_id, segments) ON delivery_delivery TO outreach_app;
GRANT UPDATE (is_done, woken_at) ON delivery_batch TO outreach_app;
"""


class Migration(migrations.Migration):
    dependencies = [("delivery", "0002_ledger")]
    operations = [migrations.RunSQL(RIGHTS, migrations.RunSQL.noop)]
