"""What a stop ends: at the word of the person who wrote it, or of staff who understood it so."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.consent.models import Topic
from outreach.core.channels import Channel
from outreach.inbox.models import InboundMessage
from outreach.organisation.audit import Actor
from outreach.replies.topics import stopped_topic
from outreach.replies.writer import Writer
from outreach.subscriptions.opt_out import opt_out, opt_out_of_mail_too


@dataclass(frozen=True)
class StoppedBy:
    """What a reply ended. `suppression_id`: the block that it made or met. `topic`: the one that
    it ended; None: all that comes by its channel."""

    suppression_id: int
    topic: Topic | None


def stop(message: InboundMessage, writer: Writer, match_key: str, *, actor: Actor) -> StoppedBy:
    """A text stops all texts to the number, and mails about the topic to the person last
    written to; a text that names a topic ("STOP SAFETY") ends that topic alone; a mail stops
    mails about its topic, or about anything where nothing tells the topic. Committed on return;
    must not run inside a transaction."""
    is_sms = message.channel == Channel.SMS
    last = writer.last
    named = stopped_topic(message)
    topic_id = named.pk if named else None
    if not is_sms and last is not None:
        topic_id = last.topic_id
    evidence = f"inbound:{message.pk}"
    done = opt_out(
        message.channel,
        match_key,
        topic_id=topic_id,
        evidence=evidence,
        actor=actor,
    )
    if is_sms and last is not None:
        of_mail = last.topic_id if topic_id is None else topic_id
        opt_out_of_mail_too(last.person_id, of_mail, evidence=evidence, actor=actor)
    topic = Topic.objects.get(pk=topic_id) if topic_id is not None else None
    return StoppedBy(done.suppression_id, topic)
