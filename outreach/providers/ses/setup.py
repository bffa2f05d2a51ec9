"""What has to be set at Amazon: a configuration set that tells a topic, and a topic that tells us.

Opens and clicks are not asked for: we do not track people. The topic itself, the key and the
verified mail domain are made in Amazon's console (docs/operating.md).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from outreach.core.errors import ProviderRefused, Refusal
from outreach.providers.ses.account import SesAccount
from outreach.providers.ses.calls import SES, SNS, AwsCalls
from outreach.providers.setup import AccountState, Hook, WantedHooks
from outreach.providers.transport import Transport

EVENTS_PATH = "/webhooks/ses/events"
_EVENTS = (
    *("SEND", "DELIVERY", "DELIVERY_DELAY", "BOUNCE"),
    *("COMPLAINT", "REJECT", "RENDERING_FAILURE"),
)
_NAME = "outreach"
_MOST_PAGES = 20
_WAITING = "PendingConfirmation"
_NO_SET = "Set OUTREACH_SES_CONFIGURATION_SET and OUTREACH_SES_TOPIC_ARNS."


class SesSetup:
    """An `AccountSetup`. One per event loop."""

    def __init__(self, account: SesAccount) -> None:
        self._account = account
        self._transports = (Transport(account.ses_url), Transport(account.sns_url))
        self._ses = AwsCalls(account, SES, account.ses_url, self._transports[0])
        self._sns = AwsCalls(account, SNS, account.sns_url, self._transports[1])

    async def state(self) -> AccountState:
        """See `AccountSetup.state`."""
        try:
            found = await self._ses.ask("GetAccount", {})
        except ProviderRefused as refused:
            if refused.kind != Refusal.UNAUTHORISED:
                raise
            return AccountState(
                False,
                "Amazon does not accept the key, or the key may not look at SES.",
                "Check OUTREACH_SES_ACCESS_KEY_ID, its secret and region, and its policy.",
            )
        if not found.get("SendingEnabled"):
            return AccountState(False, "The account may not send.", "Ask Amazon why.")
        if not found.get("ProductionAccessEnabled"):
            words = "The account is in Amazon's sandbox: it reaches verified addresses only."
            return AccountState(False, words, "Ask Amazon for production access.")
        return AccountState(True, "Amazon accepts the key; the account may send.")

    async def hooks(self, wanted: WantedHooks) -> Sequence[Hook]:
        """See `AccountSetup.hooks`."""
        topic, endpoint = self._account.topic_arn, _endpoint(wanted)
        if not topic or not self._account.configuration_set:
            return [Hook("events of mails", endpoint, "", by_hand=_NO_SET)]
        destination = await self._destination()
        subscription = await self._subscription(endpoint)
        told = endpoint if subscription else ""
        if subscription == _WAITING:
            told = f"{endpoint} (not confirmed yet: are the webhooks up?)"
        return [
            Hook("events to the topic", topic, _topic_of(destination)),
            Hook("events of mails", endpoint, told),
        ]

    async def set_hooks(self, wanted: WantedHooks) -> Sequence[Hook]:
        """See `AccountSetup.set_hooks`."""
        topic, endpoint = self._account.topic_arn, _endpoint(wanted)
        if topic and self._account.configuration_set:
            destination = await self._destination()
            if destination is None:
                name = self._account.configuration_set
                await self._ses.ask("CreateConfigurationSet", {"ConfigurationSetName": name})
            if _topic_of(destination) != topic:
                await self._set_destination(topic, is_there=bool(destination))
            if await self._subscription(endpoint) in {"", _WAITING}:
                await self._sns.ask(
                    "Subscribe",
                    {
                        "TopicArn": topic,
                        "Protocol": endpoint.partition(":")[0],
                        "Endpoint": endpoint,
                    },
                )
        return await self.hooks(wanted)

    async def signing_key(self, wanted: WantedHooks) -> str:
        """SNS names the certificate of its key in each message."""
        return ""

    async def send_test_event(self, wanted: WantedHooks) -> bool:
        """Publishes an event of no mail; False while nobody is subscribed."""
        if await self._subscription(_endpoint(wanted)) in {"", _WAITING}:
            return False
        event = {"eventType": "Outreach test", "mail": {"messageId": "test"}}
        parameters = {"TopicArn": self._account.topic_arn, "Message": json.dumps(event)}
        await self._sns.ask("Publish", parameters)
        return True

    async def close(self) -> None:
        for transport in self._transports:
            await transport.close()

    async def _destination(self) -> Mapping[str, Any] | None:
        """Ours; {} for none, None where there is no such configuration set."""
        try:
            found = await self._ses.ask(
                "GetConfigurationSetEventDestinations",
                {"ConfigurationSetName": self._account.configuration_set},
            )
        except ProviderRefused as refused:
            if refused.provider_code != "NotFoundException":
                raise
            return None
        named = [each for each in found.get("EventDestinations", []) if each.get("Name") == _NAME]
        return named[0] if named else {}

    async def _set_destination(self, topic: str, *, is_there: bool) -> None:
        verb = "Update" if is_there else "Create"
        await self._ses.ask(
            f"{verb}ConfigurationSetEventDestination",
            {
                "ConfigurationSetName": self._account.configuration_set,
                "EventDestinationName": _NAME,
                "EventDestination": {
                    "Enabled": True,
                    "MatchingEventTypes": list(_EVENTS),
                    "SnsDestination": {"TopicArn": topic},
                },
            },
        )

    async def _subscription(self, endpoint: str) -> str:
        """Its name at SNS; "PendingConfirmation" until the webhooks have said yes; "" for none."""
        parameters: dict[str, object] = {"TopicArn": self._account.topic_arn}
        for _ in range(_MOST_PAGES):
            page = await self._sns.ask("ListSubscriptionsByTopic", parameters)
            for each in page.get("Subscriptions", []):
                if each.get("Endpoint") == endpoint:
                    return str(each.get("SubscriptionArn") or _WAITING)
            if not page.get("NextToken"):
                break
            parameters["NextToken"] = page["NextToken"]
        return ""


def _endpoint(wanted: WantedHooks) -> str:
    return f"{wanted.origin}{EVENTS_PATH}"


def _topic_of(destination: Mapping[str, Any] | None) -> str:
    """The topic that is told all that we need; what is amiss otherwise."""
    destination = destination or {}
    topic = str((destination.get("SnsDestination") or {}).get("TopicArn") or "")
    complete = set(_EVENTS) <= set(destination.get("MatchingEventTypes") or [])
    if topic and not (destination.get("Enabled") and complete):
        return f"{topic} (off, or without some events)"
    return topic
