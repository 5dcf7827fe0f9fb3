"""Are two packs the same, field by field; says where they first differ."""

from dataclasses import fields

import numpy as np

from embla.genotypes.model.pack import Pack, Records
from embla.genotypes.reading import ReadPack


def assert_same(fast: ReadPack, slow: ReadPack) -> None:
    assert fast.spec == slow.spec
    assert_same_pack(fast.pack, slow.pack)
    assert fast.report == slow.report
    assert fast.report.lines() == slow.report.lines()


def assert_same_pack(fast: Pack, slow: Pack) -> None:
    for name in ("assembly", "karyotype", "callability", "policy", "pipeline", "filters"):
        assert getattr(fast, name) == getattr(slow, name), name
    assert list(fast.contigs) == list(slow.contigs)
    for contig, one in fast.contigs.items():
        two = slow.contigs[contig]
        for spot in fields(one):
            if spot.name == "records":
                assert_same_records(one.records, two.records, contig)
            elif spot.name == "long_alleles":
                assert one.long_alleles == two.long_alleles, contig
            else:
                assert_same_array(getattr(one, spot.name), getattr(two, spot.name), f"{contig} {spot.name}")


def assert_same_records(one: Records, two: Records, contig: str) -> None:
    for spot in fields(one):
        if spot.name == "text":
            assert one.text == two.text, contig
        else:
            assert_same_array(getattr(one, spot.name), getattr(two, spot.name), f"{contig} records.{spot.name}")


def assert_same_array(one: np.ndarray, two: np.ndarray, name: str) -> None:
    assert one.dtype == two.dtype, (name, one.dtype, two.dtype)
    assert one.shape == two.shape, (name, one.tolist(), two.tolist())
    assert np.array_equal(one, two), (name, one.tolist(), two.tolist())
