"""Settings: one frozen class. A default, then settings.toml in the home, then EMBLA_... in the environment; last wins.

Built once at an edge (`cli.py`, `app.py`) and passed down; nothing reads the environment on import.
"""

import os
import tomllib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from embla.errors import BadInput, UsageError
from embla.platform.language import is_zone

PREFIX = "EMBLA_"
FILE_NAME = "settings.toml"

# Read by the command line, by bare stores and by tests, not settings of the database itself.
NOT_SETTINGS = ("EMBLA_DEBUG", "EMBLA_STORE_", "EMBLA_TEST_", "EMBLA_TOKEN")

# What `files_copy` says when backups themselves copy the kept files.
IN_REPOSITORY = "repository"

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def setting(
    default: Any, meaning: str, *, low: int | None = None, high: int | None = None, secret: bool = False
) -> Any:
    """One field of Settings: its default and its meaning in one line; `low`..`high` bound a number, both included.

    A `secret` is never shown by repr, nor by `embla home show`.
    """
    metadata = {"meaning": meaning, "low": low, "high": high, "secret": secret}
    if callable(default):
        return field(default_factory=default, repr=not secret, metadata=metadata)
    return field(default=default, repr=not secret, metadata=metadata)


def default_home() -> Path:
    """The user's data folder, as the XDG base directory specification 0.8 places it."""
    data = os.environ.get("XDG_DATA_HOME", "")
    # XDG: a relative path is invalid and must be ignored.
    base = Path(data) if data.startswith("/") else Path.home() / ".local" / "share"
    return base / "embla"


