"""What the messages of a step come to: each text written once, by the writer of real messages.

A text is the same for all readers of a school, a language and a sender, so that many are
written and not one for each person. Where it names its reader it is written for the longest
names of the group (the most it can cost) and for one as a sample. Refuses to send.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from outreach.campaigns.models import StepRun
from outreach.config.environment import environment
from outreach.content import TemplateKey
from outreach.core.channels import Channel
from outreach.delivery.rehearsal.choosing import Choice, Group
from outreach.delivery.rehearsal.stage import Staged
from outreach.delivery.sending.chunks import Candidate
from outreach.delivery.sending.writing import Letterhead, write_emails, write_texts
from outreach.organisation import lanes
from outreach.organisation.models import Organisation, School, Sender, SmsPrice

_NAME = "recipient.name"


@dataclass(frozen=True)
class Cost:
    """Of one message: `segments` and `micros` at most, `sample_micros` for some one reader.

    All are 0 for an email.
    """

    segments: int
    micros: int
    sample_micros: int


FREE = Cost(0, 0, 0)


class Pricing:
    """For one staged launch."""

    def __init__(self, staged: Staged) -> None:
        self._staged = staged
        self._senders = {each.pk: each for each in Sender.objects.all()}
        self._schools = {each.pk: each for each in School.objects.all()}
        self._prices = dict(SmsPrice.objects.values_list("country", "micros"))

    def by_name(self, run: StepRun) -> bool:
        """Whether a template of the step asks for the reader's name."""
        templates = self._staged.templates
        return any(
            _NAME in templates.usage(key).every()
            for key in templates.template_keys()
            if key.step == run.step_key
        )

    def texts_by_name(self, run: StepRun) -> bool:
        """Whether what a text costs may depend on the reader's name."""
        templates = self._staged.templates
        return any(
            _NAME in templates.usage(TemplateKey(language, run.step_key, Channel.SMS)).every()
            for language in templates.languages(run.step_key, Channel.SMS)
        )

    def costs(
        self, run: StepRun, choice: Choice, groups: Iterable[Group]
    ) -> dict[Group, Cost | None]:
        """What one message to each group costs, None where it cannot be written."""
        by_lane: dict[tuple[int, str], list[Group]] = {}
        for group in groups:
            if not group.refused:
                by_lane.setdefault((group.way, group.language), []).append(group)
        found: dict[Group, Cost | None] = {}
        for (way, _), members in by_lane.items():
            head = self._head(run, choice.params["way_senders"][way])
            if choice.params["way_channels"][way] == Channel.SMS:
                found |= self._texts(head, members)
            else:
                found |= self._emails(head, members)
        return found

    def _texts(self, head: Letterhead, groups: list[Group]) -> dict[Group, Cost | None]:
        """`groups`: of one language, as the writer wants them."""
        # A stop link grows with the number of its delivery: the numbers here are the largest.
        first = sum(group.people for group in groups)
        wanted = dict(
            enumerate(((group, name) for group in groups for name in group.names or (None,)), first)
        )
        candidates = [
            self._candidate(number, group, name) for number, (group, name) in wanted.items()
        ]
        written = write_texts(head, candidates, 0)
        found: dict[Group, Cost | None] = dict.fromkeys(groups)
        for text in written.texts:
            group, _ = wanted[text.candidate.id]
            before = found[group] or FREE
            # Who has a longer name may be told less, in fewer parts.
            most = text.most_segments if group.names else text.segments
            found[group] = Cost(
                max(most, before.segments),
                max(text.micros // text.segments * most, before.micros),
                text.micros,  # the sample stands last
            )
        return found

    def _emails(self, head: Letterhead, groups: list[Group]) -> dict[Group, Cost | None]:
        """Written once for each country: only whether it can be written is asked."""
        judged: dict[object, Cost | None] = {}
        found: dict[Group, Cost | None] = {}
        for group in groups:
            key = (self._schools[group.school_id].country, bool(group.names))
            if key not in judged:
                name = group.names[-1] if group.names else None
                written = write_emails(head, [self._candidate(0, group, name)])
                judged[key] = None if written.unwritten else FREE
            found[group] = judged[key]
        return found

    def _candidate(self, number: int, group: Group, name: str | None) -> Candidate:
        school = self._schools[group.school_id]
        return Candidate(
            id=number,
            attempt=0,
            language=group.language,
            address="",
            country=group.country,
            school_id=school.pk,
            school_name=school.name,
            school_country=school.country,
            name=name,
        )

    def _head(self, run: StepRun, sender_id: int) -> Letterhead:
        sender, env = self._senders[sender_id], environment()
        return Letterhead(
            templates=self._staged.templates,
            step_key=run.step_key,
            step_number=run.number,
            step_total=run.total,
            step_run_id=run.pk,
            organisation=self._organisation,
            public_url=env.public_url,
            inbound_domain=env.inbound_domain,
            sender_identity=sender.identity,
            can_receive=sender.can_receive,
            prices=self._prices,
            sealer=lanes.sealer(),
            status_url=lanes.status_urls(sender.provider),
        )

    @cached_property
    def _organisation(self) -> str:
        organisation = Organisation.objects.first()
        return organisation.name if organisation else ""

    @property
    def schools(self) -> Mapping[int, School]:
        return self._schools

    @property
    def senders(self) -> Mapping[int, Sender]:
        return self._senders
