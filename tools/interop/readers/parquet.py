"""Parquet as pandas, DuckDB and a GDI mini-node read it. Runs without Embla: parquet.py FOLDER."""

import json
import sys
from pathlib import Path
from time import perf_counter

import duckdb
import pandas
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset

STRETCH = 10_000_000
QUERIES = 500  # a mini-node opens a file for each
SCHEMA = pa.schema(
    [("POS", pa.int32()), ("REF", pa.string()), ("ALT", pa.string()), ("VT", pa.string()), ("POPULATION", pa.string()),
     ("AF", pa.float64()), ("AC", pa.int32()), ("AC_HET", pa.int32()), ("AC_HOM", pa.int32()), ("AC_HEMI", pa.int32()),
     ("AN", pa.int32())]
)  # fmt: skip
NUMBERS = ("AF", "AC", "AC_HET", "AC_HOM", "AC_HEMI", "AN")


def wanted_rows(row: dict) -> dict[str, tuple]:
    """Population -> numbers, of one variant as the open door shows it; none where it hides the count."""
    if not row["ac"]:
        return {}
    shown = {"Total": row, "DK": row}
    sexes = row["sexes"]
    if len(sexes) == 2 and all(s["ac"] is not None or not s["an"] for s in sexes.values()):
        for label, own in sexes.items():
            if own["an"]:
                shown |= {label: own, f"DK_{label}": own}
    two = 1 if row["contig"] == "chrM" else 2
    return {
        label: (n["af"], n["ac"], n["nhet"], None if n["nhomalt"] is None else two * n["nhomalt"], n["nhemi"], n["an"])
        for label, n in shown.items()
    }


def mini_node(folder: Path, row: dict) -> dict[str, tuple]:
    """The rows that a mini-node finds: one file by contig and stretch, filtered by place, alleles and type."""
    pos = row["pos"] - 1
    name = f"allele-freq-chr{row['contig'].removeprefix('chr')}.{pos // STRETCH}.parquet"
    path = folder / "GRCh38" / name
    if not path.exists():
        return {}
    ref, alt = row["ref"], row["alt"]
    kind = "INDEL" if len(ref) != len(alt) else "SNP" if len(ref) == 1 else "UNKNOWN"
    where = (pc.field("POS") == pos) & (pc.field("REF") == ref) & (pc.field("ALT") == alt) & (pc.field("VT") == kind)
    table = pa.dataset.dataset(str(path), schema=SCHEMA).filter(where).to_table()
    return {r["POPULATION"]: tuple(r[n] for n in NUMBERS) for r in table.to_pylist()}


def main(folder: Path) -> None:
    """Compare everything; SystemExit with the first difference."""
    expected = json.loads((folder / "expected.json").read_text())
    begun = perf_counter()
    rows, n, sexes = expected["release"], 0, 0
    asked = rows[:: max(1, len(rows) // QUERIES)]
    for row in asked:
        wanted, found = wanted_rows(row), mini_node(folder / expected["dataset"], row)
        if found != wanted:
            sys.exit(f"mini-node {row['contig']}-{row['pos']}-{row['ref']}-{row['alt']}: {found} is not {wanted}")
        n += len(wanted)
    tell(
        f"pyarrow {pa.__version__}",
        f"mini-node's own query of every {len(rows) // len(asked)}th variant, hidden ones too",
        n,
        "rows",
        begun,
    )
    begun = perf_counter()
    read = duckdb.sql(
        "SELECT 'chr' || regexp_extract(filename, 'allele-freq-chr([0-9A-Z]+)', 1), POS + 1, REF, ALT, POPULATION, "
        "AF, AC, AC_HET, AC_HOM, AC_HEMI, AN "
        f"FROM read_parquet('{folder / expected['dataset']}/GRCh38/*.parquet', filename = true)"
    ).fetchall()
    found = {tuple(r[:5]): tuple(r[5:]) for r in read}
    wanted = {}
    for row in rows:
        for label, numbers in wanted_rows(row).items():
            wanted[row["contig"], row["pos"], row["ref"], row["alt"], label] = numbers
            sexes += label == "DK_F"
    if len(found) != len(read):
        sys.exit("duckdb: a row of the mini-node is there twice")
    if found != wanted:
        key = next(key for key in wanted.keys() | found.keys() if found.get(key) != wanted.get(key))
        sys.exit(f"duckdb: mini-node {key}: {found.get(key)} is not {wanted.get(key)}")
    # A release with groups of XX and XY has variants that both have enough carriers of; another has none.
    if bool(sexes) != expected["sexes"]:
        sys.exit(f"mini-node: F of {sexes} variants, of a release {'with' if expected['sexes'] else 'without'} both")
    tell(
        f"duckdb {duckdb.__version__}", f"the whole mini-node, F of {sexes:,} variants in it", len(found), "rows", begun
    )
    begun = perf_counter()
    frame = pandas.read_parquet(folder / "sites.parquet")
    names = ["contig", "pos", "ref", "alt", "ac", "an", "nhet", "nhomalt", "nhemi"]
    found = [tuple(r) for r in frame[names].itertuples(index=False, name=None)]
    wanted = [tuple(site[name] for name in names) for site in expected["sites"]]
    if found != wanted:
        sys.exit("pandas: sites.parquet differs from the store")
    tell(f"pandas {pandas.__version__}", "sites.parquet", len(wanted), "records", begun)


def tell(tool: str, what: str, compared: int, unit: str, begun: float) -> None:
    """A line for `make interop`."""
    print(tool, what, compared, unit, perf_counter() - begun, sep="\t")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
