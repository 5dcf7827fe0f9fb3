"""Calls against a truth table, files in and rows out."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from embla.errors import BadInput
from embla.pgx.model.concordance import compare

_MAX_FILE: Final = 256 << 20


def compare_folder(calls: Path, truth: Path) -> list[dict[str, Any]]:
    """Per gene the counts, by the calls in a folder of JSON Lines and a truth table."""
    if not calls.is_dir():
        raise BadInput(
            "there is no such folder.", path=str(calls), mend="Give a folder with the lines of `pgx call --json`."
        )
    found = {}
    for path in sorted(calls.iterdir()):
        if path.is_file():
            for line in _lines(path):
                found[line["sample"], line["gene"]] = line
    return compare(found, read_truth(truth))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.stat().st_size > _MAX_FILE:
        raise BadInput("larger than 256 MB.", path=str(path), mend="Split the file by samples.")
    for number, text in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
            if not isinstance(line["sample"], str) or not isinstance(line["gene"], str) or "diplotypes" not in line:
                raise KeyError
        except (ValueError, KeyError, TypeError):
            raise BadInput(
                "this is not a line of `pgx call --json`.",
                path=str(path),
                line=number,
                mend="Keep only such files there.",
            ) from None
        yield line


def read_truth(path: Path) -> dict[tuple[str, str], str]:
    """(sample, gene) -> diplotype text. Long (`sample gene diplotype`) or wide (`sample CYP2C19 CYP2C9 ...`)."""
    try:
        if path.stat().st_size > _MAX_FILE:
            raise BadInput("larger than 256 MB.", path=str(path), mend="Split the table.")
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines(), delimiter="\t"))
    except (OSError, UnicodeError) as error:
        raise BadInput(
            f"it cannot be read ({type(error).__name__}).", path=str(path), mend="Give a text table."
        ) from None
    if not rows or len(rows[0]) < 2:
        raise BadInput("no header line with columns.", path=str(path), line=1, mend="sample, gene, diplotype.")
    head = [name.strip() for name in rows[0]]
    lower = [name.lower() for name in head]
    table: dict[tuple[str, str], str] = {}
    if "gene" in lower and "sample" in lower:
        value = next((lower.index(name) for name in ("diplotype", "truth", "genotype", "call") if name in lower), None)
        if value is None:
            raise BadInput("no column diplotype.", path=str(path), line=1, mend="sample, gene, diplotype.")
        sample, gene = lower.index("sample"), lower.index("gene")
        for row in rows[1:]:
            if len(row) > max(sample, gene, value):
                table[row[sample].strip(), row[gene].strip()] = row[value].strip()
        return table
    first = lower.index("sample") if "sample" in lower else 0
    for row in rows[1:]:
        for at, text in enumerate(row[: len(head)]):
            if at != first:
                table[row[first].strip(), head[at]] = text.strip()
    return table
