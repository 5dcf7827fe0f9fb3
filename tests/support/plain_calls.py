"""One call, read plainly: its gates, its copies at each place, and the class of each allele."""

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from embla.errors import BadInput
from embla.genome import Assembly, copies
from embla.genotypes.model import codes
from embla.genotypes.model.policy import Policy
from tests.support.plain_rows import Line, Person, Row

NUMBER_2 = r"[0-9]+(\.[0-9]*)?"  # of earlier rules
NUMBER = NUMBER_2 + r"([eE][+-]?[0-9]{1,3})?"


def read_call(
    line: Line,
    values: dict[str, str],
    kinds: list[str],
    person: Person,
    assembly: Assembly,
    policy: Policy,
    refuse: Callable[[int, str], BadInput],
) -> None:
    """One sample's cell of one line: its blocks or its row go to the person."""
    report = person.report
    gt = values.get("GT", "")
    match = re.fullmatch(r"[/|]?((?:[0-9]{1,5}|\.)(?:[/|](?:[0-9]{1,5}|\.))*)", gt)
    if not match:
        raise refuse(line.number, "GT")
    written = [None if a == "." else int(a) for a in re.split(r"[/|]", match[1])]
    if any(a is not None and a > len(line.alts) for a in written):
        raise refuse(line.number, "GT beyond ALT")
    phased = "|" in match[1]
    if not phased and len(written) == 2:
        other = values.get("PGT", "")
        if re.fullmatch(r"[0-9]{1,5}\|[0-9]{1,5}", other):
            order: list[int | None] = [int(a) for a in other.split("|")]
            if order in (written, written[::-1]):
                written, phased = order, True

    def whole(text: str) -> int | None:
        if text in ("", "."):
            return None
        if not re.fullmatch(NUMBER if policy.version > 2 else NUMBER_2, text):
            report.bad_numbers += 1
            return None
        return min(int(Decimal(text)), 2**31 - 1)

    def number(*names: str) -> int | None:
        return next((n for n in (whole(values.get(name, "")) for name in names) if n is not None), None)

    def numbers(name: str) -> list[int]:
        text = values.get(name, "")
        found = [whole(one) for one in text.split(",")] if text not in ("", ".") else []
        return [-1 if n is None else n for n in found]

    gq, dp = number("GQ", "GQX"), number("DP", "DPI")
    if gq is None and policy.version > 2 and not any(written):
        gq = number("RGQ")
    ad = measured = numbers("AD")
    if policy.version > 2 and len(ad) != len(line.alts) + 1:
        others = values.get("AO", "")
        if len(ad) == len(line.alts) == 1:  # VarScan
            ref = number("RD")
            ad = measured = ad if ref is None else [ref, *ad]
        elif not ad and others not in ("", ".") and others.count(",") + 1 == len(line.alts):
            ref = number("RO")
            ad = measured = [-1 if ref is None else ref, *numbers("AO")]
        elif len(ad) > len(line.alts) + 1:
            measured = []
    is_mt = line.contig == "chrM"
    good = ["PASS", "."]
    if policy.version > 1 and not is_mt and not any(written):
        good.append("RefCall")
    passed = line.filter in good and values.get("FT", "") in ("", ".", "PASS")
    depth = dp
    if line.is_block:
        depth = number("MIN_DP")
        if depth is None:
            depth = dp
        if depth is None and re.fullmatch(NUMBER if policy.version > 2 else NUMBER_2, line.block_depth):
            depth = min(int(Decimal(line.block_depth)), 2**31 - 1)
    alleles = list(written)
    if not policy.spanning_deletion_in_an:
        alleles = [None if a and kinds[a - 1] == "star" else a for a in alleles]

    def gates(n: int) -> bool:
        if not passed or depth is None:
            return False
        if gq is None and not (is_mt and policy.version > 1):
            return False
        if gq is not None and gq < policy.min_gq:
            return False
        if depth < (policy.min_dp_haploid if n == 1 else policy.min_dp):
            return False
        if n == 2 and len(set(alleles)) == 2 and None not in alleles and len(alleles) == 2:
            for a in alleles:
                given = a and a < len(measured) and measured[a] >= 0
                if a and given and measured[a] * 100 < policy.min_allele_balance_percent * (dp or 0):
                    return False
        return True

    has = frozenset(name for name, value in (("GQ", gq), ("DP", depth)) if value is not None)
    if line.is_block:
        for piece in assembly.pieces(line.contig):
            start, end = max(piece.start, line.pos - 1), min(piece.end, line.end)
            n = copies(person.spec.karyotype, piece.kind)
            if start < end and n:
                raw, _ = level(alleles, n, is_mt)
                adj = raw if gates(n) else codes.NOTHING
                person.blocks[line.contig].append((start, end, raw, adj, line.pos - 1))
                if passed and raw:
                    person.seen[line.contig].append(("blocks", has))
        return

    def judge(pos: int) -> tuple[int | None, int, int, str]:
        """Copies at a place, raw and adj on so many, and why a called genotype became a no-call."""
        n = copies(person.spec.karyotype, assembly.piece_at(line.contig, pos).kind)
        if not n:
            return n, codes.NOTHING, codes.NOTHING, ""
        raw, why = level(alleles, n, is_mt)
        return n, raw, raw if gates(n) else codes.NOTHING, why

    def class_of(a: int, n: int, raw: int) -> int:
        if a not in alleles or raw == codes.NOTHING:
            return codes.NONE
        if raw == codes.ONE:
            return codes.HALF
        if n == 1:
            return codes.HEMI
        return codes.HOM if len(set(alleles)) == 1 else codes.HET

    real = sorted(line.keys)
    carried = any(a in real for a in written if a)
    n, raw, adj, _ = judge(line.pos)
    # What is said of the record goes by the copies where its first real ALT's key lies.
    judged = line.keys[real[0]][0] if real else line.pos
    n_judged, raw_judged, _, why = judge(judged)
    kind = assembly.piece_at(line.contig, judged).kind
    failed = not passed
    if passed and raw_judged and (carried or not any(written)):
        person.seen[line.contig].append(("calls" if carried else "plain", has))
    row = Row(
        line,
        n,
        alleles,
        shown(written, is_mt, raw),
        phased,
        phase_set(values),
        -1 if dp is None else dp,
        -1 if gq is None else min(gq, 32767),
        ad,
        failed,
        raw,
        adj,
        {},
        {},
    )
    report.calls += carried
    report.y_par += carried and kind == "par_y"
    report.y_absent += carried and n_judged == 0 and kind != "par_y"
    report.unknown_sex += carried and n_judged is None
    report.half_calls += raw_judged == codes.ONE and bool(real)
    report.het_on_one_copy += why == "het" and bool(real)
    report.many_alleles += why == "many" and bool(real)
    row.counted = bool(n_judged) and not why
    for a in real:
        n_own, raw_own, adj_own, _ = judge(line.keys[a][0])
        if not n_own:
            continue
        row.own[a] = n_own, raw_own, adj_own
        row.classes[a] = codes.NONE if is_mt else class_of(a, n_own, raw_own)
        if is_mt and raw_own != codes.NOTHING:
            share = heteroplasmy(a, alleles, values.get("AF", ""), ad, len(line.alts))
            if share is None:
                raise refuse(line.number, "AF is no share")
            row.heteroplasmy[a] = share
            if share >= policy.min_heteroplasmy_percent * 100:
                row.classes[a] = codes.MT_HOM if share >= policy.homoplasmy_percent * 100 else codes.MT_HET
            elif a in row.gt:
                report.low_heteroplasmy += 1
        pos, ref, alt = line.keys[a]
        has = row.classes[a] or row.heteroplasmy.get(a)
        for i in range(len(ref) if len(ref) == len(alt) and has else 0):
            n_base, raw_base, adj_base, _ = judge(pos + i)
            if n_base:
                class_base = row.classes[a] if is_mt else class_of(a, n_base, raw_base)
                row.bases[a, i] = n_base, raw_base, adj_base, class_base
    row.failed_itself = failed and line.filter in ("PASS", ".")
    here = assembly.piece_at(line.contig, line.pos).kind
    row.kept = bool(real) and (
        any(written)
        or None in written
        or not passed
        or raw_judged == codes.ONE
        or any(row.heteroplasmy.values())
        or any(assembly.piece_at(line.contig, at).kind != here for at in (line.end, *(line.keys[a][0] for a in real)))
    )
    report.unchecked += carried and not line.checked
    if person.bed is not None and real and n_judged:
        if not any(in_bed(person.bed, line.contig, line.keys[a][0]) for a in real):
            row.counted = False
            report.outside_bed += carried
    person.rows[line.contig].append(row)


