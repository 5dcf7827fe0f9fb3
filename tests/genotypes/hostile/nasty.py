"""Hypothesis strategies for nasty little nations: a few people, a few records around one place, written as VCF text."""

import random
from dataclasses import dataclass, field
from functools import cache

from hypothesis import strategies as st

from embla.genome import GRCH38
from tests.genotypes.hostile.oracle import Genome, normal, read

KARYOTYPES = ("XX", "XY", "X0", "XXY", "XYY", "unknown")
REPEATS = "GATTTTTTACACACACGGGCAGCAGCAGTTAATTAAC"
# Where records lie: the start of contigs, a repeat, both sides of the PAR's end, the last base of chrM.
WINDOWS = [
    ("chr1", 101), ("chr1", 101), ("chr1", 101), ("chr1", 1), ("chrX", 201), ("chrX", 2_781_468), ("chrX", 2_781_601),
    ("chrX", 2_781_601), ("chrY", 201), ("chrY", 2_781_468), ("chrY", 2_781_601), ("chrM", 1), ("chrM", 301),
    ("chrM", 16_546),
]  # fmt: skip
WIDTH = 24
HEADER = """##fileformat=VCFv4.2
##FILTER=<ID=PASS,Description="ok">
##FILTER=<ID=LowQual,Description="low">
##FILTER=<ID=q10,Description="low">
##FILTER=<ID=RefCall,Description="like the reference">
##ALT=<ID=NON_REF,Description="any">
##ALT=<ID=*,Description="any">
##ALT=<ID=DEL,Description="deletion">
##INFO=<ID=END,Number=1,Type=Integer,Description="end">
##INFO=<ID=MIN_DP,Number=1,Type=Integer,Description="depth">
##INFO=<ID=MinDP,Number=1,Type=Integer,Description="depth">
##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="quality">
##FORMAT=<ID=GQX,Number=1,Type=Integer,Description="quality">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="depth">
##FORMAT=<ID=DPI,Number=1,Type=Integer,Description="depth">
##FORMAT=<ID=MIN_DP,Number=1,Type=Integer,Description="depth">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="depths">
##FORMAT=<ID=AF,Number=A,Type=Float,Description="heteroplasmy">
##FORMAT=<ID=FT,Number=1,Type=String,Description="filter">
##FORMAT=<ID=RGQ,Number=1,Type=Integer,Description="quality">
##FORMAT=<ID=RD,Number=1,Type=Integer,Description="reads">
##FORMAT=<ID=RO,Number=1,Type=Integer,Description="reads">
##FORMAT=<ID=AO,Number=A,Type=Integer,Description="reads">
##FORMAT=<ID=PS,Number=1,Type=Integer,Description="phase set">
"""


