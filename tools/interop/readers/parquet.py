"""Parquet as pandas, DuckDB and a GDI mini-node read it. Runs without Embla: parquet.py FOLDER."""

import json
import sys
from pathlib import Path

import duckdb
import pandas
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset

STRETCH = 10_000_000
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
    rows, n, sexes = expected["release"], 0, 0
    for row in rows:
        wanted, found = wanted_rows(row), mini_node(folder / expected["dataset"], row)
        if found != wanted:
            sys.exit(f"mini-node {row['contig']}-{row['pos']}-{row['ref']}-{row['alt']}: {found} is not {wanted}")
        n += len(wanted)
        sexes += found.keys() >= {"M", "F", "DK_M", "DK_F"}
    # A release with groups of XX and XY has variants that both have enough carriers of; another has none.
    if bool(sexes) != expected["sexes"]:
        sys.exit(
            f"mini-node: M and F of {sexes} variants, of a release {'with' if expected['sexes'] else 'without'} both"
        )
    print(f"pyarrow: M and F: {sexes:,} variants")
    print(f"pyarrow: mini-node's query, {len(rows):,} variants: {n:,} rows equal")
    files = f"{folder / expected['dataset']}/GRCh38/*.parquet"
    counted = duckdb.sql(
        f"SELECT count(*), sum(AC) FROM read_parquet('{files}') WHERE POPULATION = 'Total'"
    ).fetchall()[0]
    told = [row["ac"] for row in rows if row["ac"]]
    if counted != (len(told), sum(told)):
        sys.exit(f"duckdb: {counted} is not {(len(told), sum(told))}")
    print(f"duckdb: mini-node totals: {len(told):,} equal")
    frame = pandas.read_parquet(folder / "sites.parquet")
    names = ["contig", "pos", "ref", "alt", "ac", "an", "nhet", "nhomalt", "nhemi"]
    found = [tuple(r) for r in frame[names].itertuples(index=False, name=None)]
    wanted = [tuple(site[name] for name in names) for site in expected["sites"]]
    if found != wanted:
        sys.exit("pandas: sites.parquet differs from the store")
    print(f"pandas: sites.parquet: {len(wanted):,} equal")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
