"""The command line `embla`: puts the rooms' commands together and turns errors into sentences.

Only the room that is asked for is imported, so that help starts at once: `embla store --help` loads the command line of
`genotypes` and nothing of its NumPy. A room that is not built is not listed.
"""

import os
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

# Plain help: half the start-up time, and it reads well in a log, in a pipe and through a screen reader.
os.environ.setdefault("TYPER_USE_RICH", "0")

import typer

from embla.errors import EmblaError, UsageError
from embla.platform import Settings, language_of, read_settings, translator

if TYPE_CHECKING:
    from embla.platform import House

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]

MAX_LINES, MAX_WIDTH = 8, 400


@dataclass(frozen=True)
class Mounted:
    """A room's commands under one word; `module` exports a typer.Typer under the name `app`."""

    word: str
    module: str
    help: str
    app: str = "app"

    @property
    def exists(self) -> bool:
        return Path(__file__).parent.joinpath(*self.module.split(".")[1:]).with_suffix(".py").exists()


ROOMS = (
    Mounted("store", "embla.genotypes.cli", "Keep genomes in a bare store, and count them exactly."),
    Mounted("simulate", "embla.simulation.cli", "Make a seeded synthetic nation, and its exact truth."),
    Mounted("submission", "embla.submission.cli", "Report a laboratory's genomes, and follow them."),
    Mounted("frequency", "embla.frequency.cli", "The nation's allele frequencies, and their releases."),
    Mounted("identity", "embla.identity.cli", "Who is who: CPR numbers and names, in a zone of their own."),
    Mounted("registry", "embla.registry.cli", "Regions, laboratories, persons, genomes, opt-outs."),
    Mounted("variant", "embla.reference.cli", "Any spelling of a variant, and the one allele it names."),
    Mounted("pgx", "embla.pgx.cli", "Star alleles, phenotypes and drug advice from a genome's file."),
    Mounted("acmg", "embla.classification.cli", "The ACMG/AMP rules: from criteria to a class.", "acmg"),
    Mounted("classification", "embla.classification.cli", "What laboratories concluded about variants."),
    Mounted("panel", "embla.classification.panel_cli", "Gene panels as contracts between laboratories."),
    Mounted("dataset", "embla.datasets.cli", "Data sets of the catalogue: drafted, published, withdrawn."),
    Mounted("node", "embla.federation.cli", "This node as other countries' programs see it."),
    Mounted("answers", "embla.answers.cli", "What was answered, and what new knowledge asks of those who treat."),
    Mounted("care", "embla.care.cli", "A patient's kept files for those who treat."),
    Mounted("delivery", "embla.federation.delivery.cli", "Seal a person's data for a registered secure environment."),
    Mounted("dpo", "embla.oversight.cli", "Who saw what of a person; alerts, emergency reviews, incidents."),
    Mounted("board", "embla.governance.cli", "The board's view: targets, money, refunds, decisions."),
    Mounted("home", "embla.platform.cli", "The home of this Embla: its database and accounts."),
    Mounted("log", "embla.platform.log_cli", "The event log: show it, sign it, give it to an auditor."),
    Mounted("vault", "embla.vault.cli", "Files as laboratories sent them, encrypted at rest."),
    Mounted("keys", "embla.platform.keys_cli", "The keys that sign what Embla says."),
    Mounted("demo", "embla.demo.cli", "Build a small synthetic nation and serve it."),
    Mounted("doctor", "embla.operations.cli", "Look at everything that can go wrong unnoticed.", "doctor"),
    Mounted("backup", "embla.operations.cli", "Copies of this home, and the proof that they come back.", "backup"),
    Mounted("restore", "embla.operations.cli", "Bring a home back from a backup.", "restore"),
    Mounted("upgrade", "embla.operations.cli", "Bring the home to this version, or try it first.", "upgrade"),
)

# Sentences of errors that are told in another language.
RETOLD = (
    "embla.platform.retold", "embla.policy.retold", "embla.submission.retold", "embla.operations.retold",
    "embla.classification.retold", "embla.pgx.retold", "embla.answers.retold", "embla.governance.retold",
    "embla.frequency.pages.retold",
)  # fmt: skip

# What is signed, by kind: the face, and the function of it that checks the rest and tells it (`platform.Tell`).
SIGNED = {
    "checkpoint": ("embla.platform", "tell_checkpoint"),
    "log-proof": ("embla.platform", "tell_proof"),
    "release-file": ("embla.frequency", "tell_release_file"),
    "research-freeze": ("embla.frequency", "tell_research_freeze"),
    "pgx-passport": ("embla.pgx", "tell_passport"),
    "pgx-card": ("embla.pgx", "tell_passport"),
    "revocations": ("embla.platform", "tell_revocations"),
    "erasure-certificate": ("embla.registry", "tell_certificate"),
    "deposit-certificate": ("embla.submission", "tell_deposit"),
}


