"""Nobody touches a person's bytes but the modules that the contracts in pyproject.toml name; a planted one is found."""

import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tools.person_bytes import Guarded, PersonBytes, trespasses

PROJECT = Path(__file__).parents[2]
SOURCE = PROJECT / "src" / "embla"


def contracts() -> list[dict[str, Any]]:
    every = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return [contract for contract in every if contract["type"] == "person_bytes"]


def wrong(source: Path) -> list[str]:
    """What the contracts say of a package's folder."""
    return [
        str(one)
        for contract in contracts()
        for one in trespasses(
            source, Guarded.parse(contract["guarded"]), contract.get("asked", []), contract.get("system", [])
        )
    ]


PLANTS = {
    "a page that opens the vault": ("frequency/pages/variant.py", "from embla.vault import Vault"),
    "an edge that reads calls": ("policy/pages.py", "from embla.registry import read_calls as innocent"),
    "an edge through a module": ("frequency/http.py", "from embla.registry import giving\n\ngiving.read_calls"),
    "a fold over carriers": ("oversight/folding.py", "def fold(view, v):\n    return view.carriers(v)"),
    "a reader of packs": ("disclosure/rules.py", "def look(view):\n    return view.pack_file('EMBG')"),
    "an open answer on the store": ("frequency/service.py", "def look(house, c):\n    return house.view(c)"),
    "a metric on the files": ("operations/metrics.py", "def look(house):\n    return house.files.read('x', 0, 9)"),
    "a late import": ("frequency/groups.py", "def look():\n    from embla.identity import zone_of\n    return zone_of"),
    "a whole module": ("identity/pages.py", "import embla.identity.store"),
    "who is in a release": ("frequency/telling.py", "from embla.frequency import tables\n\ntables.release_genomes"),
    "what somebody decided": ("operations/doctor.py", "from embla.registry import consents_of"),
    "a star": ("oversight/glance.py", "from embla.vault import *"),
    "a giver that forgot to ask": (
        "registry/giving.py",
        "def read_quietly(house, genome):\n    return house.view(None).pack_file(genome)",
    ),
    "a page that looks somebody up": ("frequency/pages/search.py", "from embla.identity import find_persons as who"),
    "a fold that asks who it was": (
        "oversight/persons.py",
        "def name(house, said, p):\n    import embla.identity as z\n\n    return z.show_person(house, said, p)",
    ),
    "a desk that forgot to ask": (
        "oversight/finding.py",
        "def quietly(house, numbers):\n    return find_persons(house, None, numbers)",
    ),
    "a giver that gives on": (
        "care/giving.py",
        "def again(house, genome):\n    return read_calls(house, genome, None)",
    ),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the contracts say of a copy of the package, with everything above planted in it."""
    copy = tmp_path_factory.mktemp("house") / "embla"
    for path in SOURCE.rglob("*.py"):
        (copy / path.relative_to(SOURCE)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy / path.relative_to(SOURCE))
    for module, code in PLANTS.values():
        with (copy / module).open("a", encoding="utf-8") as file:
            file.write(f"\n\n{code}\n")
    return wrong(copy)


@pytest.mark.parametrize("plant", PLANTS)
def test_contract__finds_a_planted(said: list[str], plant: str) -> None:
    name = f"embla.{PLANTS[plant][0].removesuffix('.py').replace('/', '.')}"

    assert [one for one in said if one.startswith(f"{name}:")]


def test_contract__finds_nothing_beside_the_plants_so_the_house_keeps_it(said: list[str]) -> None:
    planted = {f"embla.{module.removesuffix('.py').replace('/', '.')}" for module, _ in PLANTS.values()}

    assert {one.partition(":")[0] for one in said} == planted


def test_contract__tells_a_listed_module_that_touches_nothing_and_one_without_a_reason() -> None:
    guarded = Guarded.parse(["embla.vault:Vault"])

    said = [str(one) for one in trespasses(SOURCE / "disclosure", guarded, ["embla.disclosure.rules"], [])]

    assert said == [
        "embla.disclosure.rules: is listed without a reason",
        "embla.disclosure.rules: is listed and touches nothing of this: take it out of the list",
    ]


def test_guarded__refuses_a_line_it_does_not_understand() -> None:
    with pytest.raises(ValueError, match="neither"):
        Guarded.parse(["vault"])


def test_import_linter__runs_the_contracts_and_tells_place_and_mend(capsys: pytest.CaptureFixture[str]) -> None:
    options = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
    name, _, path = options["contract_types"][0].partition(": ")
    assert (name, path) == (PersonBytes.type_name, "tools.person_bytes.PersonBytes")
    # As it stands it is kept; with nobody listed it is broken.
    session = {"root_packages": ["embla"]}
    whole = next(one for one in contracts() if "embla.identity:zone_of" in one["guarded"])
    lists = {"guarded": whole["guarded"], "asked": whole["asked"], "system": whole["system"]}
    assert PersonBytes("c", session, lists).check(None, False).kept

    broken = PersonBytes("c", session, {"guarded": whole["guarded"]})
    check = broken.check(None, False)
    broken.render_broken_contract(check)

    told = " ".join(capsys.readouterr().out.split())
    assert not check.kept and "embla.identity.age:" in told and "with the reason" in told
