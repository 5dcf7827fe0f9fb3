"""Files as nobody should write them: a seeded generator of messy, but valid, VCF, and of BGZF in blocks of any size."""

import random
import struct
import zlib
from pathlib import Path

from embla.genome import GRCH38
from embla.genotypes.reading import SampleSpec

CONTIGS = ("chr1", "chr2", "chrX", "chrY", "chrM")
KARYOTYPES = ("XX", "XY", "X0", "XXY", "XYY", "unknown")
EDGES = {"chrX": (10_001, 2_781_479, 155_701_383), "chrY": (10_001, 2_781_479, 56_887_903)}
FORMAT = (
    "GT",
    "GQ",
    "GQX",
    "DP",
    "DPI",
    "MIN_DP",
    "AD",
    "AF",
    "FT",
    "PS",
    "PID",
    "PGT",
    "PL",
    "XX",
    "RGQ",
    "RD",
    "RO",
    "AO",
)
EOF_BLOCK = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def bgzf(data: bytes, rng: random.Random, largest: int = 3000) -> bytes:
    """BGZF in blocks of random size down to one byte, empty ones inside, other extra subfields before BC."""
    out = bytearray()
    at = 0
    while at < len(data) or rng.random() < 0.3:
        size = rng.choice((0, 1, rng.randint(1, largest), largest))
        piece = data[at : at + size]
        at += len(piece)
        pack = zlib.compressobj(rng.choice((0, 1, 6)), zlib.DEFLATED, -15)
        body = pack.compress(piece) + pack.flush()
        extra = b"XY\x03\x00abc" if rng.random() < 0.3 else b""
        total = 12 + len(extra) + 6 + len(body) + 8
        out += b"\x1f\x8b\x08\x04\0\0\0\0\0\xff" + struct.pack("<H", len(extra) + 6) + extra
        out += b"BC\x02\0" + struct.pack("<H", total - 1) + body + struct.pack("<II", zlib.crc32(piece), len(piece))
    return bytes(out + EOF_BLOCK)


