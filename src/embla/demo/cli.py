"""`embla demo`: build the nation once, then serve it."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.callback(invoke_without_command=True)
def demo(
    home: Annotated[Path, typer.Option(help="Folder of the demo's own home.")] = Path("demo-home"),
    people: Annotated[int, typer.Option(help="People in the nation.", min=60, max=5000)] = 300,
    seed: Annotated[int, typer.Option(help="Another seed, another nation.")] = 1,
    host: Annotated[str | None, typer.Option(help="Address to serve on [default: 127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="Port to serve on [default: 8000].")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Build anew, also where a demo home is there.")] = False,
    serve: Annotated[bool, typer.Option(help="Serve it when it is built.")] = True,
) -> None:
    """Build a small synthetic nation and serve it.

    Real sequence of chromosome 21, invented people: five regions' laboratories report their genomes through the real
    submission path, some people opt out, and a release is cut. Then it is served on http://127.0.0.1:8000 until
    Ctrl-C. The second time it is only served.
    """
    from embla.demo.nation import build_nation
    from embla.platform import check_port, read_settings

    settings = read_settings(home=home, demo=True, host=host, port=port)
    if serve:
        check_port(settings)
    build_nation(settings, people=people, seed=seed, fresh=fresh, say=typer.echo)
    if serve:
        from embla.app import serve as serve_app

        settings = read_settings(home=home, demo=True, host=host, port=port)
        typer.echo(f"\nServing on http://{settings.host}:{settings.port} until Ctrl-C.")
        serve_app(settings)