@dataclass(frozen=True, slots=True)
class Settings:
    """How this Embla is set up. Each field is EMBLA_<NAME> in the environment and <name> in settings.toml."""

    home: Path = setting(default_home, "Folder that holds database, keys, stored files and settings.toml.")
    database_url: str = setting("", "SQLAlchemy URL of the database; empty means SQLite in the home.", secret=True)
    database_password_file: Path | None = setting(
        None, "File with the database's password, read again for each new connection, so that it may change."
    )
    demo: bool = setting(False, "Demo: people sign in by choosing a role, and every page says that the data are made.")
    secret: str = setting(
        "", "Key that signs sessions, 32 characters or more; empty means one made once in the home.", secret=True
    )
    host: str = setting("127.0.0.1", "Address to serve on.")
    port: int = setting(8000, "Port to serve on.", low=1, high=65535)
    language: str = setting("en", "Language of pages for a reader whose browser asks for none we have: en or da.")
    time_zone: str = setting(
        "Europe/Copenhagen", "Zone of the times on pages and papers, as IANA names it; JSON and tables stay in UTC."
    )
    log_level: str = setting("info", "Least level that is logged: debug, info, warning or error.")
    reference: Path | None = setting(None, "FASTA of the assembly; empty means the one that the home or the demo has.")
    genes: Path | None = setting(None, "GFF3 of genes and transcripts; empty means the one of the home or the demo.")
    transcripts: Path | None = setting(
        None,
        "Transcripts as cdot JSON, for c. and p. names; empty means the file of the home or the demo, if any.",
    )
    equivalences: Path | None = setting(
        None, "Table with a g. name of GRCh37 and one of GRCh38 on each line; empty means the one of the home, if any."
    )
    chain: Path | None = setting(None, "Chain file from GRCh37 to GRCh38; empty means the one of the home, if any.")
    kept_places: Path | None = setting(
        None, "BED of places, beside the carried ones, of which packs keep every line: for newer definitions."
    )
    rs_numbers: Path | None = setting(None, "VCF or table of rs numbers; empty means the one of the home, if any.")
    metrics_token: str = setting(
        "", "Token that a monitoring system elsewhere reads /metrics with; empty: this machine only.", secret=True
    )
    files_at: str = setting(
        "",
        "Where files as sent lie, encrypted: a folder or s3://bucket/prefix; empty means files/ in the home.",
    )
    files_endpoint: str = setting("", "Address of the bucket's server; empty means Amazon's.")
    files_copy: str = setting(
        "",
        "Where else files as sent lie when they lie outside the home: `repository` (backups copy them), or the folder "
        "or s3://bucket/prefix that something else copies them to; empty means nowhere.",
    )
    lapsed_accreditation: str = setting(
        "warn", "What becomes of a package of a laboratory whose accreditation has lapsed: warn, or refuse."
    )
    suppress_below: int = setting(5, "Published counts of carriers from 1 to one below this are shown as '<n'.", low=1)
    refund_unit: str = setting("genomes", "What regions are refunded for: genomes, or equivalents.")
    release_step: int = setting(
        20, "People who must have come, and who must have left, before published numbers change; 1 is no bound.", low=1
    )
    leaver_days: int = setting(
        183, "Days after which a person who left is out of the open numbers, or those are withheld.", low=1
    )
    public_url: str = setting("", "Address that readers use, https://...; needed to serve beyond this machine.")
    oidc_issuer: str = setting("", "OpenID Connect provider that people sign in with, as its issuer; empty for none.")
    oidc_client_id: str = setting("", "What that provider calls this installation.")
    oidc_client_secret: str = setting("", "The secret it gave out; empty for a public client.", secret=True)
    oidc_claim: str = setting("sub", "Claim of the provider that holds the account's name.")
    oidc_acr: str = setting("", "Level of assurance (acr) of every sign-in; a weaker one is refused; empty for any.")
    step_up_minutes: int = setting(
        10, "Minutes that a fresh sign-in opens exports and emergency access.", low=1, high=60
    )
    anonymous_per_minute: int = setting(
        60, "Requests a minute of one address that is not signed in; 0 means as for all.", low=0
    )
    heavy_at_once: int = setting(
        10,
        "Lists, batches and live counts that are answered at once; ten times as many wait, more are sent away.",
        low=1,
    )
    requests_per_minute: int = setting(300, "Requests that one client may make a minute; 0 means no bound.", low=0)
    body_limit: int = setting(1 << 20, "Largest request in bytes, but for files that laboratories send.", low=1024)
    keys_command: str = setting(
        "",
        "Command that prints the key that opens the key files, from a key server; empty: they are not sealed.",
        secret=True,
    )
    scan_command: str = setting(
        "", "Command that looks at each file sent, its path added: exit 0 clean, 1 harmful, other: not taken."
    )
    upload_limit: int = setting(8 << 30, "Largest file in bytes that a laboratory may send in one request.", low=1024)

    checkpoint_copies: str = setting(
        "", "Folders on other machines that get each signed checkpoint of the log too; several are separated by ':'."
    )
    log_collector: str = setting(
        "", "Machine that the log is sent to, syslog over TLS, as host or host:6514; empty for none."
    )
    log_collector_ca: Path | None = setting(
        None, "Certificates that the collector's is believed by; empty means those of the system."
    )
    identity_url: str = setting(
        "", "SQLAlchemy URL of the identity zone's own database; empty means SQLite in the home.", secret=True
    )
    identity_password_file: Path | None = setting(None, "The same for the identity zone's database.")
    opt_out_source: str = setting("", "Opt-out register: the path of its file, or its https address; empty for none.")
    consent_source: str = setting("", "Register of electronic consents: a file, or an https address; empty for none.")
    source_token: str = setting("", "Token that is shown to the registers outside.", secret=True)
    source_certificate: Path | None = setting(
        None,
        "PEM file with the certificate and key by which this machine proves itself to the registers outside.",
    )
    opt_out_hours: int = setting(24, "Hours after which what the opt-out register said is too old for research.", low=1)
    residency: str = setting("DK", "Countries that data about single persons may lie in, as DK or DK,NO.")
    query_budget: int = setting(
        50,
        "What one account may learn of single people from Beacon, in thousandths (docs/federation.md); 0: no bound.",
        low=0,
    )
    query_budget_open: int = setting(
        100, "The same for all who ask without signing in, together; 0 bounds nothing.", low=0
    )
    query_budget_days: int = setting(30, "Days after which what was spent of these budgets comes back.", low=1)
    node_id: str = setting("dk.embla", "What this node is called among others, as a reversed domain name.")
    node_name: str = setting("Embla", "Name of this node for people.")
    node_organisation: str = setting("Embla", "Organisation that runs this node, as its services tell.")
    node_url: str = setting("https://example.org/", "Page of that organisation.")
    node_peers: str = setting(
        "", "Beacons of other nodes that are asked beside this one: https addresses of their mounts, with commas."
    )
    node_peer_seconds: int = setting(5, "Seconds that the other nodes have to answer.", low=1, high=60)
    node_contact: str = setting("", "How it is reached: mailto:... or https://...; empty for none.")
    node_hdab: str = setting(
        "", "Health data access body that grants access to this node's data; empty means the organisation itself."
    )
    officer_contact: str = setting(
        "", "How the data protection officer is reached, as people read it: an address, a page, a telephone number."
    )
    opt_out_page: str = setting(
        "https://www.sundhed.dk", "Where people note that their data serve their own care only, as /privacy tells them."
    )
    emergency_hours: int = setting(4, "Hours that an emergency access to one person lasts.", low=1, high=72)
    emergency_review_hours: int = setting(24, "Hours after which an emergency access must be reviewed.", low=1)
    extract_staff: str = setting("role", "How a person's extract of the log tells staff: by role or by account.")

    def __post_init__(self) -> None:
        _choice(self, "language", ("en", "da"))
        _choice(self, "lapsed_accreditation", ("warn", "refuse"))
        _choice(self, "refund_unit", ("genomes", "equivalents"))
        _choice(self, "extract_staff", ("role", "account"))
        if not is_zone(self.time_zone):
            raise UsageError(f"No time zone is called {self.time_zone[:40]!r}.", mend="Write it as Europe/Copenhagen.")
        _choice(self, "log_level", ("debug", "info", "warning", "error"))
        if self.secret and len(self.secret) < 32:
            raise UsageError("EMBLA_SECRET is too short to sign with:", mend="give 32 characters or more, or none.")

    @property
    def file(self) -> Path:
        """Where `settings.toml` is looked for."""
        return self.home / FILE_NAME