class Messy:
    """One random file; `reference` maps contig to its bases (N where a key lacks them)."""

    def __init__(self, rng: random.Random, reference: dict[str, str] | None = None, samples: int = 1) -> None:
        self.rng = rng
        self.reference = reference or {}
        self.samples = [f"S{i}" for i in range(samples)]
        self.lacks: list[tuple[str, ...]] = [(), ()]

    def dna(self, low: int, high: int) -> str:
        return "".join(self.rng.choice("ACGT") for _ in range(self.rng.randint(low, high)))

    def bases(self, contig: str, start: int, end: int) -> str:
        text = self.reference.get(contig, "")[start:end]
        return text + "".join(self.rng.choice("ACGT") for _ in range(end - start - len(text)))

    def text(self, records: int = 30) -> str:
        rng = self.rng
        lines = ["##fileformat=VCFv4.2", "##source=HaplotypeCaller"]
        lines += [f"##contig=<ID={name},length={GRCH38.contig(name).length}>" for name in CONTIGS if rng.random() < 0.8]
        if rng.random() < 0.3:
            lines += [f"##FORMAT=<ID={key},Number=1>" for key in ("GT", *rng.sample(FORMAT[1:], rng.randint(0, 6)))]
        if rng.random() < 0.05:
            lines.append(f"##emblaRawAlone={','.join(rng.sample(CONTIGS, 2))}")
        lacks = rng.choices(("", "GQ", "DP"), (8, 1, 1), k=2)  # what calls, and what blocks never have
        self.lacks = [{"GQ": ("GQ", "GQX", "RGQ"), "DP": ("DP", "DPI", "MIN_DP")}.get(name, ()) for name in lacks]
        lines.append("\t".join("#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT".split() + self.samples))
        gvcf = rng.random() < 0.5
        for contig in rng.sample(CONTIGS, rng.randint(1, len(CONTIGS))):
            length = GRCH38.contig(contig).length
            first = rng.choice((1, 50, rng.randint(1, 400), *EDGES.get(contig, ())))
            pos = max(1, first - rng.randint(0, 20))
            for _ in range(rng.randint(1, records)):
                pos = min(pos + rng.choice((0, 0, 1, 1, 2, 3, 10, rng.randint(1, 60))), length - 20)
                lines.append(self.record(contig, pos, gvcf and rng.random() < 0.5))
            if rng.random() < 0.2:
                lines.append(self.record("chrUn_KI270302v1", 5, False))
        end = rng.choice(("\n", "\r\n"))
        return end.join(lines) + (end if rng.random() < 0.7 else "")

    def record(self, contig: str, pos: int, block: bool) -> str:
        rng = self.rng
        size = 1 if block else rng.choice((1, 1, 1, 2, 3, rng.randint(1, 18)))
        ref = self.bases(contig, pos - 1, pos - 1 + size)
        alts = self.alts(ref, block)
        info = []
        if block and rng.random() < 0.8:
            info.append(f"END={rng.choice(('.', *(pos + far for far in (0, 1, 5, rng.randint(0, 80)))))}")
        info += rng.sample(
            ["DP=30", "MIN_DP=4", "MinDP=12", "XEND=3", "AF=0.5", "FLAG", "CIEND=-1,1"], rng.randint(0, 3)
        )
        rng.shuffle(info)
        keys = ["GT", *rng.sample(FORMAT[1:], rng.randint(0, len(FORMAT) - 1))]
        if rng.random() < 0.5:
            rng.shuffle(keys)
        if rng.random() < 0.7:
            keys = ["GT", "AD", "DP", "GQ"] if not block else ["GT", "DP", "GQ", "MIN_DP"]
        keys = [key for key in keys if key not in self.lacks[block]]
        cells = [self.cell(keys, len(alts), contig) for _ in self.samples]
        if rng.random() < 0.1:
            ref = ref.lower()
        name = rng.choice((contig, contig, contig.removeprefix("chr"))) if contig in CONTIGS else contig
        return "\t".join(
            [
                name,
                str(pos),
                ".",
                ref,
                ",".join(alts) or ".",
                rng.choice((".", "50", "3.2")),
                rng.choice(("PASS", "PASS", "PASS", ".", "LowQual", "RefCall", "q10;s50", f"F{rng.randint(0, 60)}")),
                ";".join(info) or ".",
                ":".join(keys),
                *cells,
            ]
        )

    def alts(self, ref: str, block: bool) -> list[str]:
        rng = self.rng
        if block:
            return rng.choice((["<NON_REF>"], ["<*>"], [], ["<X>"], ["<CGA_NOCALL>"]))
        found: list[str] = []
        for _ in range(rng.choice((1, 1, 1, 1, 2, 3))):
            alt = rng.choice(
                (
                    self.dna(len(ref), len(ref)),
                    ref[: rng.randint(1, len(ref))],
                    ref
                    + self.rng.choice(
                        (ref, ref[-1], "A", "".join(rng.choice("ACGT") for _ in range(rng.randint(1, 20))))
                    ),
                    ref[0] + "".join(rng.choice("ACGT") for _ in range(rng.randint(0, 4))) + ref[1:],
                    rng.choice("ACGT"),
                    "N",
                )
            )
            if alt != ref and alt not in found:
                found.append(alt)
        for symbol, chance in (
            ("*", 0.08),
            ("<NON_REF>", 0.15),
            ("<DEL>", 0.04),
            ("G]chr2:7]", 0.02),
            ("<CGA_NOCALL>", 0.01),
        ):
            if rng.random() < chance:
                found.insert(rng.randint(0, len(found)), symbol)
        return found or ["<DEL>" if rng.random() < 0.3 else "T" if ref != "T" else "C"]

    def cell(self, keys: list[str], n: int, contig: str) -> str:
        rng = self.rng

        def allele() -> str:
            return (
                rng.choice(("0", "0", "1", "1", str(n), ".", str(rng.randint(0, n))))
                if n
                else rng.choice(("0", "0", "."))
            )

        def gt() -> str:
            shape = rng.random()
            if shape < 0.55:
                return rng.choice(("0/1", "1/1", "0|1", "0/0", "1|0") if n else ("0/0", "./."))
            if shape < 0.68:
                return allele()
            if shape < 0.74:
                return rng.choice("/|").join(allele() for _ in range(rng.randint(3, 4)))
            return rng.choice(("", "", "", "|", "/")) + rng.choice("/|").join((allele(), allele()))

        def depth(low: int = 0, high: int = 40) -> str:
            return (
                rng.choice((".", "", "7.9", "x", "-3", "1.26e1", "3E+1", "259e-1", "0.4e2", "1e", "2e1234"))
                if rng.random() < 0.06
                else str(rng.randint(low, high))
            )

        def depths(of: int = 1) -> str:
            count = n + of if rng.random() < 0.9 else rng.randint(0, n + 2)
            return ",".join("." if rng.random() < 0.05 else str(rng.randint(0, 30)) for _ in range(count)) or "."

        shares = (
            "0.95",
            "0.9499999999999999999999999999999999",
            "0.1",
            "0.0999999999",
            "1",
            "1.0000",
            "9.5e-1",
            ".5",
            "0",
            "1e-3",
            "0.07",
            ".",
            "",
            "1E0",
            "100e-2",
            "0.00009",
        )
        makers = {
            "GT": gt,
            "GQ": lambda: depth(10, 60),
            "GQX": lambda: depth(10, 60),
            "DP": depth,
            "DPI": depth,
            "MIN_DP": depth,
            "AD": depths,
            "AF": lambda: ",".join(rng.choice(shares) for _ in range(max(n, 1))),
            "RGQ": lambda: depth(10, 60),
            "RD": depth,
            "RO": depth,
            "AO": lambda: depths(0),
            "FT": lambda: rng.choice(("PASS", ".", "LowGQ", "")),
            "PS": lambda: rng.choice((".", "77", "x", "123456")),
            "PID": lambda: rng.choice((".", "100_A_G", "99", "x_1")),
            "PGT": lambda: rng.choice((".", "0|1", "1|0", "1|1")),
            "PL": lambda: "0,1,2",
            "XX": lambda: "a",
        }
        values = [makers[key]() for key in keys]
        if rng.random() < 0.15:
            values = values[: max(keys.index("GT") + 1, rng.randint(1, len(values)))]
        return ":".join(values)


