"""A request, GET or POST, brought to one form. Beacon 2.2, framework/requests; and the GDI portal's own ways.

The portal sends numbers as strings, an empty `meta`, an empty pagination and parameters as a list of objects; GET
brings lists repeated or joined by commas. All of it is read; what contradicts itself is refused, with how to mend it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from embla.errors import UsageError

GRANULARITIES: Final = ("boolean", "count", "record")
INCLUDES: Final = ("HIT", "ALL", "MISS", "NONE")
DEFAULT_LIMIT: Final = 10
MAX_LIMIT: Final = 1000
MAX_SKIP: Final = 1_000_000
_MOST_FILTERS: Final = 20
# Query parameters of the framework; every other is a request parameter of the entry type.
_FRAMEWORK: Final = frozenset(
    "apiVersion requestedSchema requestedSchemas requestedGranularity includeResultsetResponses skip limit testMode"
    " filters currentPage nextPage previousPage".split()
)


@dataclass(frozen=True)
class Filter:
    """One filter as it was sent."""

    id: str
    value: str = ""
    operator: str = "="
    scope: str = ""
    descendants: bool = True  # a term means what stands under it, too


@dataclass(frozen=True)
class Request:
    """What is asked, whatever the entry type. `parameters` as received, in one mapping."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    filters: tuple[Filter, ...] = ()
    granularity: str = "record"
    include: str = "HIT"
    skip: int = 0
    limit: int = DEFAULT_LIMIT
    test: bool = False
    api_version: str = ""
    schemas: tuple[Mapping[str, Any], ...] = ()
    site: str = ""  # this node's own address
    reader: str = ""  # who asks, for the budget: "account:NAME", or "" for everybody who has not signed in

    def summary(self, api_version: str) -> dict[str, Any]:
        """`receivedRequestSummary`. Filters are strings there, whatever a client sends."""
        told: dict[str, Any] = {
            "apiVersion": self.api_version or api_version,
            "requestedSchemas": list(self.schemas),
            "pagination": {"skip": self.skip, "limit": self.limit},
            "requestedGranularity": self.granularity,
            "includeResultsetResponses": self.include,
            "testMode": self.test,
        }
        if self.filters:
            told["filters"] = [one.id for one in self.filters]
        return told


def from_query(pairs: Iterable[tuple[str, str]]) -> Request:
    """A GET: `pairs` of the query in order. Raises UsageError."""
    parameters: dict[str, Any] = {}
    framework: dict[str, list[str]] = {}
    for name, value in pairs:
        if name in _FRAMEWORK:
            framework.setdefault(name, []).extend(value.split(","))
        else:
            parameters.setdefault(name, []).append(value)
    first = {name: values[0] for name, values in framework.items()}
    schemas = [*framework.get("requestedSchema", ()), *framework.get("requestedSchemas", ())]
    return _checked(
        parameters={name: values[0] if len(values) == 1 else values for name, values in parameters.items()},
        filters=[{"id": one} for one in framework.get("filters", ()) if one],
        granularity=first.get("requestedGranularity"),
        include=first.get("includeResultsetResponses"),
        pagination={name: first[name] for name in ("skip", "limit") if first.get(name)},
        test=first.get("testMode"),
        api_version=first.get("apiVersion"),
        schemas=[{"schema": one} for one in schemas if one],
    )