@cache
def sequence() -> dict[str, str]:
    """The first bases of the contigs used; repeats wherever a window is."""
    dice, out = random.Random(7), {}
    for contig, length in (("chr1", 1_000), ("chrX", 2_782_000), ("chrY", 2_782_000), ("chrM", 16_569)):
        bases = (dice.choice("ACGT") * 3 + "".join(dice.choices("ACGT", k=5)) for _ in range(1, 130))
        text = ("".join(bases) * (length // 1_000 + 1))[:length]
        for name, start in WINDOWS:
            if name == contig:
                part = (REPEATS[start % 7 :] + REPEATS)[: min(WIDTH + 12, length - start + 1)]
                text = text[: start - 1] + part + text[start - 1 + len(part) :]
        out[contig] = text
    return out


@dataclass
class File:
    text: str
    samples: list[str]


@dataclass
class Nation:
    contig: str
    start: int
    files: list[File]
    rows: list[dict] = field(default_factory=list)
    with_reference: bool = False

    def people(self) -> list[Genome]:
        known = sequence() if self.with_reference else {}
        by_sample = {name: file.text for file in self.files for name in file.samples}
        return [
            Genome(r["name"], r["karyotype"], r["callability"], read(by_sample[r["name"]], r["name"]), r["bed"], known)
            for r in self.rows
        ]


@st.composite
def alleles(draw: st.DrawFn, contig: str, pos: int, known: dict[str, str], room: int) -> tuple[str, list[str]]:
    here = sequence()[contig]
    ref = here[pos - 1 : pos - 1 + min(room, draw(st.sampled_from((1, 1, 1, 2, 2, 3, 4, 6))))]
    alts: list[str] = []
    for _ in range(draw(st.sampled_from((0, 1, 1, 1, 1, 2, 2, 3)))):
        kind = draw(st.sampled_from(("snv", "snv", "cut", "grow", "swap", "swap", "*", "<DEL>", "lower")))
        if kind == "snv" or kind == "lower":
            i = draw(st.integers(0, len(ref) - 1))
            alt = ref[:i] + draw(st.sampled_from("ACGT")) + ref[i + 1 :]
            alt = alt.lower() if kind == "lower" else alt
        elif kind == "cut":
            alt = ref[: draw(st.integers(1, len(ref)))]
        elif kind == "grow":
            alt = ref + draw(st.sampled_from(("T", "AC", ref, ref[-1], "CAG", "GTAC")))
        elif kind == "swap":
            alt = draw(st.text("ACGT", min_size=len(ref), max_size=len(ref)))
        else:
            alt = kind
        alts.append(alt)
    seen, kept = set(), []
    for alt in alts:
        key = alt if alt[0] in "*<" else normal(contig, pos, ref, alt, known)
        if key not in seen and alt.upper() != ref:
            seen.add(key)
            kept.append(alt)
    tail = draw(st.sampled_from(("", "", "<NON_REF>", "<*>")))
    return ref, kept + ([tail] if tail else [])


@st.composite
def values(draw: st.DrawFn, contig: str, n_alts: int, block: bool, plain: bool) -> dict[str, str]:
    """FORMAT values of one sample. `plain`: good depth and quality nearly always."""
    if block:
        gts = ["0/0", "0/0", "0/0", "0|0", "0", "./.", ".", "./0", "0/0/0", "0/."]
        if n_alts:
            gts += ["0/1"]
    else:
        a, b = draw(st.integers(0, n_alts)), draw(st.integers(1, n_alts))
        gts = [f"{a}/{b}", f"{b}/{a}", f"{a}|{b}", f"{b}/{b}", f"{b}", "0/0", "0", "./.", ".", f"./{b}", f"{b}/.",
               f"{b}/{b}/{b}", f"{a}/{b}/{b}", "./0", f"0/{b}", f"0/{b}"]  # fmt: skip
    out = {"GT": draw(st.sampled_from(gts))}
    bad = draw(st.integers(0, 9)) < (1 if plain else 5)
    out["GQ"] = draw(st.sampled_from((".", "", "3", "19", "20", "99", "2e1", "1.9e1"))) if bad else "60"
    if draw(st.integers(0, 9)) == 0:
        out["RGQ"], out["GQ"] = draw(st.sampled_from((".", "19", "20"))), draw(st.sampled_from((".", "60")))
    dp = draw(st.sampled_from((".", "", "0", "4", "5", "9", "10", "11", "30"))) if bad else "30"
    out["DP"] = dp
    if draw(st.integers(0, 5)) == 0:
        out["GQX"] = draw(st.sampled_from((".", "19", "20", "50")))
    if draw(st.integers(0, 5)) == 0:
        out["DPI"] = draw(st.sampled_from((".", "4", "9", "10", "40")))
    if block and draw(st.booleans()):
        out["MIN_DP"] = draw(st.sampled_from((".", "4", "5", "9", "10", "30")))
    if not block and draw(st.booleans()):
        depth = int(dp) if dp.isdigit() else 10
        near = sorted({0, depth // 5, max(0, depth // 5 - 1), depth // 2, depth})
        each = [str(draw(st.sampled_from(near))) for _ in range(n_alts + 1)]
        part = ",".join(each if contig == "chrM" else [*each[:-1], "."])
        spelling = draw(st.sampled_from(("AD", "AD", "AD", "VarScan", "freebayes", "unsplit")))
        if spelling == "VarScan" and n_alts == 1:
            out["RD"], out["AD"] = each
        elif spelling == "freebayes" and n_alts:
            out["RO"], out["AO"] = each[0], ",".join(each[1:])
        elif spelling == "unsplit":
            out["AD"] = ",".join([*each, "3"])
        else:
            out["AD"] = draw(st.sampled_from((",".join(each), ",".join(each), part, ".")))
    if not block and contig == "chrM" and draw(st.booleans()):
        shares = ("0", "0.05", "0.0999", "0.1", "0.5", "0.9499", "0.95", "1", "1.0", "9.5e-1", ".")
        out["AF"] = ",".join(draw(st.sampled_from(shares)) for _ in range(n_alts))
    if draw(st.integers(0, 5)) == 0:
        out["FT"] = draw(st.sampled_from(("PASS", ".", "LowGQ")))
    return {key: value for key, value in out.items() if value}


@st.composite
def record(draw: st.DrawFn, contig: str, start: int, n_samples: int, known: dict[str, str], blocky: bool) -> list[str]:
    last = min(start + WIDTH - 1, GRCH38.contig(contig).length)
    pos = draw(st.integers(start, last))
    room = GRCH38.contig(contig).length - pos + 1
    if blocky and draw(st.integers(0, 2)) == 0:
        ref, alts = sequence()[contig][pos - 1], draw(st.sampled_from(([], ["<NON_REF>"], ["<*>"])))
    else:
        ref, alts = draw(alleles(contig, pos, known, room))
    block = all(alt in ("<NON_REF>", "<*>") for alt in alts)
    info = []
    if block and (len(ref) == 1 or draw(st.booleans())):
        end = min(pos + draw(st.sampled_from((0, 0, 3, 8, 30))), GRCH38.contig(contig).length)
        info += [f"END={end}"]
        if draw(st.integers(0, 7)) == 0:
            info += [draw(st.sampled_from(("MIN_DP=4", "MIN_DP=10", "MinDP=9", "MinDP=30")))]
    elif "<DEL>" in alts:
        info += [f"END={min(pos + 10, GRCH38.contig(contig).length)}"]
    plain = draw(st.booleans())
    each = [draw(values(contig, len(alts), block, plain)) for _ in range(n_samples)]
    keys = ["GT", *sorted({k for v in each for k in v} - {"GT"}, key=lambda k: (hash_of(k, pos), k))]
    columns = [":".join(v.get(k, ".") for k in keys) for v in each]
    if draw(st.integers(0, 7)) == 0:  # trailing values left away
        columns = [c.rstrip(":.") if c.rstrip(":.") and not c.startswith((".", "0/.")) else c for c in columns]
        columns = [
            c if "/" not in c or c.split(":")[0] == v["GT"] else v["GT"] for c, v in zip(columns, each, strict=False)
        ]
    flt = draw(st.sampled_from(("PASS", "PASS", "PASS", ".", ".", "LowQual", "LowQual;q10", "RefCall", "RefCall;q10")))
    return [
        contig,
        str(pos),
        ".",
        ref,
        ",".join(alts) or ".",
        "50",
        flt,
        ";".join(info) or ".",
        ":".join(keys),
        *columns,
    ]


def hash_of(key: str, pos: int) -> int:
    return sum(map(ord, key)) * (pos % 5 + 1) % 11


@st.composite
def files(draw: st.DrawFn, contig: str, start: int, samples: list[str], known: dict[str, str]) -> File:
    blocky = draw(st.booleans())
    n = draw(st.integers(0, 8))
    rows = [draw(record(contig, start, len(samples), known, blocky)) for _ in range(n)]
    if rows and draw(st.integers(0, 3)) == 0:  # the same record again, with another call
        again = list(draw(st.sampled_from(rows)))
        if draw(st.booleans()):
            block = again[4] in (".", "<NON_REF>", "<*>")
            calls = [
                draw(values(contig, 0 if again[4] == "." else again[4].count(",") + 1, block, True)) for _ in samples
            ]
            again[8], again[9:] = "GT:GQ:DP", [f"{v['GT']}:{v.get('GQ', '.')}:{v.get('DP', '.')}" for v in calls]
        rows.append(again)
    rows.sort(key=lambda row: int(row[1]))
    length = GRCH38.contig(contig).length
    head = HEADER + f"##contig=<ID={contig},length={length}>\n"
    head += "\t".join("#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT".split() + samples) + "\n"
    return File(head + "".join("\t".join(row) + "\n" for row in rows), samples)


@st.composite
def nations(draw: st.DrawFn) -> Nation:
    contig, start = draw(st.sampled_from(WINDOWS))
    with_reference = draw(st.booleans())
    known = sequence() if with_reference else {}
    names = [f"P{i}" for i in range(draw(st.integers(1, 4)))]
    parts = [names] if draw(st.integers(0, 3)) == 0 else [[name] for name in names]
    nation = Nation(contig, start, [draw(files(contig, start, part, known)) for part in parts], [], with_reference)
    for name in names:
        bed = {}
        callability = draw(st.sampled_from(("gvcf", "gvcf", "bed", "assumed")))
        if callability == "bed":
            ends = st.integers(max(0, start - 3), min(start + WIDTH + 2, GRCH38.contig(contig).length))
            cuts = [sorted(draw(st.tuples(ends, ends))) for _ in range(draw(st.integers(1, 2)))]
            bed = {contig: [(a, b) for a, b in cuts if a < b] or [(start - 1, start + 9)]}
        karyotype = draw(st.sampled_from(KARYOTYPES if contig in ("chrX", "chrY") else ("XX", "XY")))
        group = draw(st.sampled_from(("n", "s")))
        nation.rows.append(
            {"name": name, "karyotype": karyotype, "callability": callability, "bed": bed, "group": group}
        )
    return nation
