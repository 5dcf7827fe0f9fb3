"""A scanner looks at every file before anything is kept: found is refused, not known is not taken."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from embla.errors import Unavailable, UsageError
from embla.platform import OPERATOR, House
from embla.submission import PackageRefused, receive
from embla.submission.package import open_package
from embla.submission.scan import scan
from tests.support.laboratory import make_single, manifest, person, write_manifest

# The text that every scanner knows and nothing is harmed by (eicar.org), in two parts, so that none finds this file.
EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}" + "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SCANNER = "import sys; sys.exit(b'EICAR-STANDARD-ANTIVIRUS' in open(sys.argv[1], 'rb').read())"


def command(program: str = SCANNER) -> str:
    return f'{sys.executable} -c "{program}"'


def marked(folder: Path) -> Path:
    """A package whose gVCF holds the text."""
    made = make_single(folder)
    (calls,) = (made / "files").iterdir()
    calls.write_text(calls.read_text().replace("##contig", f"##note={EICAR}\n##contig", 1))
    return write_manifest(made, manifest("N1", [person("N1-p")], made))


def scanned(house: House, told: str) -> House:
    return replace(house, settings=replace(house.settings, scan_command=told))


def test_file__that_the_scanner_objects_to_is_refused_by_name_and_nothing_is_kept(tmp_path: Path, house: House) -> None:
    bad = marked(tmp_path / "bad")
    watched = scanned(house, command())

    with pytest.raises(PackageRefused) as told:
        receive(watched, OPERATOR, bad)

    assert {finding.rule for finding in told.value.findings} == {"files.harmful"}
    assert EICAR not in str(told.value)
    receive(watched, OPERATOR, make_single(tmp_path / "good"))


@pytest.mark.parametrize(
    "told", [command("import sys; sys.exit(2)"), "/nowhere/scanner", command("import os; os.abort()")]
)
def test_scanner__that_cannot_tell_lets_nothing_in(tmp_path: Path, house: House, told: str) -> None:
    folder = make_single(tmp_path / "a")

    with pytest.raises(Unavailable, match="scanner"):
        receive(scanned(house, told), OPERATOR, folder)

    receive(scanned(house, command()), OPERATOR, folder)


def test_scanner__is_stopped_when_it_takes_too_long_and_is_no_shell(tmp_path: Path) -> None:
    package = open_package(make_single(tmp_path / "a"))

    with pytest.raises(Unavailable, match="TimeoutExpired"):
        scan(package, command("import time; time.sleep(60)"), seconds=0.2)
    with pytest.raises(Unavailable):
        scan(package, "true;true")
    with pytest.raises(UsageError):
        scan(package, "'")
    assert scan(package, "") == []
