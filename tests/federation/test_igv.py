"""igv.js in Chromium, on a page of another origin, draws reads and variants out of tickets."""

import gzip
import os
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pysam
import pytest

from tests.federation.delivered import Delivered
from tests.federation.test_clients import node

__all__ = ["node"]

LIBRARY = Path(__file__).parents[1] / "data" / "igv" / "igv.min.js.gz"
CHROMIUM = os.environ.get("EMBLA_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
PAGE = """<!doctype html><meta charset="utf-8"><title>igv</title>
<script src="igv.min.js"></script><div id="igv"></div>"""
OPEN = """async ([reads, variants, token]) => {
  const headers = {Authorization: "Bearer " + token};
  const browser = await igv.createBrowser(document.getElementById("igv"), {
    reference: {id: "two", format: "chromsizes", fastaURL: "sizes"}, locus: "chr20:5001-6500",
    tracks: [
      {name: "reads", type: "alignment", sourceType: "htsget", format: "bam", url: reads, headers},
      {name: "variants", type: "variant", sourceType: "htsget", format: "vcf", url: variants, headers},
    ],
  });
  const [first] = browser.findTracks("name", "reads"), [second] = browser.findTracks("name", "variants");
  const seen = await first.featureSource.getAlignments("chr20", 5000, 6500);
  const called = await second.featureSource.getFeatures({chr: "chr20", start: 5031000, end: 5034000});
  const inside = called.filter(v => v.pos > 5031000 && v.pos <= 5034000);
  return [seen.alignments.map(a => a.readName), inside.map(v => v.pos)];
}"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """Another origin with the page and the library."""
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "igv.min.js").write_bytes(gzip.decompress(LIBRARY.read_bytes()))
    (tmp_path / "sizes").write_text("chr20\t64444167\nchr21\t46709983\n")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/index.html"
    server.shutdown()


@pytest.mark.browser
def test_igv__reads_tickets_from_another_origin(delivered: Delivered, node: str, elsewhere: str) -> None:
    if CHROMIUM is None:
        pytest.skip("SKIPPED: igv.js needs Chromium: apt-get install chromium, or set EMBLA_TEST_CHROMIUM")
    from playwright.sync_api import sync_playwright

    token = delivered.tokens["doctor"]
    reads = f"{node}/htsget/reads/{delivered.files['r.bam']}"
    variants = f"{node}/htsget/variants/{delivered.files['v.vcf.gz']}"
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        page = browser.new_page()
        page.goto(elsewhere)
        seen, called = page.evaluate(OPEN, [reads, variants, token])
        browser.close()

    with pysam.AlignmentFile(str(delivered.folder / "r.bam")) as file:
        drawn = {read.query_name for read in file.fetch("chr20", 5_000, 6_500) if not read.is_unmapped}
    with pysam.VariantFile(str(delivered.folder / "v.vcf.gz")) as file:
        wanted = [record.pos for record in file.fetch("chr20", 5_031_000, 5_034_000) if record.pos > 5_031_000]
    assert drawn and drawn <= set(seen) and wanted and called == wanted
