"""A small nation with callers' files beside small variants, sent as packages through the real door."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from embla.platform import Actor, House
from embla.submission import receive
from tests.structural.test_reading import write
from tests.support.laboratory import make_single

REPORTER = Actor("lab-north", frozenset({"lab"}), "north")
DEL = "chr21 {pos} m N <DEL> . PASS SVTYPE=DEL;END={end} GT {gt}"
LOSS = "chr21 {pos} c N <DEL> . PASS END={end} GT:CN 0/1:1"
REPEAT = "chr21 5030999 . C <STR16> . PASS END=5031032;REF=11;RL=33;RU=CAG;VARID=TOY1 GT:REPCN:REPCI {own}"


def report(
    house: House, folder: Path, number: int, *, sv: list[str] | None = None, cnv: list[str] | None = None,
    repeats: list[str] | None = None, **changes: Any,
) -> Any:  # fmt: skip
    """Send one person's genome; a kind that is None was not called. Returns the acknowledgement."""
    return receive(house, REPORTER, package(folder, number, sv=sv, cnv=cnv, repeats=repeats, **changes))


def package(
    folder: Path, number: int, *, sv: list[str] | None = None, cnv: list[str] | None = None,
    repeats: list[str] | None = None, **changes: Any,
) -> Path:  # fmt: skip
    """The folder of a package of person `number`, version 2 of the manifest."""
    name, key = changes.pop("name", f"N{number}"), f"p{number}"
    place = folder / name
    site = ("chr21", 5_030_500 + number, "A", "G", "0/1")
    make_single(place, name, [site], key=key, **changes)
    value = json.loads((place / "manifest.json").read_text())
    value["schema_version"] = 2
    person = value["persons"][0]
    sample = person.pop("sample")
    person["samples"] = [sample]
    for field, records in (("structural", sv), ("copy_numbers", cnv), ("repeats", repeats)):
        if records is None:
            continue
        path = write(place / "files" / f"{key}.{field}.vcf", records, samples=(f"{key}-B",))
        path.write_text(
            path.read_text().replace("##contig=<ID=chr2,", "##contig=<ID=chr21,length=46709983>\n##contig=<ID=chr2,")
        )
        content = path.read_bytes()
        relative = f"files/{path.name}"
        value["files"].append(
            {"path": relative, "size": len(content), "sha256": sha256(content).hexdigest(), "format": "vcf"}
        )
        sample[field] = relative
    (place / "manifest.json").write_text(json.dumps(value, indent=1))
    return place
