"""The table of answers: what readers said to the one question of a message."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from outreach.audience.models import Person
from outreach.campaigns.models import StepRun
from outreach.organisation.models import School


class AnswerWay(models.TextChoices):
    """How an answer came."""

    SMS = "sms", "Text message"
    EMAIL = "email", "Mail"
    PAGE = "page", "On the page"


class Answer(models.Model):
    """What a reader answered to the question of a delivery; the last one counts.

    `choice`: from 1, as the question has them; 0 for the button of a message without a question.
    """

    step_run = models.ForeignKey(StepRun, models.PROTECT, db_index=False)
    delivery_id = models.BigIntegerField()
    person = models.ForeignKey(Person, models.PROTECT, db_index=False)
    school = models.ForeignKey(School, models.PROTECT, db_index=False)
    choice = models.PositiveSmallIntegerField()
    way = models.CharField(max_length=5, choices=AnswerWay)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["step_run", "delivery_id"], name="answer_once")
        ]