def write(path: Path, text: str, rng: random.Random) -> Path:
    """Plain, gzip in one or several members, or BGZF."""
    data = text.encode()
    kind = rng.choice(("plain", "gzip", "bgzf", "members"))
    if kind == "gzip":
        data = zlib.compressobj(1, zlib.DEFLATED, 31).compress(data) if not data else _gzip(data)
    elif kind == "members":
        cut = rng.randint(0, len(data))
        data = _gzip(data[:cut]) + _gzip(data[cut:])
    elif kind == "bgzf":
        data = bgzf(data, rng)
    path.write_bytes(data)
    return path


def _gzip(data: bytes) -> bytes:
    pack = zlib.compressobj(1, zlib.DEFLATED, 31)
    return pack.compress(data) + pack.flush()


def specs(rng: random.Random, path: Path, samples: list[str], bed: Path | None = None) -> list[SampleSpec]:
    """Some or all samples of a file, each with a karyotype and a callability."""
    chosen = [name for name in samples if rng.random() < 0.8] or samples[:1]
    rng.shuffle(chosen)
    kinds = [None, "gvcf", "assumed", *(["bed"] if bed else [])]
    found = []
    for name in chosen:
        kind = rng.choice(kinds)
        found.append(SampleSpec(name, path, rng.choice(KARYOTYPES), kind, bed if kind == "bed" else None))
    return found
