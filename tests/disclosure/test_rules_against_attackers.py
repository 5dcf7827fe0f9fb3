"""An attacker lists every table that would be shown in the same way, and must not be left with one small number.

The *solver* knows what is shown and that counts are whole and not negative. The *reader of the rules* also knows the
algorithm and k, and lists all data that it would have shown just so. The second is stronger; carriers hold against it,
in every cell and every union of cells, also with tiny AN.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations, product

import pytest

from embla.disclosure.rules import Cell, Level, decide, is_small, level_of


def genotypes_up_to(alleles: int, an: int, classes: str) -> list[Cell]:
    """Every cell of at most `alleles` alleles whose people fit `an`; `classes`: which of het, Hom, heMi, half (f)."""
    found = []
    for het in range(alleles + 1 if "t" in classes else 1):
        for hom in range(alleles // 2 + 1 if "h" in classes else 1):
            for hemi in range(alleles + 1 if "m" in classes else 1):
                for half in range(alleles + 1 if "f" in classes else 1):
                    ac = het + 2 * hom + hemi + half
                    if ac <= alleles and 2 * (het + hom) + hemi + half <= an:
                        found.append(Cell(an, ac, het, hom, hemi))
    return found


def tables(ans: tuple[int, ...], alleles: int, classes: str) -> Iterator[tuple[Cell, ...]]:
    """Every table whose total has at most `alleles` alleles: all that a reader of such a total must consider."""
    choices = [genotypes_up_to(alleles, an, classes) for an in ans]

    def grow(done: tuple[Cell, ...], left: int) -> Iterator[tuple[Cell, ...]]:
        if len(done) == len(choices):
            yield done
            return
        for cell in choices[len(done)]:
            if cell.ac <= left:
                yield from grow((*done, cell), left - cell.ac)

    yield from grow((), alleles)


def add(cells: tuple[Cell, ...]) -> Cell:
    total = cells[0]
    for cell in cells[1:]:
        total = Cell(
            total.an + cell.an,
            total.ac + cell.ac,
            total.nhet + cell.nhet,
            total.nhomalt + cell.nhomalt,
            total.nhemi + cell.nhemi,
        )
    return total


def seen(cell: Cell, level: Level) -> tuple[int, ...]:
    if level is Level.HIDDEN:
        return (cell.an,)
    return (cell.an, cell.ac) if level is Level.ALLELES else (cell.an, cell.ac, *cell.classes)


def published(table: tuple[Cell, ...], named: tuple[int, ...], k: int) -> tuple[object, ...]:
    total = add(table)
    shown = decide(total, {"by": {str(i): table[i] for i in named}}, k)
    cells = shown.cells.get("by")
    return (seen(total, shown.total), cells is not None and tuple(seen(table[i], cells[str(i)]) for i in named))


def unions(table: tuple[Cell, ...]) -> list[tuple[Cell, ...]]:
    return [part for size in range(1, len(table) + 1) for part in combinations(table, size)]


SHAPES = [
    ((400,), (0,), 24, "th"),
    ((400,), (), 12, "thmf"),
    ((400, 400, 400), (0, 1, 2), 20, "t"),
    ((400, 400, 400), (0, 1), 20, "t"),  # the third part is known by subtraction only
    ((400, 400, 400, 400), (0, 1, 2, 3), 16, "t"),
    ((400, 400, 400, 400, 400), (0, 1, 2, 3, 4), 11, "t"),
    ((400, 400), (0, 1), 16, "th"),
    ((400, 400), (0,), 16, "th"),
    ((400, 400), (0, 1), 10, "thm"),
    ((400, 400, 400), (0, 1, 2), 11, "th"),
    ((12, 40, 400), (0, 1, 2), 14, "t"),
    ((6, 400), (0, 1), 14, "th"),
]


@pytest.mark.parametrize("k", [3, 4, 5])
@pytest.mark.parametrize("ans,named,alleles,classes", SHAPES)
def test_reader_of_the_rules__cannot_tell_a_small_number_of_carriers_of_any_cell_or_union(
    ans: tuple[int, ...], named: tuple[int, ...], alleles: int, classes: str, k: int
) -> None:
    worlds: dict[object, list[list[int]]] = defaultdict(list)
    for table in tables(ans, alleles, classes):
        worlds[published(table, named, k)].append([sum(c.carriers for c in part) for part in unions(table)])

    told = [
        (view, values)
        for view, rows in worlds.items()
        for values in map(set, zip(*rows, strict=True))
        if len(values) == 1 and is_small(min(values), k)
    ]

    assert len(worlds) > 10
    assert told == []


def test_reader_of_the_rules__cannot_tell_a_small_number_of_any_genotype_of_a_total() -> None:
    k = 5
    worlds: dict[object, list[tuple[int, ...]]] = defaultdict(list)
    for table in tables((400,), 24, "th"):
        worlds[published(table, (), k)].append(table[0].classes)

    told = [v for rows in worlds.values() for v in map(set, zip(*rows, strict=True)) if len(v) == 1 and is_small(*v, k)]

    assert told == []


@pytest.mark.parametrize("k", [4, 5])
def test_reader_of_the_rules__cannot_tell_genotypes_of_a_group_beside_those_of_the_total(k: int) -> None:
    worlds: dict[object, list[tuple[int, ...]]] = defaultdict(list)
    for table in tables((400, 400), 18, "th"):
        view = published(table, (0, 1), k)
        if len(view[0]) > 2:  # type: ignore[arg-type]
            worlds[view].append(table[0].classes + table[1].classes)

    told = [
        (view, rows[0])
        for view, rows in worlds.items()
        for values in map(set, zip(*rows, strict=True))
        if len(values) == 1 and is_small(min(values), k)
    ]

    assert len(worlds) > 10
    assert told == []


def test_reader_of_the_rules__cannot_tell_raw_from_adj_by_a_small_number() -> None:
    k = 3
    worlds: dict[object, list[tuple[int, ...]]] = defaultdict(list)
    for adj, failed in tables((400, 400), 13, "th"):
        shown = decide(adj, {}, k, add((adj, failed)))
        raw = add((adj, failed)).classes if shown.raw is Level.FULL else None
        worlds[seen(adj, shown.total), raw].append((failed.carriers, *failed.classes))

    # Worlds at the border of what was listed are left out: there the list, not the reader, ran out.
    told = [
        (view, values)
        for view, rows in worlds.items()
        if view[1] is not None
        for values in map(set, zip(*rows, strict=True))
        if len(values) == 1 and is_small(min(values), k)
    ]

    assert len(worlds) > 10
    assert told == []


def test_solver__cannot_tell_a_small_genotype_number_of_a_group() -> None:
    """Without the rules in hand: all tables with the same shown numbers, whatever would have been shown of them."""
    k = 5
    rows = list(tables((400, 400), 18, "th"))

    def shown_as(table: tuple[Cell, ...], levels: tuple[Level, ...]) -> tuple[tuple[int, ...], ...]:
        return tuple(seen(cell, level) for cell, level in zip((add(table), *table), levels, strict=True))

    alike: dict[tuple[Level, ...], dict[object, list[tuple[Cell, ...]]]] = {}
    checked = 0
    for table in rows:
        shown = decide(add(table), {"by": {"0": table[0], "1": table[1]}}, k)
        cells = shown.cells.get("by")
        if shown.total is Level.HIDDEN or not cells or Level.HIDDEN in cells.values():
            continue
        levels = (shown.total, cells["0"], cells["1"])
        if levels not in alike:
            alike[levels] = defaultdict(list)
            for other in rows:
                alike[levels][shown_as(other, levels)].append(other)
        for i in (0, 1):
            same = (other[i].classes for other in alike[levels][shown_as(table, levels)])
            for values in map(set, zip(*same, strict=True)):
                assert len(values) > 1 or not is_small(min(values), k), (table, shown)
        checked += 1
    assert checked > 100


def test_level_of__below_1_hides_nothing() -> None:
    assert level_of(Cell(10, 1, 1, 0, 0), 1) is Level.FULL


@pytest.mark.parametrize(
    "cell,level",
    [
        (Cell(400, 0, 0, 0, 0), Level.FULL),
        (Cell(400, 1, 1, 0, 0), Level.HIDDEN),
        (Cell(400, 8, 0, 4, 0), Level.HIDDEN),  # four people, eight alleles
        (Cell(400, 4, 0, 0, 0), Level.HIDDEN),  # half-calls are carriers too
        (Cell(400, 5, 5, 0, 0), Level.FULL),
        (Cell(400, 6, 6, 0, 0), Level.ALLELES),
        (Cell(400, 7, 7, 0, 0), Level.FULL),
        (Cell(400, 12, 10, 1, 0), Level.ALLELES),
        (Cell(400, 20, 10, 5, 0), Level.FULL),
        (Cell(400, 4, 0, 4, 0, haploid=True), Level.HIDDEN),
        (Cell(400, 5, 0, 5, 0, haploid=True), Level.FULL),
    ],
)
def test_level_of__five_people_are_the_threshold(cell: Cell, level: Level) -> None:
    assert level_of(cell, 5) is level


def test_decide__shows_empty_cells_and_hides_the_next_larger_one_with_a_small_one() -> None:
    cells = {name: Cell(400, ac, ac, 0, 0) for name, ac in {"a": 40, "b": 9, "c": 3, "d": 0}.items()}

    shown = decide(add(tuple(cells.values())), {"region": cells}, 5)

    assert shown.cells["region"] == {
        "a": Level.ALLELES, "b": Level.HIDDEN, "c": Level.HIDDEN, "d": Level.ALLELES,
    }  # fmt: skip


def test_decide__hides_every_cell_of_a_hidden_total() -> None:
    cells = {"a": Cell(400, 3, 3, 0, 0), "b": Cell(400, 0, 0, 0, 0)}

    shown = decide(Cell(800, 3, 3, 0, 0), {"region": cells}, 5)

    assert shown.total is Level.HIDDEN
    assert set(shown.cells["region"].values()) == {Level.HIDDEN}


@pytest.mark.parametrize("k", [3, 4, 5])
def test_reader_of_the_rules__cannot_tell_how_few_have_it_in_failed_calls_from_an_beside_the_next_base(k: int) -> None:
    """Whose call fails is not in AN, so the dip of AN says how many people failed there, with the allele or without."""
    people, worlds = 30, defaultdict[object, list[tuple[int, int]]](list)
    for carriers, failed, with_it in product(range(k + 2), range(k + 2), range(k + 2)):
        if with_it <= failed:
            an = 2 * (people - failed)
            adj = Cell(an, carriers, carriers, 0, 0)
            raw = Cell(2 * people, carriers + with_it, carriers + with_it, 0, 0)
            shown = decide(adj, {}, k, raw)
            note = raw.classes if shown.raw is Level.FULL else raw.carriers > 0
            noted = not carriers and shown.total is not Level.HIDDEN
            worlds[seen(adj, shown.total), note if noted else None].append((carriers, with_it))

    told = [(view, n) for view, rows in worlds.items() for n in map(set, zip(*rows, strict=True)) if len(n) == 1]

    assert len(worlds) > 10
    assert [one for one in told if is_small(min(one[1]), k)] == []
