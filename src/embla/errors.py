"""One tree of errors. Each says what, where and how to mend it, and carries its facts as attributes.

EmblaError
├── UsageError            the command or call makes no sense (exit 2, HTTP 400)
├── BadInput              a file or text cannot be what it says (exit 1, HTTP 422)
│   └── UnknownContig     a contig the assembly does not have
├── Refused               understood, and not allowed by a rule (exit 1, HTTP 409)
│   ├── NameTaken         other content under a name that exists
│   └── NotPermitted      `policy` said no (HTTP 403); `rule` names why
├── NotFound              no such thing (exit 1, HTTP 404)
├── Conflict              somebody else changed it first; try again (exit 1, HTTP 409)
├── Broken                what is stored does not match its hash or format (exit 1, HTTP 500)
│   └── WrongFormat       a format version this program does not read; says which command upgrades
├── Unavailable           storage or database is down; absence is never reported as this (exit 1, HTTP 503)
└── MissingPackage        an optional dependency is not installed (exit 1)
"""


class EmblaError(Exception):
    """Base of all. `mend` says what the reader can do about it; no person, name or genotype in any part."""

    def __init__(self, message: str, *, mend: str = "", **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.message} {self.mend}".rstrip()


class UsageError(EmblaError):
    """The command or call makes no sense."""


class BadInput(EmblaError):
    """A file or text cannot be what it says. `path` and `line` (1-based) or `place` (`chr1:1000`) say where."""

    def __init__(
        self, message: str, *, path: str = "", line: int = 0, place: str = "", mend: str = "", **facts: object
    ) -> None:
        super().__init__(message, mend=mend, **facts)
        self.path = path
        self.line = line
        self.place = place

    def __str__(self) -> str:
        where = self.path
        if self.line:
            where += f" line {self.line}" if where else f"line {self.line}"
        if self.place:
            where += f" ({self.place})" if where else self.place
        text = f"{where}: {self.message}" if where else self.message
        return f"{text} {self.mend}".rstrip()


class UnknownContig(BadInput):
    """A contig the assembly does not have."""


class Refused(EmblaError):
    """Understood, and not allowed by a rule."""


class NameTaken(Refused):
    """Other content under a name that exists."""


class NotPermitted(Refused):
    """`policy` said no; `rule` names the row that did."""

    def __init__(self, message: str, *, rule: str, mend: str = "", **facts: object) -> None:
        super().__init__(message, mend=mend, **facts)
        self.rule = rule


class NotFound(EmblaError):
    """No such thing."""


class Conflict(EmblaError):
    """Somebody else changed it first; read again and retry."""


class Broken(EmblaError):
    """What is stored does not match its hash or its format."""


class WrongFormat(Broken):
    """A format version this program does not read."""


class Unavailable(EmblaError):
    """Storage or database is down. Absence is `NotFound`, never this."""


class MissingPackage(EmblaError):
    """An optional dependency is not installed."""