def read_settings(
    environ: Mapping[str, str] | None = None, *, warn: Callable[[str], None] = warnings.warn, **given: Any
) -> Settings:
    """Settings from the home's settings.toml and the environment; `given` (say, from command options) beat both.

    Unknown keys in the file are an error (BadInput with path); an unknown EMBLA_... variable is told to `warn`, since
    the environment may serve another program or version. A value that does not fit raises UsageError or BadInput.
    """
    environ = os.environ if environ is None else environ
    known = {item.name: item for item in fields(Settings)}
    from_environment: dict[str, Any] = {}
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name.startswith(NOT_SETTINGS):
            continue
        key = name[len(PREFIX) :].lower()
        if key not in known:
            warn(f"Unknown setting {name} in the environment{_nearest(key, known, PREFIX)}; it has no effect.")
        elif environ[name] != "":
            from_environment[key] = _parsed(known[key], environ[name], where=name)
    unknown = [key for key in given if key not in known]
    if unknown:
        raise UsageError(f"No setting is called {unknown[0]!r}.", mend=f"Known: {', '.join(known)}.")
    chosen = {key: value for key, value in given.items() if value is not None}
    home = chosen.get("home", from_environment.get("home"))
    file = Path(str(home) if home is not None else default_home()).expanduser() / FILE_NAME
    values = {**_from_file(file, known), **from_environment, **chosen}
    for key, kind in get_type_hints(Settings).items():
        if kind in (Path, Path | None) and values.get(key) is not None:
            values[key] = Path(values[key]).expanduser()
    return Settings(**values)


def _from_file(path: Path, known: Mapping[str, "Field[Any]"]) -> dict[str, Any]:
    try:
        text = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}.", path=str(path)) from error
    try:
        table = tomllib.loads(text.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"is not TOML: {error}.", path=str(path), mend="Each line is `name = value`.") from error
    values = {}
    for key, value in table.items():
        if key not in known:
            raise BadInput(
                f"no setting is called {key!r}{_nearest(key, known, '')}.",
                path=str(path),
                mend="docs/settings.md lists them all.",
            )
        if key == "home":
            raise BadInput(
                "'home' cannot be set by a file inside the home.", path=str(path), mend="Set EMBLA_HOME instead."
            )
        values[key] = _parsed(known[key], value, where=key, path=path)
    return values


def _parsed(item: "Field[Any]", value: Any, *, where: str, path: Path | None = None) -> Any:
    """`value` (text, or what TOML gave) as the type of the field."""
    kind = get_type_hints(Settings)[item.name]
    try:
        if kind is bool:
            return _truth(value)
        if kind is int:
            return _number(value, item.metadata["low"], item.metadata["high"])
        if not isinstance(value, str):
            raise ValueError("must be text in quotes")
        return Path(value) if kind in (Path, Path | None) else value
    except ValueError as error:
        # The value itself is left out: it may be a secret put in the wrong place.
        if path is not None:
            raise BadInput(f"{where} {error}.", path=str(path)) from None
        raise UsageError(f"{where} in the environment {error}.") from None


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in TRUE | FALSE:
        return value.lower() in TRUE
    raise ValueError("must be true or false")


def _number(value: Any, low: int | None, high: int | None) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("must be a whole number")
    try:
        number = int(value)
    except ValueError:
        raise ValueError("must be a whole number") from None
    if (low is not None and number < low) or (high is not None and number > high):
        bounds = f"from {low} to {high}" if high is not None else f"{low} or more"
        raise ValueError(f"must be {bounds}")
    return number


def _choice(settings: Settings, name: str, choices: tuple[str, ...]) -> None:
    if getattr(settings, name) not in choices:
        raise UsageError(f"The setting {name} must be one of {', '.join(choices)}.")


def _nearest(key: str, known: Mapping[str, object], prefix: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key.lower(), known, n=1)
    if not near:
        return ""
    return f" (did you mean {(prefix + near[0]).upper() if prefix else near[0]}?)"
