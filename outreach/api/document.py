"""The OpenAPI document: short names of operations, and what an error looks like in each."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI, Schema
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

_PROBLEM = "#/components/schemas/Problem"
# Those that answer by `repeats.once`.
_ONCE = frozenset({"schools_add", "schools_bring_in", "launches_draft"})
_IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "The same request under the same key is answered again, not done again.",
    "schema": {"type": "string", "maxLength": 100},
}


class Problem(Schema):
    """`code`: for programs. `message`, `remedy`: for people; nothing of the request is in them."""

    code: str
    message: str
    remedy: str


class DocumentedAPI(NinjaAPI):
    """Says of itself what generators of clients want to know."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """schools_add: the file and the function."""
        view = operation.view_func
        return f"{view.__module__.rpartition('.')[2]}_{view.__name__}"

    def get_openapi_schema(self, **wishes: Any) -> OpenAPISchema:
        """Every operation may answer with a problem."""
        document = super().get_openapi_schema(**wishes)
        document["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        content = {"application/json": {"schema": {"$ref": _PROBLEM}}}
        for operations in document["paths"].values():
            for operation in operations.values():
                if operation["operationId"] in _ONCE:
                    operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
                operation["responses"]["4XX"] = {"description": "Refused", "content": content}
        return document