def level(alleles: list[int | None], n: int, is_mt: bool) -> tuple[int, str]:
    """NOTHING, ONE or FULL in raw, and why a called genotype became a no-call."""
    called = [a for a in alleles if a is not None]
    if not called:
        return codes.NOTHING, ""
    if is_mt:
        return (codes.FULL if len(called) == len(alleles) else codes.ONE), ""
    if len(alleles) > 2:
        if len(set(alleles)) > 1:
            return codes.NOTHING, "many"
        alleles = alleles[:2]
        called = called[:2]
    if n == 1:
        if len(set(called)) > 1:
            return codes.NOTHING, "het"
        return (codes.FULL if len(called) == len(alleles) else codes.ONE), ""
    return (codes.FULL if len(called) == 2 else codes.ONE), ""


def shown(written: list[int | None], is_mt: bool, level: int) -> tuple[int, int]:
    numbers = [-1 if a is None else a for a in written]
    if len(numbers) == 1:
        return numbers[0], -2
    if len(numbers) > 2 and len(set(numbers)) > 1 and not is_mt:
        return -1, -1
    if is_mt and len(numbers) > 2 and level == codes.ONE:
        return next((a for a in numbers[:2] if a >= 0), 0), -1
    return numbers[0], numbers[1]


def phase_set(values: dict[str, str]) -> int:
    text = values.get("PS", "")
    if re.fullmatch("[0-9]{1,18}", text):
        return int(text)
    match = re.match("[0-9]{1,18}(?![0-9])", values.get("PID", ""))
    return int(match[0]) if match else -1


def heteroplasmy(a: int, alleles: list[int | None], af: str, ad: list[int], n_alts: int) -> int | None:
    """In 1/10,000; None where AF is given and is no share."""
    shares = af.split(",")
    if a - 1 < len(shares) and shares[a - 1] not in ("", "."):
        if not re.fullmatch(r"([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?", shares[a - 1]):
            return None
        value = Fraction(shares[a - 1])
        return int(value * 10_000) if value <= 1 else None
    if len(ad) == n_alts + 1 and min(ad) >= 0 and sum(ad):
        return ad[a] * 10_000 // sum(ad)
    called = [x for x in alleles if x is not None]
    return called.count(a) * 10_000 // len(called)


def in_bed(bed: dict[str, Any], contig: str, pos: int) -> bool:
    return any(start < pos <= end for start, end in bed.get(contig, ()))
