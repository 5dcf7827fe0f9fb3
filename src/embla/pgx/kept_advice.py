"""What guidelines say of a genome, as it is kept: JSON with a guideline on each line.

Genomes share most of what is said of them, so that a line is written once and read once. A guideline's part is
drug and source -> [population, status, row, whether something is done otherwise] of each line of advice.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

Lines = dict[str, list[list[Any]]]


def write_told(told: Mapping[str, str]) -> str:
    """Guideline -> its part as JSON, to be kept."""
    return "{\n" + ",\n".join(f"{json.dumps(name)}: {part}" for name, part in told.items()) + "\n}"


def read_told(text: str) -> dict[str, str]:
    """Guideline -> its part as JSON."""
    if not text.startswith("{\n"):  # one line, as it was kept once
        return {name: json.dumps(part) for name, part in json.loads(text).items()}
    return dict(_apart(line) for line in text[2:-2].split(",\n") if line)


def parts_of(text: str) -> list[Lines]:
    """Each guideline's part. They are shared: not to be changed."""
    return [_part(part) for part in read_told(text).values()]


def other_drugs(before: str, after: str) -> list[str]:
    """Drug and source of what two parts of a guideline say different things of, sorted."""
    one, other = _part(before), _part(after)
    return sorted(drug for drug in {*one, *other} if one.get(drug) != other.get(drug))


@lru_cache(1 << 14)
def _apart(line: str) -> tuple[str, str]:
    name, length = json.JSONDecoder().raw_decode(line)
    return name, line[length + 2 :]


@lru_cache(1 << 12)
def _part(text: str) -> Lines:
    part: Lines = json.loads(text)
    return part
