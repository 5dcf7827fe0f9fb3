"""Where facts come from: each room that knows some registers a provider; `composition` does it once for a process.

A provider looks at what is asked about and returns the facts it can establish, by their names in `Facts`. Two providers
may not both speak of one fact. What nobody provides keeps its default, which allows nothing: while no room knows of
permits, no permit is in force.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from embla.platform import Actor
from embla.policy.model import About, Facts

Provider = Callable[[Connection, Actor, About, datetime], Mapping[str, Any]]

_PROVIDERS: Final[dict[str, Provider]] = {}
_NAMES: Final = frozenset(item.name for item in fields(Facts)) - {"on", "stepped_up", "reason_given", "others_doing"}


def provide(room: str, provider: Provider) -> None:
    """Register the provider of a room; the same again changes nothing, another takes its place."""
    _PROVIDERS[room] = provider


def gather(connection: Connection, actor: Actor, about: About, at: datetime) -> Facts:
    """Everything that the providers establish about actor and subject at this time, in one state of the database."""
    found: dict[str, Any] = {}
    for room, provider in _PROVIDERS.items():
        for name, value in provider(connection, actor, about, at).items():
            if name not in _NAMES or name in found:
                raise ValueError(f"the room {room} may not provide the fact {name}")
            found[name] = value
    return Facts(
        on=at.date(),
        stepped_up=actor.stepped_up_until is not None and at < actor.stepped_up_until,
        reason_given=about.reason,
        others_doing=about.by is not None and about.by != actor.id,
        **found,
    )
