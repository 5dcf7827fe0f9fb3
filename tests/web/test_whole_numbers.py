"""Whole numbers around the ends of machine words, in every parameter, path, form and option: right, or refused."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from embla.cli import build
from embla.submission.model.manifest import Manifest
from tests.genotypes.reading.test_numbers import NUMBERS
from tests.web.clients import client_of

LARGE = [number for number in NUMBERS if abs(number) > 2**30]
PATHS = {
    "region": "chr21-43772512-43772600",
    "text": "chr21-43772512-43772600",
    "variant": "chr21-43774500-G-C",
    "gene": "CSTB",
    "name": "CSTB",
    "case": "C1",
}


@pytest.fixture(scope="module")
def anyone(app: FastAPI) -> httpx.Client:
    return client_of(app)


def whole_parameters(app: FastAPI) -> list[tuple[str, str, dict[str, Any]]]:
    """(path, name, schema) of each whole number that an address of the API takes."""
    return [
        (path, one["name"], one["schema"])
        for path, methods in app.openapi()["paths"].items()
        for one in methods.get("get", {}).get("parameters", [])
        if one["in"] == "query" and one["schema"].get("type") == "integer"
    ]


def test_parameters__of_the_api_that_are_whole_numbers_have_bounds_and_hold_them(
    app: FastAPI, anyone: httpx.Client
) -> None:
    found = whole_parameters(app)

    assert len(found) >= 4
    for path, name, schema in found:
        for number in LARGE:
            answer = anyone.get(path.format(**PATHS), params={name: str(number)})
            if path.startswith("/api/"):
                assert not schema["minimum"] <= number <= schema["maximum"]
                assert answer.status_code in (400, 401, 422), (path, name, number)
            elif answer.status_code == 200:
                # A page beyond the last is the last one, and says so.
                assert 1 <= answer.json()["page"] <= answer.json()["pages"], (path, name, number)
            else:
                assert 400 <= answer.status_code < 500, (path, name, number)


@pytest.mark.parametrize("path", ["/region/{}.json", "/region/chr21-43772512-43772600.json?page=", "/variant/{}.json"])
def test_pages__answer_for_the_number_that_was_asked_or_refuse(anyone: httpx.Client, path: str) -> None:
    for number in LARGE:
        asked = (
            f"{path}{number}"
            if path.endswith("=")
            else path.format(f"chr21-{number}-G-C" if "variant" in path else f"chr21-{number}-{number + 10}")
        )
        answer = anyone.get(asked)
        # A page beyond the last is the last one, and says so.
        if answer.status_code == 200 and path.endswith("="):
            assert 1 <= answer.json()["page"] <= answer.json()["pages"]
        else:
            assert 400 <= answer.status_code < 500, asked


@pytest.mark.parametrize("name", ["release", "page", "part", "at", "asked", "cursor"])
def test_pages__with_a_large_number_in_any_parameter_never_break(anyone: httpx.Client, name: str) -> None:
    for number in LARGE[::3]:
        for path in ("/region/chr21-43772512-43772600", "/variant/chr21-43774500-G-C"):
            assert anyone.get(path, params={name: str(number)}).status_code < 500, (path, number)


def integers(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if schema.get("type") == "integer":
            yield schema
        for one in schema.values():
            yield from integers(one)
    elif isinstance(schema, list):
        for one in schema:
            yield from integers(one)


def test_manifest__each_whole_number_has_both_bounds_inside_a_machine_word() -> None:
    found = [one for one in integers(Manifest.model_json_schema()) if "const" not in one]

    assert found
    for one in found:
        assert 0 <= one["minimum"] < one["maximum"] < 2**63, one


def options(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if hasattr(command, "commands"):
        for name, one in command.commands.items():
            yield from options(one, (*words, name))
        return
    yield from ((words, one) for one in command.params if "int" in one.type.name)


def test_commands__each_whole_number_is_read_as_it_is_or_refused() -> None:
    found = list(options(build(everything=True)))

    assert len(found) >= 15
    for words, one in found:
        for number in LARGE:
            try:
                read = one.type.convert(str(number), one, None)
            except Exception as refused:
                assert type(refused).__name__ == "BadParameter", words
            else:
                assert read == number, words
