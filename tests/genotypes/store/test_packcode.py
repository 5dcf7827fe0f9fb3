"""Whatever a pack's columns hold, they come back bit for bit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.errors import Broken
from embla.genotypes import ContigCalls, Pack, Policy, Records
from embla.genotypes.files.columns import plane_sections
from embla.genotypes.files.lexicon import Known, Lexicon, LexiconWriter
from embla.genotypes.files.packcode import Told, heard, told
from embla.genotypes.files.packdigest import pack_digest
from embla.genotypes.files.packfile import PackFile, encode_pack
from embla.genotypes.model import codes, keys
from tests.support.plain_telling import plain_told

TEXTS = st.one_of(
    st.sampled_from(
        ["A\tG", "C\tT", "A\tG,<NON_REF>", "T\tC,<*>", "AC\tA", "A\tACGT,<NON_REF>", "AG\tCT", "N\tA", "A\tN"]
    ),
    st.sampled_from(["A\t<DEL>", "A\tG,T", "A\tG,T,<NON_REF>", "A\t,<NON_REF>", "\t,<*>", "A\t*,G", "A" * 40 + "\tA"]),
    st.text("ACGTN\t,<>*", min_size=0, max_size=20),
)
SMALL = st.integers(-3, 60)
TEXTS_OF_FILTERS = tuple(f"F{number}" for number in range(256))
INT32 = st.one_of(SMALL, st.sampled_from([-(2**31), 2**31 - 1]))


@st.composite
def contigs(draw: st.DrawFn) -> ContigCalls:
    n = draw(st.integers(0, 25))
    pos = np.sort(draw(st.lists(st.integers(1, 400), min_size=n, max_size=n)))
    texts = draw(st.lists(TEXTS, min_size=n, max_size=n))
    ads = draw(st.lists(st.lists(INT32, max_size=5), min_size=n, max_size=n))
    gt = draw(st.lists(st.tuples(st.integers(-2, 20), st.integers(-2, 20)), min_size=n, max_size=n))
    sets = [draw(st.sampled_from([-1, int(p), 7, 2**40])) for p in pos]
    long = {keys.make_key(999, "A", "A" * 20): ("A", "A" * 20)}
    own = {keys.make_key(int(p), *t.split("\t")) for p, t in zip(pos, texts, strict=True)
           if t.count("\t") == 1 and all(t.split("\t")) and keys.is_short(*t.split("\t"))}  # fmt: skip
    chosen = [key for key in sorted(own) if draw(st.booleans())]
    key = np.array(sorted({*chosen, *long, *(keys.make_key(p, "A", "C") for p in draw(st.sets(st.integers(1, 500))))}))
    cuts = np.array(sorted(draw(st.sets(st.integers(0, 90_000), max_size=12))), np.uint32)
    cuts = cuts[: len(cuts) // 2 * 2]

    def column(values: st.SearchStrategy[int], dtype: type, size: int = n) -> np.ndarray:
        return np.array(draw(st.lists(values, min_size=size, max_size=size)), dtype)

    records = Records(
        pos.astype(np.uint32),
        "".join(texts).encode(),
        np.cumsum([len(t) for t in texts]).astype(np.uint32),
        np.array(gt, np.int8).reshape(-1, 2),
        column(st.booleans(), np.bool_),
        np.array(sets, np.int64),
        column(st.integers(0, 255), np.uint8),
        column(INT32, np.int32),
        column(st.integers(-1, 32_767), np.int16),
        np.array([value for ad in ads for value in ad], np.int32),
        np.cumsum([len(ad) for ad in ads]).astype(np.uint32),
        column(st.booleans(), np.bool_),
    )
    return ContigCalls(
        key.astype(np.uint64),
        column(st.integers(0, 4_095), np.uint16, len(key)),
        column(st.integers(0, 10_000), np.uint16, draw(st.sampled_from([0, len(key)]))),
        long,
        cuts[0::2],
        cuts[1::2],
        column(st.integers(0, 8), np.uint8, len(cuts) // 2),
        records,
    )


def same(a: ContigCalls, b: ContigCalls) -> None:
    for name in ("key", "entry", "heteroplasmy", "run_start", "run_end", "run_state"):
        assert getattr(a, name).dtype == getattr(b, name).dtype and np.array_equal(getattr(a, name), getattr(b, name))
    for name in Records.__dataclass_fields__:
        one, other = getattr(a.records, name), getattr(b.records, name)
        if isinstance(one, bytes):
            assert one == other
        else:
            assert one.dtype == other.dtype and one.shape == other.shape and np.array_equal(one, other), name
    assert a.long_alleles == b.long_alleles


def alike(one: Told, other: Told) -> None:
    """Equal columns in the same order, cut into the same pieces."""
    assert list(one.columns) == list(other.columns)
    for name, column in one.columns.items():
        twin = other.columns[name]
        assert column.dtype == twin.dtype and np.array_equal(column, twin), name
        pieces = (plane_sections(values, told.cuts.get(name)) for values, told in ((column, one), (twin, other)))
        assert list(next(pieces)) == list(next(pieces)), name


@given(contigs())
@settings(max_examples=300, deadline=None)
def test_what_is_told__is_heard_and_as_the_plain_twin_tells_it(calls: ContigCalls) -> None:
    found = told(calls)

    same(calls, heard(found.columns, calls.long_alleles))
    alike(found, plain_told(calls))


def test_calls_out_of_order__are_told_as_the_plain_twin_tells_them() -> None:
    calls = plain_calls(300).contigs["chr1"]
    some = np.r_[150:300, 0:150, 20:40]
    bounds = np.append(0, calls.records.ad_end)
    records = replace(
        calls.records,
        **{name: getattr(calls.records, name)[some] for name in ("pos", "gt", "phased", "phase_set", "filter", "dp",
                                                                 "gq", "counted")},
        text=b"".join(calls.records.text[3 * i : 3 * i + 3] for i in some.tolist()),
        text_end=np.arange(3, 3 * len(some) + 3, 3).astype(np.uint32),
        ad=np.concatenate([calls.records.ad[bounds[i] : bounds[i + 1]] for i in some.tolist()]),
        ad_end=np.arange(2, 2 * len(some) + 2, 2).astype(np.uint32),
    )  # fmt: skip

    alike(told(replace(calls, records=records)), plain_told(replace(calls, records=records)))


@pytest.mark.parametrize("column", ["text_end", "ad_end", "dp", "pos"])
def test_columns_that_do_not_fit_each_other__are_never_told(column: str) -> None:
    calls = plain_calls(50).contigs["chr1"]
    values = getattr(calls.records, column)
    wrong = values[:-1] if column in ("dp", "pos") else values + values.dtype.type(7)

    with pytest.raises(Broken, match="do not fit"):
        told(replace(calls, records=replace(calls.records, **{column: wrong})))


@given(contigs())
@settings(max_examples=40, deadline=None)
def test_a_pack_file__gives_back_any_contig_and_its_digest(calls: ContigCalls) -> None:
    pack = Pack("GRCh38", "XX", "gvcf", Policy().digest(), "hand", TEXTS_OF_FILTERS, {"chr1": calls})

    digest, blob = encode_pack(pack)
    back = PackFile(b"".join(blob.chunks()), "packs/x")

    again = back.contig("chr1")
    assert again is not None
    numbers = [back.filters[number] for number in again.records.filter]
    assert numbers == [TEXTS_OF_FILTERS[number] for number in calls.records.filter]
    same(calls, again.with_filter(calls.records.filter))
    assert pack_digest(back.pack()) == digest and back.is_as_named()


def plain_calls(n: int) -> Pack:
    rng = np.random.default_rng(1)
    pos = np.cumsum(rng.geometric(1 / 600, n)).astype(np.uint32)
    base = rng.integers(0, 4, n)
    text = [f"{'ACGT'[b]}\t{'GTAC'[b]}" for b in base]
    hom = rng.random(n) < 0.4
    gt = np.where(hom[:, None], 1, np.array([0, 1])).astype(np.int8)
    dp = rng.poisson(34, n).clip(12).astype(np.int32)
    alt = np.where(hom, dp, rng.binomial(dp, 0.5)).astype(np.int32)
    key = np.array([keys.make_key(int(p), *t.split("\t")) for p, t in zip(pos, text, strict=True)], np.uint64)
    none = np.empty(0, np.uint32)
    entry = np.where(hom, codes.make_entry(codes.HOM, adj=True), codes.make_entry(codes.HET, adj=True))
    records = Records(pos, "".join(text).encode(), np.arange(3, 3 * n + 3, 3).astype(np.uint32), gt,
                      np.zeros(n, np.bool_), np.full(n, -1, np.int64), np.zeros(n, np.uint8), dp,
                      np.full(n, 99, np.int16), np.column_stack([dp - alt, alt]).reshape(-1).astype(np.int32),
                      np.arange(2, 2 * n + 2, 2).astype(np.uint32), np.ones(n, np.bool_))  # fmt: skip
    calls = ContigCalls(
        key, entry.astype(np.uint16), np.empty(0, np.uint16), {}, none, none, none.astype(np.uint8), records
    )

    return Pack("GRCh38", "XX", "gvcf", Policy().digest(), "", ("PASS",), {"chr1": calls})


def test_plain_calls__cost_next_to_nothing_beyond_place_change_and_depth() -> None:
    _, blob = encode_pack(plain_calls(20_000))

    assert blob.size < 3.2 * 20_000


def test_plain_calls_that_a_lexicon_knows__cost_bits_for_place_and_change() -> None:
    pack = plain_calls(20_000)
    carried = pack.contigs["chr1"].key
    # One in four of what is known is carried, a hundred calls are not known.
    more = (carried[:, None] + (np.arange(1, 4) << keys.POS_SHIFT).astype(np.uint64)).reshape(-1)
    key = np.unique(np.concatenate([carried[100:], more]))
    writer = LexiconWriter(100)
    writer.contig("chr1", Known(key, np.full(len(key), 4, np.uint8)))
    name = writer.finish()
    lexicon = Lexicon(b"".join(writer.blob.chunks()), name)

    digest, blob = encode_pack(pack, lexicon)

    assert blob.size < 2.05 * 20_000
    back = PackFile(b"".join(blob.chunks()), "packs/x", {lexicon.name: lexicon}.__getitem__)
    assert pack_digest(back.pack()) == digest == encode_pack(pack)[0]


def test_columns__that_do_not_fit_are_an_error() -> None:
    kinds = (np.uint32, bytes, np.uint32, np.int8, np.bool_, np.int64, np.uint8, np.int32, np.int16, np.int32)
    nothing: list = [b"" if kind is bytes else np.empty(0, kind) for kind in (*kinds, np.uint32, np.bool_)]
    nothing[3] = np.empty((0, 2), np.int8)
    none = np.empty(0, np.uint32)
    no_state, no_share = none.astype(np.uint8), none.astype(np.uint16)
    key, entry = np.array([keys.make_key(5, "A", "C")], np.uint64), np.array([1], np.uint16)
    columns = told(ContigCalls(key, entry, no_share, {}, none, none, no_state, Records(*nothing))).columns
    columns["more_keys"] = columns["more_keys"][:0]

    with pytest.raises(Broken):
        heard(columns, {})


def test_a_pack_from_before_there_were_contexts__is_read_and_told_anew_under_the_same_digest() -> None:
    older = Path(__file__).parents[2] / "data" / "older" / "pack-told-without-contexts"

    opened = PackFile(older.read_bytes(), "packs/x")
    pack = opened.pack()

    said = "2c2855e677b53a32029cd62d08d20164fa6e796d09e667df5a86aa1a05bed64a"
    assert len(pack.contigs["chr7"].records.pos) == 40
    assert pack_digest(pack, 1) == opened.digest == said and opened.is_as_named()
    assert pack_digest(pack) == encode_pack(pack)[0] != said