def _version(asked: bool) -> None:
    if asked:
        from embla import __version__

        typer.echo(f"embla {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Embla, an open national genome database.

    Laboratories report genomes; every genome is kept and counted; those who may can see how often a variant occurs in
    the nation. Answers go to standard output, everything else to standard error. Exit codes: 0 done, 1 refused or not
    equal, 2 wrong use.
    """


def _serve(
    host: Annotated[str | None, typer.Option(help="Address to serve on [default: 127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="Port to serve on [default: 8000].")] = None,
    home: Annotated[Path | None, typer.Option(help="Home to serve from [default: EMBLA_HOME].")] = None,
) -> None:
    """Serve pages and API from the home until Ctrl-C."""
    serve = import_module("embla.app").serve

    serve(settings_for_command(host=host, port=port, home=home))


def _warm(json: Json = False) -> None:
    """Compile the fast paths ahead of the first command.

    What is compiled stays on disk; without this the first command that needs it waits up to half a minute. `make` does
    it at set-up. Says on standard error what it is at, and how long each part took.
    """
    import json as json_

    parts: dict[str, float] = {}

    def told(part: str, seconds: float) -> None:
        parts[part] = round(seconds, 2)
        print(f"{part}: {seconds:.1f} s", file=sys.stderr)

    start = time.monotonic()
    import_module("embla.genotypes").warm(told)
    whole = time.monotonic() - start
    if json:
        typer.echo(json_.dumps({"seconds": round(whole, 2), "parts": parts}))
    else:
        typer.echo(f"The fast paths are compiled and kept on disk ({whole:.1f} s).")


def _verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A signed file, or a log from `embla log export`.")],
    key: Annotated[
        Path | None,
        typer.Option(metavar="KEYS", help="Public keys, from `embla keys export` [default: those of the home]."),
    ] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="For a log: checkpoints kept in a second place; may be repeated."),
    ] = None,
    revoked: Annotated[
        Path | None,
        typer.Option(metavar="LIST", help="Signed list of revoked documents [default: the home's newest]."),
    ] = None,
    json: Json = False,
) -> None:
    """Check a signed file or an exported log, offline, with nothing but the public keys, and say what it says.

    Exit code 0: whole and signed by one of the keys. 1: not so; the first fault is named, in a log with the first wrong
    entry and its kind: edited, deleted, reordered, inserted, cut, forked, rewritten, unsigned, forged. A tail cut off
    together with its checkpoints, and a fork, only a checkpoint from a second place can tell.
    """
    import json as json_

    platform = import_module("embla.platform")
    keys = platform.read_public_keys(key) if key is not None else _keys_of_home()
    if platform.is_exported_log(file):
        found = platform.audit_file(file, keys, checkpoint or ())
        typer.echo(json_.dumps(found.to_json()) if json else found.sentence())
        return
    gone = _revocations(revoked, keys, of_home=key is None)
    if checkpoint:
        raise UsageError("--checkpoint goes with an exported log.", mend="embla log export -o FILE makes one.")
    for found in platform.verify_envelopes(file, keys, _kinds()):
        unsaid = "Whether it was revoked is not known: give the newest list with --revoked."
        state = gone.check(found.says) if gone else unsaid if "revocable" in found.says else ""
        if json:
            told = found.to_json() | ({"revocation": state} if state else {})
            typer.echo(json_.dumps(told, ensure_ascii=False))
            continue
        typer.echo(f"{found.kind}, signed {found.signed_at} by key {found.key} (version {found.key_version}): good")
        sentences = found.told if found.known else [json_.dumps(found.says, ensure_ascii=False)]
        for sentence in (*sentences, *([state] if state else [])):
            typer.echo(f"  {_printable(sentence)}")


def _keys_of_home() -> Any:
    """The public keys that the home itself keeps."""
    home = settings_for_command().home
    if not home.exists():
        raise UsageError("There is no home here to take public keys from.", mend="Give them with --key.")
    return import_module("embla.platform").Keyring.of_home(home).public


def _revocations(path: Path | None, keys: Any, *, of_home: bool) -> Any:
    """The list of revoked documents that was given, or that the home itself keeps; None where there is none."""
    platform = import_module("embla.platform")
    if path is None and of_home:
        path = settings_for_command().home / platform.REVOKED_FILE
        path = path if path.exists() else None
    return None if path is None else platform.read_revocations(path, keys)


def _kinds() -> dict[str, Any]:
    """The functions of SIGNED; a room is imported when one of its kinds comes up."""

    def later(room: str, name: str) -> Any:
        return lambda envelope, path: getattr(import_module(room), name)(envelope, path)

    return {kind: later(room, name) for kind, (room, name) in SIGNED.items()}


def _settings(json: Json = False) -> None:
    """Show each setting: its value now, and what it means. Secrets are not shown."""
    import json as json_
    from dataclasses import fields

    settings = settings_for_command()
    for item in fields(settings):
        value = getattr(settings, item.name)
        shown = ("(set)" if value else "") if item.metadata["secret"] else value
        if json:
            plain = str(shown) if isinstance(shown, Path) else shown
            line = {"name": item.name, "value": plain, "meaning": item.metadata["meaning"]}
            typer.echo(json_.dumps(line, ensure_ascii=False))
        else:
            typer.echo(f"{item.name} = {'' if shown is None else shown}\n    {item.metadata['meaning']}")


def settings_for_command(**given: Any) -> Settings:
    """Settings as a command sees them: options first, then environment, then the home's file; warnings to stderr."""
    return read_settings(warn=warn, **given)


def open_house(*, create: bool = True, **given: Any) -> "House":
    """The home of this command, open. A room's command, which may not import an edge, gets this as `context.obj`:

    def list_(context: typer.Context) -> None:
        house = context.obj()          # settings may be given: context.obj(home=path)
    """
    from embla.composition import open_home

    return open_home(settings_for_command(**given), create=create)


def _behind_its_gate(words: Sequence[str]) -> Any:
    """`open_house` for one command line: a command that does not ask policy itself is asked about here, and logged."""

    def opened(**given: Any) -> "House":
        from embla.gates import command_of
        from embla.platform import OPERATOR
        from embla.policy import permit

        house = open_house(**given)
        gate = command_of(words)
        if gate.action is not None and not gate.asks:
            permit(house.database, OPERATOR, gate.action, purpose=gate.purpose, clock=house.clock)
        return house

    return opened


def warn(message: object) -> None:
    """One warning line on stderr."""
    print(f"embla: warning: {_printable(str(message))}", file=sys.stderr)


def build(words: Sequence[str] = (), *, everything: bool = False) -> Any:
    """The command tree, as the click-like object that Typer makes.

    Only the room whose word comes first in `words` is imported; the others stand there with their help alone, unless
    `everything` is wanted (the reference page, the catalogues, shell completion).
    """
    root = typer.Typer(pretty_exceptions_enable=False, no_args_is_help=True, rich_markup_mode=None)
    root.callback()(_root)
    root.command("settings")(_settings)
    root.command("verify")(_verify)
    if Path(__file__).with_name("app.py").exists():
        root.command("serve")(_serve)
    if ROOMS[0].exists:
        root.command("warm")(_warm)
    rooms = [room for room in ROOMS if room.exists]
    for room in rooms:
        root.add_typer(_signpost(room), name=room.word, help=room.help)
    tree = typer.main.get_command(root)
    first = next((word for word in words if not word.startswith("-")), "")
    for room in rooms:
        if everything or room.word == first:
            command = typer.main.get_command(getattr(import_module(room.module), room.app))
            command.name = room.word
            tree.commands[room.word] = command  # type: ignore[attr-defined]
    _plain(tree)
    tree.commands = _in_order(tree.commands, rooms)  # type: ignore[attr-defined]
    return tree


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit code. Never a traceback for an EmblaError."""
    if (language := language_of()) == "en":
        return _run(arguments, language)
    from embla.platform import speaking

    with speaking(language):
        return _run(arguments, language)


def _run(arguments: Sequence[str], language: str) -> int:
    warnings.showwarning = lambda message, *_, **__: warn(message)
    completing = any(name.startswith("_") and name.endswith("EMBLA_COMPLETE") for name in os.environ)
    try:
        tree = build(arguments, everything=completing)
        if language != "en":
            from embla.platform import translate_help

            translate_help(tree, language)
        code = tree.main(
            args=list(arguments), prog_name="embla", standalone_mode=False, obj=_behind_its_gate(arguments)
        )
        sys.stdout.flush()
    except EmblaError as error:
        _tell(error, as_json="--json" in arguments)
        return 2 if isinstance(error, UsageError) else 1
    except BrokenPipeError:
        # The reader (`| head`) has gone: leave quietly, as a Unix tool killed by SIGPIPE does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        return 130
    except typer.Abort as error:
        if isinstance(error.__cause__, EOFError):  # typer takes one from within for a user who went away
            return _defect(error.__cause__, as_json="--json" in arguments)
        return 130 if isinstance(error.__cause__, KeyboardInterrupt) else 1
    except Exception as error:
        if hasattr(error, "format_message") and hasattr(error, "exit_code"):
            return _wrong_use(error)
        return _defect(error, as_json="--json" in arguments)
    return code if isinstance(code, int) else 0


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))


def _signpost(room: Mounted) -> typer.Typer:
    """An empty group: enough for the list of commands."""
    post = typer.Typer()
    post.callback()(lambda: None)
    return post


def _in_order(commands: dict[str, Any], rooms: Sequence[Mounted]) -> dict[str, Any]:
    """Rooms first, in the order of the list above; then the few commands of the house itself."""
    words = [room.word for room in rooms]
    return {word: commands[word] for word in words} | commands


def _plain(tree: Any) -> None:
    """Help without boxes throughout, and shell completion once, at the root: a room built alone brings both again."""
    tree.rich_markup_mode = None
    for child in getattr(tree, "commands", {}).values():
        child.params = [item for item in child.params if item.name not in ("install_completion", "show_completion")]
        _plain(child)


def _tell(error: EmblaError, *, as_json: bool, kind: str = "") -> None:
    """What, where, how to mend: at most eight lines on stderr, or one JSON object where JSON was asked for."""
    if as_json:
        import json

        told = {"error": kind or type(error).__name__, "message": str(error), "mend": error.mend, **error.facts}
        told |= {name: value for name, value in vars(error).items() if name not in ("message", "mend", "facts")}
        print(json.dumps(told, ensure_ascii=False, default=str), file=sys.stderr)
        return
    lines = [_printable(line) for line in _in_words(error).splitlines()] or [type(error).__name__]
    if len(lines) > MAX_LINES:
        lines = [*lines[: MAX_LINES - 1], f"... and {len(lines) - MAX_LINES + 1} lines more"]
    print(f"embla: {_label()}: " + "\n".join(lines), file=sys.stderr)


def _wrong_use(error: Any) -> int:
    """A usage error that Typer found: which option, and what was expected. Without any words: the help."""
    context = getattr(error, "ctx", None)
    if context is not None and type(error).__name__ == "NoArgsIsHelpError":
        print(context.get_help())
        return 2
    print(f"embla: {_label()}: {_printable(error.format_message())}", file=sys.stderr)
    if context is not None:
        print(f"{context.get_usage()} ({context.command_path} --help)", file=sys.stderr)
    return int(error.exit_code)


def _in_words(error: EmblaError) -> str:
    """What `str` says, in the terminal's language where rooms have shapes for the sentences."""
    if language_of() == "en":
        return str(error)
    from embla.platform import retold

    shapes = [shape for name in RETOLD for shape in import_module(name).SHAPES]
    where = str(error).removesuffix(f"{error.message} {error.mend}".rstrip())
    return f"{where}{retold(error.message, shapes)} {retold(error.mend, shapes)}".rstrip()


def _label() -> str:
    return translator(language_of()).gettext("error")


def _defect(error: Exception, *, as_json: bool) -> int:
    """Something nobody foresaw. Its text stays out: it may quote a person's data."""
    if os.environ.get("EMBLA_DEBUG") == "1":
        import traceback

        traceback.print_exc()
        return 1
    if isinstance(error, OSError) and error.strerror:
        what = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
        _tell(EmblaError(f"{what}.", errno=error.errno), as_json=as_json, kind=type(error).__name__)
        return 1
    where = ""
    frame = error.__traceback__
    while frame is not None:
        path = Path(frame.tb_frame.f_code.co_filename)
        # The last of our own lines on the way down says more than where Python or a library gave up.
        if path.is_relative_to(Path(__file__).parent):
            where = f" at {path.relative_to(Path(__file__).parent)}:{frame.tb_lineno}"
        frame = frame.tb_next
    sentence = f"a defect in Embla: {type(error).__name__}{where}."
    mend = "Please report it, with what EMBLA_DEBUG=1 shows once no person's data is in it."
    if as_json:
        _tell(EmblaError(sentence, mend=mend), as_json=True, kind=type(error).__name__)
    else:
        print(f"embla: {sentence} {mend}", file=sys.stderr)
    return 1


def _printable(line: str) -> str:
    """Keep what a file says from steering the terminal, and from filling it."""
    clean = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)
    return clean if len(clean) <= MAX_WIDTH else clean[: MAX_WIDTH - 3] + "..."
