"""One call of an AWS service: botocore writes, signs and reads it, our transport carries it.

botocore's own client is synchronous and repeats requests by itself, also a POST; its parts
(service model, serializer, signature version 4, parser) do no I/O and are used as they are. They
take most of a second to import, so that happens when the first account is built and not in
every command.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from outreach.core.errors import OutcomeUnknown, ProviderBusy, ProviderRefused, Refusal
from outreach.providers.ses.account import SesAccount
from outreach.providers.ses.codes import error_of
from outreach.providers.transport import Answer, Transport

if TYPE_CHECKING:
    from botocore.model import ServiceModel

SES, SNS = "sesv2", "sns"
_AGENT = "outreach botocore"


class AwsCalls:
    """Calls of one `service` for one account, at `base_url`."""

    def __init__(
        self, account: SesAccount, service: str, base_url: str, transport: Transport
    ) -> None:
        from botocore.auth import SigV4Auth
        from botocore.credentials import Credentials
        from botocore.parsers import create_parser
        from botocore.serialize import create_serializer

        # At DEBUG its logger writes whole requests, with addresses in them.
        logging.getLogger("botocore").setLevel(logging.WARNING)
        self._model = _model(service)
        protocol = self._model.metadata["protocol"]
        self._serializer = create_serializer(protocol)
        self._parser = create_parser(protocol)
        pair = Credentials(account.access_key_id, account.secret_access_key)
        self._signer = SigV4Auth(pair, self._model.signing_name, account.region)
        self._base_url = base_url
        self._transport = transport

    async def post(self, operation: str, parameters: Mapping[str, object]) -> Mapping[str, Any]:
        """One request, once. Returns the parsed answer, 2xx.

        Raises ProviderRefused, ProviderBusy, OutcomeUnknown; OutcomeUnknown too for a 2xx that
        cannot be read.
        """
        answer = await self._send(operation, parameters)
        if not answer.succeeded:
            raise error_of(answer, self._parsed(operation, answer))
        return self._parsed(operation, answer)

    async def ask(self, operation: str, parameters: Mapping[str, object]) -> Mapping[str, Any]:
        """As `post`, for what may be asked again: an unknown outcome is ProviderBusy."""
        try:
            return await self.post(operation, parameters)
        except OutcomeUnknown as error:
            raise ProviderBusy(error.message, provider_code=error.provider_code) from error

    async def _send(self, operation: str, parameters: Mapping[str, object]) -> Answer:
        from botocore.awsrequest import create_request_object, prepare_request_dict
        from botocore.exceptions import ParamValidationError

        try:
            request_dict = self._serializer.serialize_to_request(
                dict(parameters), self._model.operation_model(operation)
            )
        except ParamValidationError as error:
            raise ProviderRefused(
                "Amazon takes no such message.", provider_code="parameters", kind=Refusal.CONTENT
            ) from error
        prepare_request_dict(request_dict, self._base_url, user_agent=_AGENT)
        request = create_request_object(request_dict)
        self._signer.add_auth(request)
        prepared = request.prepare()
        body = prepared.body
        return await self._transport.request(
            prepared.method,
            prepared.url.removeprefix(self._base_url),
            headers={name: _text(value) for name, value in prepared.headers.items()},
            body=body.encode() if isinstance(body, str) else body,
        )

    def _parsed(self, operation: str, answer: Answer) -> Mapping[str, Any]:
        """{} for an error that cannot be read. Raises OutcomeUnknown for a success that cannot."""
        from botocore.awsrequest import HeadersDict
        from botocore.parsers import ResponseParserError

        response = {
            "body": answer.body,
            "headers": HeadersDict(answer.headers),
            "status_code": answer.status,
        }
        shape = self._model.operation_model(operation).output_shape
        try:
            found: Mapping[str, Any] = self._parser.parse(response, shape)
        except (ResponseParserError, ValueError, TypeError, AttributeError, KeyError) as error:
            if not answer.succeeded:
                return {}
            raise unreadable() from error
        return found


def unreadable() -> OutcomeUnknown:
    return OutcomeUnknown(
        "Amazon accepted the request with an answer that cannot be read.",
        provider_code="unreadable",
    )


@lru_cache(maxsize=2)
def _model(service: str) -> ServiceModel:
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