def from_body(body: bytes) -> Request:
    """A POST. An empty body asks nothing. Raises UsageError."""
    try:
        read = json.loads(body) if body.strip() else {}
        # What is repeated in the answer must be writable: no NaN, no number beyond all, no half of a pair of UTF-16.
        json.dumps(read, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise UsageError("The body is not JSON.", mend="Send an object with meta and query.") from error
    read = _object(read, "the body")
    meta, query = _object(read.get("meta"), "meta"), _object(read.get("query"), "query")
    schemas = meta.get("requestedSchemas") or []
    if not isinstance(schemas, list) or not all(isinstance(one, dict) for one in schemas):
        raise UsageError("meta.requestedSchemas is a list of objects.")
    return _checked(
        parameters=_joined(query.get("requestParameters")),
        filters=query.get("filters") or [],
        granularity=query.get("requestedGranularity"),
        include=query.get("includeResultsetResponses"),
        pagination=_object(query.get("pagination"), "query.pagination"),
        test=query.get("testMode"),
        api_version=meta.get("apiVersion"),
        schemas=schemas,
    )


def _joined(sent: Any) -> dict[str, Any]:
    """Request parameters: an object, a list of objects, or an object under the name of the entry type."""
    if isinstance(sent, list):
        joined: dict[str, Any] = {}
        for one in sent:
            joined |= _object(one, "query.requestParameters")
        sent = joined
    flat = _object(sent, "query.requestParameters")
    for name in ("g_variant", "g_variants"):
        if isinstance(flat.get(name), dict):
            inner = flat.pop(name)
            flat = flat | inner
    flat.pop("$schema", None)
    return flat


def _checked(
    *,
    parameters: dict[str, Any],
    filters: Any,
    granularity: Any,
    include: Any,
    pagination: Mapping[str, Any],
    test: Any,
    api_version: Any,
    schemas: list[Mapping[str, Any]],
) -> Request:
    if not isinstance(filters, list) or len(filters) > _MOST_FILTERS:
        raise UsageError(f"filters is a list of at most {_MOST_FILTERS}.")
    version = api_version or ""
    if not isinstance(version, str) or (version and not version.lower().lstrip("v").startswith("2")):
        raise UsageError("This Beacon speaks version 2.", mend="Send apiVersion 2.0 to 2.2, or none.")
    limit = _whole(pagination.get("limit"), "limit", DEFAULT_LIMIT, 1 << 31)
    return Request(
        parameters=parameters,
        filters=tuple(_filter(one) for one in filters),
        granularity=_one_of(granularity, GRANULARITIES, "requestedGranularity", "record"),
        include=_one_of(include, INCLUDES, "includeResultsetResponses", "HIT"),
        skip=_whole(pagination.get("skip"), "skip", 0, MAX_SKIP),
        limit=min(limit, MAX_LIMIT) or MAX_LIMIT,
        test=_truth(test),
        api_version=version,
        schemas=tuple(schemas),
    )


def _filter(sent: Any) -> Filter:
    if isinstance(sent, str):
        return Filter(sent)
    one = _object(sent, "a filter")
    value = one.get("value", "")
    if isinstance(value, list):
        value = ",".join(str(part) for part in value)
    if not isinstance(one.get("id"), str) or not one["id"]:
        raise UsageError("A filter has an id.")
    descendants = one.get("includeDescendantTerms", True)
    if not isinstance(descendants, bool):
        raise UsageError("includeDescendantTerms is true or false.")
    return Filter(one["id"], str(value), str(one.get("operator", "=")), str(one.get("scope", "")), descendants)


def _object(sent: Any, what: str) -> dict[str, Any]:
    if sent is None:
        return {}
    if not isinstance(sent, dict):
        raise UsageError(f"{what} is an object.")
    return dict(sent)


def _one_of(sent: Any, known: tuple[str, ...], what: str, otherwise: str) -> str:
    if sent in (None, ""):
        return otherwise
    if sent not in known:
        raise UsageError(f"{what} is one of {', '.join(known)}.")
    return str(sent)


def _whole(sent: Any, what: str, otherwise: int, most: int) -> int:
    if sent in (None, ""):
        return otherwise
    text = str(sent)
    if isinstance(sent, bool) or not text.isascii() or not text.isdigit() or len(text) > 12 or int(text) > most:
        raise UsageError(f"{what} is a whole number from 0 on.")
    return int(text)


def _truth(sent: Any) -> bool:
    if sent in (None, "", False, "false", "0"):
        return False
    if sent in (True, "true", "1"):
        return True
    raise UsageError("testMode is true or false.")
