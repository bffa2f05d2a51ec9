"""Whether a request carries a good signature, version 4, of this sandbox's key.

botocore's own signer makes the signature again from what came; it signs what the other side
says it signed, so the two agree only over the same bytes and the same secret.
"""

from __future__ import annotations

import hmac
import re
from typing import Any

from aiohttp import web

from outreach.sandbox.config import SesCredentials
from outreach.sandbox.world import World

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([a-z0-9-]+)/([a-z]+)/aws4_request, "
    r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})"
)


async def denied(world: World, request: web.Request) -> str:
    """Amazon's name for what is wrong with the credentials; "" when nothing is."""
    ours = world.config.ses
    found = _AUTHORIZATION.fullmatch(request.headers.get("Authorization", ""))
    if ours is None or found is None:
        return "IncompleteSignature"
    key_id, _, region, service, names, signature = found.groups()
    if key_id != ours.access_key_id:
        return "UnrecognizedClientException"
    signed = {name: request.headers.get(name, "") for name in names.split(";")}
    again = _signature(
        ours, request, await request.read(), region=region, service=service, signed=signed
    )
    return "" if hmac.compare_digest(again, signature) else "InvalidSignatureException"


def _signature(
    ours: SesCredentials,
    request: web.Request,
    body: bytes,
    *,
    region: str,
    service: str,
    signed: dict[str, str],
) -> str:
    # Takes most of a second to import, and most sandboxes never see Amazon.
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    signer = SigV4Auth(Credentials(ours.access_key_id, ours.secret_access_key), service, region)
    url = f"http://{request.host}{request.raw_path}"
    again: Any = AWSRequest(method=request.method, url=url, headers=signed, data=body)
    again.context["timestamp"] = signed.get("x-amz-date", "")
    text = signer.string_to_sign(again, signer.canonical_request(again))
    return str(signer.signature(text, again))
