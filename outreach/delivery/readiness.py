"""Which batches could be sent from right now, as SQL for the sweeper, the turns and the lease.

Owns one wording of "may", so that nobody is woken for what the lease would refuse. Refuses to
be the last word: pauses, limits and the even pace are judged again in the claim itself.
Aliases: `b` the batch, `s` its sender, `l` its launch. Parameter: `now`, business time.
"""

from __future__ import annotations

# Such a sender is kept busy by one pass: two would only wait for each other, hold a worker that
# others need and, without Redis, go twice as fast as they may.
ONE_PASS_BELOW_RATE = 100
# An urgent batch that was worked and is still there waits for something else; the sender is
# free for others so long.
_URGENT_RESTS_SECONDS = 20

TODAY = "(%(now)s::timestamptz AT TIME ZONE 'UTC')::date"

MOST_TODAY = f"outreach_most_today(s.most_a_day, s.warm_up, s.warm_up_from, {TODAY})"
SENT_BY_SENDER = f"""coalesce((SELECT x.messages FROM delivery_spend x
  WHERE x.key = 'sender:' || s.id || ':' || {TODAY}), 0)"""  # noqa: S608  # built from constants of this package
SENT_BY_ACCOUNT = f"""coalesce((SELECT x.messages FROM delivery_spend x
  WHERE x.key = 'account:' || s.provider || ':' || {TODAY}), 0)"""  # noqa: S608  # built from constants of this package

OPEN = """
  NOT b.is_done AND l.state = 'running' AND s.is_active
  AND b.opens_at <= %(now)s AND %(now)s < least(b.closes_at, b.expires_at)
  AND (b.lease_until IS NULL OR b.lease_until < clock_timestamp())
  AND (b.try_after IS NULL OR b.try_after < clock_timestamp())
"""

# A spread that began before `paced_at` is to be counted anew, so it holds nothing up.
_HAS_ROOM = f"""
  (s.paused_until IS NULL OR s.paused_until <= clock_timestamp())
  AND NOT EXISTS (SELECT 1 FROM organisation_accountlimit a WHERE a.provider = s.provider
    AND (a.paused_until > clock_timestamp() OR a.most_a_day <= {SENT_BY_ACCOUNT}))
  AND ({MOST_TODAY} IS NULL OR {MOST_TODAY} > {SENT_BY_SENDER})
  AND (coalesce(l.spread_minutes, r.spread_minutes) IS NULL
    OR NOT EXISTS (SELECT 1 FROM delivery_spread p
    WHERE p.step_run_id = b.step_run_id AND p.zone = b.zone AND p.opens_at = b.opens_at
      AND %(now)s < p.ends_at AND (l.paced_at IS NULL OR p.starts_at >= l.paced_at)
      AND p.used >= outreach_spread_allows(p.starts_at, p.ends_at, p.planned, %(now)s)))
"""  # noqa: S608  # built from constants of this package

_IS_FREE = f"""
  (s.rate_per_second >= {ONE_PASS_BELOW_RATE}
      AND coalesce(l.spread_minutes, r.spread_minutes) IS NULL
    OR NOT EXISTS (SELECT 1 FROM delivery_batch o
      WHERE o.sender_id = b.sender_id AND o.lease_token IS NOT NULL AND o.id <> b.id
        AND o.lease_until > clock_timestamp()
        AND (s.rate_per_second < {ONE_PASS_BELOW_RATE}
          OR o.step_run_id = b.step_run_id AND o.zone = b.zone)))
"""  # noqa: S608  # built from constants of this package

# An urgent launch has its senders for itself while it has something to send. Whether there is one
# at all is asked once a statement; only then are batches looked at.
MAKES_WAY = f"""
  (l.is_urgent
    OR NOT EXISTS (SELECT 1 FROM campaigns_launch v WHERE v.is_urgent AND v.state = 'running')
    OR NOT EXISTS (SELECT 1 FROM campaigns_launch u
    JOIN campaigns_steprun ur ON ur.launch_id = u.id
    JOIN delivery_batch ub ON ub.step_run_id = ur.id AND NOT ub.is_done
    WHERE u.is_urgent AND u.state = 'running' AND ub.sender_id = b.sender_id
      AND ub.opens_at <= %(now)s AND %(now)s < least(ub.closes_at, ub.expires_at)
      AND (ub.lease_until > clock_timestamp()
        OR (ub.try_after IS NULL OR ub.try_after < clock_timestamp())
          AND (ub.served_at IS NULL OR ub.served_at
            < clock_timestamp() - make_interval(secs => {_URGENT_RESTS_SECONDS})))))
"""  # noqa: S608  # built from constants of this package

READY = f"{OPEN} AND {_HAS_ROOM} AND {_IS_FREE} AND {MAKES_WAY}"

# How many may be claimed in this pass, NULL for no limit. Limits are few and the claim is exact:
# this only keeps a pass from writing what it could not claim.
ROOM = f"""
  least({MOST_TODAY} - {SENT_BY_SENDER},
    (SELECT a.most_a_day - {SENT_BY_ACCOUNT} FROM organisation_accountlimit a
      WHERE a.provider = s.provider))
"""  # noqa: S608  # built from constants of this package
