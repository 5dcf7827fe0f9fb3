"""A browser on the real application: Debian's Chromium through Playwright. Without it the tests skip, and say so."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from embla.app import create_app
from tests.web.nation import WebNation, shared

CHROMIUM = os.environ.get("EMBLA_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here drives a browser; those of other folders are left alone."""
    for item in items:
        if "journeys" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def web(tmp_path_factory: pytest.TempPathFactory) -> WebNation:
    """The nation behind the pages."""
    return shared(tmp_path_factory)


@contextmanager
def serving(nation: WebNation) -> Iterator[str]:
    """A server of this nation on loopback: its address."""
    import uvicorn

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_app(nation.house.settings, nation.house)
    config = uvicorn.Config(app, port=port, log_level="error", access_log=False, log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    waited = 0.0
    while not server.started and waited < 20:
        time.sleep(0.05)
        waited += 0.05
    assert server.started, "the server did not start"
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="session")
def base(web: WebNation) -> Iterator[str]:
    """The address of a server on loopback."""
    with serving(web) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One Chromium for all tests of this worker."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="SKIPPED: browser journeys need playwright (pip)")
    if CHROMIUM is None:
        pytest.skip("SKIPPED: browser journeys need Chromium: apt-get install chromium, or set EMBLA_TEST_CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        # No sandbox: tests may run as root in a container. No download of browsers.
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--force-prefers-reduced-motion"]
        )
        yield browser
        browser.close()


@dataclass
class Visit:
    """A browser window, and what went wrong in it."""

    page: Any
    base: str
    scheme: str = "light"
    faults: list[str] = field(default_factory=list)

    def go(self, path: str) -> Any:
        """Open a page and wait until it has loaded, scripts too."""
        return self.page.goto(self.base + path)

    def sign_in(self, account: str, after: str = "/") -> None:
        """Choose an account of the demo."""
        self.go(f"/login?next={after}")
        self.page.check(f"input[value='{account}']")
        self.page.click("main button[type=submit]")
        self.page.wait_for_load_state("load")


Open = Callable[..., Visit]


@pytest.fixture
def visit(chromium: Any, base: str) -> Iterator[Open]:
    """A function that opens a window; whatever the console complains about or asks of other hosts is a fault."""
    contexts = []

    def open_window(*, scheme: str = "light", language: str = "en", width: int = 1280, js: bool = True) -> Visit:
        context = chromium.new_context(
            color_scheme=scheme,
            # No colour is looked at while it fades into another.
            reduced_motion="reduce",
            locale="da-DK" if language == "da" else "en-GB",
            viewport={"width": width, "height": 900},
            java_script_enabled=js,
        )
        contexts.append(context)
        made = Visit(context.new_page(), base, scheme)
        page = made.page
        page.set_default_timeout(15_000)
        page.on(
            "console", lambda m: made.faults.append(f"console: {m.text}") if m.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: made.faults.append(f"script: {error}"))
        page.on("request", lambda r: None if r.url.startswith(made.base) else made.faults.append(f"outside: {r.url}"))
        page.on("response", lambda r: made.faults.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
        return made

    yield open_window
    for context in contexts:
        context.close()
