"""One task's work on one batch: chunk after chunk for some twenty seconds, then back.

Two runners share a batch, so that while one waits for its provider the other loads,
writes and claims its next chunk. Which chunk is next is one number in this process.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from outreach.core.channels import Channel
from outreach.core.clock import monotonic, now, real_seconds_until
from outreach.delivery.connections import Connection, connection
from outreach.delivery.ledger import News, worker_name
from outreach.delivery.pulse import Pulse
from outreach.delivery.rules import Event, Reason
from outreach.delivery.sending import chunks, claiming, lease
from outreach.delivery.sending.aftermath import Aftermath, aftermath_of
from outreach.delivery.sending.calling import (
    CALLS_AT_ONCE,
    Answer,
    Trouble,
    call_email,
    call_texts,
    news_of,
    rounds_that_fit,
    trouble_in,
)
from outreach.delivery.sending.chunks import Candidate
from outreach.delivery.sending.lease import LeasedBatch
from outreach.delivery.sending.office import Office, open_office
from outreach.delivery.sending.pacing import pause_all_workers, room_in_this_pass
from outreach.delivery.sending.writing import (
    Unwritten,
    WrittenEmail,
    WrittenText,
    write_emails,
    write_texts,
)
from outreach.delivery.spending import give_back, wait_at
from outreach.providers.port import Accepted, EmailProvider, EmailRequest, SmsProvider

_LOG = logging.getLogger(__name__)

TASK_SECONDS = 20.0
_RUNNERS = 2
# Chunks loaded at once. What changes meanwhile is seen by the claim, which judges anew.
_AHEAD = 4
# No more of a sender's time is taken from its bucket at once.
_GRANT_SECONDS = 0.2
_MOST_EMAILS = 1000
_LONGEST_WAIT_SECONDS = 3.0
_LONGEST_REST_SECONDS = 30.0  # of one batch; the lease knows longer pauses of its sender
_LONGEST_PAUSE_SECONDS = 3600.0  # a wrong clock in a header must not stop a sender for days
_LOOK_AGAIN_SECONDS = 1.0
# Enough to see whether a sender works again, few enough to be unknown if it does not.
PROBE_MESSAGES = 10
_SHORTEST_VALIDITY_SECONDS = 5
_LONGEST_VALIDITY_SECONDS = 36_000  # Twilio: ValidityPeriod, message resource, November 2026


@dataclass
class Pass:
    """What one task did with a batch.

    `is_done`: nothing of it is left. `is_left`: there is more to do right now. `aftermath`:
    what has to happen outside the ledger. `pulse`: how the calls went.
    """

    is_done: bool = False
    is_left: bool = False
    sent: int = 0
    aftermath: Aftermath = field(default_factory=Aftermath)
    pulse: Pulse = field(default_factory=Pulse)


@dataclass(frozen=True)
class Lane:
    """The adapter of the batch's channel; the other one is None.

    `sender_id`: whose it is, None for whoever writes the batch. `is_probe`: only a few messages.
    `most_seconds`: how long a pass runs.
    """

    sms: SmsProvider | None = None
    email: EmailProvider | None = None
    sender_id: int | None = None
    is_probe: bool = False
    most_seconds: float = TASK_SECONDS

    @property
    def texts(self) -> SmsProvider:
        if self.sms is None:
            raise LookupError("this lane carries no texts")
        return self.sms

    @property
    def emails(self) -> EmailProvider:
        if self.email is None:
            raise LookupError("this lane carries no email")
        return self.email


class _Stop(Exception):  # leaves a runner, is not an error
    """This pass ends; `wait_seconds` before the next."""

    def __init__(self, wait_seconds: float) -> None:
        super().__init__(wait_seconds)
        self.wait_seconds = wait_seconds


async def work_batch(batch_id: int, lane: Lane) -> Pass:
    """Works the batch if it is due and free. Raises Unavailable when PostgreSQL is away."""
    async with connection() as first:
        batch = await lease.take(first, batch_id, now(), lane.sender_id)
        if batch is None:
            return Pass()
        office = await open_office(first, batch)
        room = await room_in_this_pass(first, batch, now())
    if lane.is_probe:
        room = min(PROBE_MESSAGES, PROBE_MESSAGES if room is None else room)
    run = _Run(batch, office, lane, room)
    async with lease.kept(batch, run.stop):
        ends = await asyncio.gather(
            *(run.runner() for _ in range(_RUNNERS)), return_exceptions=True
        )
    faults = [end for end in ends if isinstance(end, BaseException)]
    async with connection() as last:
        if faults:
            await lease.lose_open_calls(last, batch, now(), worker_name(batch.channel))
        run.result.is_done = await lease.release(last, batch, run.wait_seconds)
    if faults:
        raise faults[0]
    # What could not be loaded (a stopped school) waits for the sweeper, not for a busy loop.
    run.result.is_left = run.is_cut_short and not run.result.is_done and run.wait_seconds == 0
    return run.result


class _Run:
    """The state that the runners of one pass share."""

    def __init__(self, batch: LeasedBatch, office: Office, lane: Lane, room: int | None) -> None:
        self.lane = lane
        self.batch = batch
        self.office = office
        self.result = Pass(aftermath=Aftermath(batch.step_run_id, batch.launch_id))
        self.wait_seconds = 0.0
        self.is_cut_short = False
        self._worker = worker_name(batch.channel)
        self._ends_at = monotonic() + lane.most_seconds
        self._after_id = batch.first_id - 1
        self._loaded: list[Candidate] = []
        self._next = asyncio.Lock()
        self._is_over = False
        self._room = room
        self._granted = 0
        self._rounds = 1  # of calls in a chunk of texts: few until we know how long one takes

    def stop(self) -> None:
        """After the chunks under way; another process has the batch now."""
        self._is_over = True

    async def runner(self) -> None:
        try:
            # One connection for the whole pass: taking one from the pool checks it, which would
            # be one more round trip for each chunk.
            async with connection() as db:
                while not self._is_over and monotonic() < self._ends_at:
                    if not await self._step(db):
                        return
            self.is_cut_short = True
        except _Stop as stop:
            self._is_over = True
            self.wait_seconds = max(self.wait_seconds, stop.wait_seconds)

    async def _step(self, db: Connection) -> bool:
        """One chunk. False when there is none left."""
        candidates = await self._next_chunk(db)
        if not candidates:
            return False
        readable = [each for each in candidates if each.is_whole]
        if len(readable) < len(candidates):
            self._tell_unreadable(candidates)
        if readable and self.batch.channel == Channel.SMS:
            await self._send_texts(db, readable)
        elif readable:
            await self._send_emails(db, readable)
        return True

    def _tell_unreadable(self, candidates: Sequence[Candidate]) -> None:
        """They stay as they are: who puts the address right in time still has them sent."""
        _LOG.error(
            "step run %s: the addresses of deliveries %s do not open",
            self.batch.step_run_id,
            [each.id for each in candidates if not each.is_whole],
        )

    async def _next_chunk(self, db: Connection) -> list[Candidate]:
        async with self._next:
            limit = self._chunk_size()
            if not self._loaded:
                self._loaded = await chunks.load(db, self.batch, self._after_id, limit * _AHEAD)
            found, self._loaded = self._loaded[:limit], self._loaded[limit:]
            if found:
                self._after_id = found[-1].id
            if self._room is not None:
                self._room -= len(found)
            return found

    def _chunk_size(self) -> int:
        """At most what the sender may send in a second, so a slow number never claims ahead; and
        no more than there is room for today, or by the launch's even pace."""
        if self._room is not None and self._room <= 0:
            raise _Stop(_LOOK_AGAIN_SECONDS)
        is_sms = self.batch.channel == Channel.SMS
        texts = self._rounds * CALLS_AT_ONCE
        most = texts if is_sms else min(_MOST_EMAILS, self.lane.emails.most_at_once)
        return max(1, min(most, int(self.batch.messages_a_second), self._room or most))

    async def _send_texts(self, db: Connection, candidates: list[Candidate]) -> None:
        written = write_texts(self.office.head, candidates, self._validity_seconds())
        await self._skip(db, written.unwritten)
        if not written.texts:
            return
        await self._throttle(sum(text.segments for text in written.texts))
        wishes = [
            claiming.Wish(each.candidate.id, each.candidate.attempt, each.segments, each.micros)
            for each in written.texts
        ]
        claims = await self._claim(db, wishes, None)
        claimed_at = monotonic()
        texts = [
            (each.candidate.id, claims[each.candidate.id], each.message)
            for each in written.texts
            if each.candidate.id in claims
        ]
        answers = await call_texts(self.lane.texts, texts, claimed_at)
        seconds = monotonic() - claimed_at
        if texts:
            self._rounds = rounds_that_fit(len(texts), seconds)
        self.result.pulse.note([each.outcome for each in answers], seconds)
        await self._record(db, answers, _costs(written.texts))

    async def _send_emails(self, db: Connection, candidates: list[Candidate]) -> None:
        written = write_emails(self.office.head, candidates)
        await self._skip(db, written.unwritten)
        for mail in written.emails:
            await self._throttle(len(mail.candidates))
            await self._send_email(db, mail)

    async def _send_email(self, db: Connection, mail: WrittenEmail) -> None:
        wishes = [claiming.Wish(each.id, each.attempt, None, 0) for each in mail.candidates]
        together = self.lane.emails.is_one_request
        call_id = await claiming.new_call_id(db) if together else None
        claims = await self._claim(db, wishes, call_id)
        claimed_at = monotonic()
        request = _only(mail, claims)
        if request is None:
            return
        claimed = [(each.id, claims[each.id]) for each in mail.candidates if each.id in claims]
        answers = await call_email(self.lane.emails, request, claimed, claimed_at)
        self.result.pulse.note([each.outcome for each in answers], monotonic() - claimed_at)
        await self._record(db, answers, {})

    async def _claim(
        self, db: Connection, wishes: Sequence[claiming.Wish], call_id: int | None
    ) -> dict[int, int]:
        claims = await claiming.claim(
            db,
            self.batch,
            wishes,
            call_id=call_id,
            budget=self.office.budget,
            actor=self._worker,
        )
        if claims.stopped_by:
            self.result.aftermath.full_ceiling = claims.stopped_by
            raise _Stop(wait_at(claims.stopped_by))
        if claims.is_closed:
            raise _Stop(_LOOK_AGAIN_SECONDS)
        return dict(claims.attempts)

    async def _record(
        self, db: Connection, answers: Sequence[Answer], costs: dict[int, int]
    ) -> None:
        if not answers:
            return
        news = [news_of(answer) for answer in answers]
        await claiming.record(db, self.batch, news, actor=self._worker)
        unsent = [item for item in news if item.event in _NOT_SENT]
        unspent = sum(costs.get(item.id, 0) for item in unsent)
        await give_back(db, self.batch, unspent, len(unsent))
        self.result.sent += sum(isinstance(answer.outcome, Accepted) for answer in answers)
        self.result.aftermath.merge(aftermath_of(self.batch, answers))
        await self._heed(db, trouble_in(answers))

    async def _heed(self, db: Connection, trouble: Trouble) -> None:
        if trouble.unauthorised:
            self.result.aftermath.unauthorised = True
            raise _Stop(30)
        if trouble.wait_seconds is not None:
            wait = min(max(trouble.wait_seconds, 0.2), _LONGEST_PAUSE_SECONDS)
            paused = await pause_all_workers(
                db, self.batch, wait, is_account_wide=trouble.is_account_wide
            )
            await self.office.throttle.pause(paused, wait)
            raise _Stop(min(wait, _LONGEST_REST_SECONDS))

    async def _skip(self, db: Connection, unwritten: Sequence[Unwritten]) -> None:
        for each in unwritten:
            _LOG.warning(
                "step run %s, delivery %s cannot be written: %s",
                self.batch.step_run_id,
                each.candidate.id,
                each.reason,
            )
        news = [
            News(each.candidate.id, Event.SKIP, detail=Reason.MISSING_VALUE) for each in unwritten
        ]
        await claiming.record(db, self.batch, news, actor=self._worker)

    async def _throttle(self, units: int) -> None:
        """Waits for the sender's bucket, before the claim; gives up when it is long.

        Of a fast sender several chunks are asked for at once: a round trip to Redis costs as
        much as sending two texts.
        """
        if self._granted < units:
            ahead = int(self.batch.messages_a_second * _GRANT_SECONDS)
            wanted = max(units, min(units * _AHEAD, ahead))
            await self._ask_for(wanted)
            self._granted += wanted
        self._granted -= units

    async def _ask_for(self, units: int) -> None:
        while wait := await self.office.throttle.wait_seconds(self.batch.buckets, units):
            if wait > _LONGEST_WAIT_SECONDS or monotonic() + wait > self._ends_at:
                raise _Stop(min(wait, _LONGEST_REST_SECONDS))
            await asyncio.sleep(wait)

    def _validity_seconds(self) -> int:
        """The provider's own queue drops the text when our window closes (promise 6)."""
        left = int(real_seconds_until(min(self.batch.closes_at, self.batch.expires_at)))
        return min(max(left, _SHORTEST_VALIDITY_SECONDS), _LONGEST_VALIDITY_SECONDS)


_NOT_SENT = frozenset({Event.REFUSE, Event.GIVE_BACK})


def _costs(texts: Sequence[WrittenText]) -> dict[int, int]:
    return {each.candidate.id: each.micros for each in texts}


def _only(mail: WrittenEmail, claims: dict[int, int]) -> EmailRequest | None:
    """The request for those that were claimed; None when that is nobody."""
    recipients = tuple(
        recipient
        for candidate, recipient in zip(mail.candidates, mail.request.recipients, strict=True)
        if candidate.id in claims
    )
    return replace(mail.request, recipients=recipients) if recipients else None
