"""VCF Zarr, specification 0.4 (Zarr format 2): what sgkit, vcztools and xarray open.

call_genotype (variants, samples, ploidy)   0 REF, 1 ALT, -1 missing, -2 no such copy    call_genotype_mask
variant_contig _position _length _allele _id _quality _filter    contig_id contig_length filter_id sample_id
region_index    per chunk and contig: chunk, contig, first and last POS, last base, records
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from embla.genome import GRCH38
from embla.genotypes.matrix import CallBlock
from embla.optional import require

VERSION: Final = "0.4"
_SAMPLE_CHUNK: Final = 10_000
# BCF's signalling NaN for a missing float, as the specification has it.
_MISSING_FLOAT: Final = np.array([0x7F800001], dtype="<u4").view("<f4")[0]
_INDEX_FIELDS: Final = 6
_CALLS: Final = ["variants", "samples", "ploidy"]


class VcfZarrWriter:
    """Writes a store chunk by chunk: every block but the last has `size` variants, so none is written twice."""

    def __init__(self, path: Path, names: Sequence[str], about: Mapping[str, Any], size: int) -> None:
        zarr = require("zarr", doing="Writing VCF Zarr", extra="research")
        self._zarr, self._path, self._size, self.variants = zarr, path, size, 0
        self._index: list[tuple[int, ...]] = []
        self._group = zarr.open_group(str(path), mode="w", zarr_format=2)
        meta = [["fileformat", "VCFv4.3"], ["reference", GRCH38.name]]
        meta += [[f"embla_{name}", str(value)] for name, value in about.items()]
        self._group.attrs.update(
            {"vcf_zarr_version": VERSION, "source": "Embla", "vcf_meta_information": meta},
        )
        n = len(names)
        self._column("sample_id", ["samples"], names)
        self._column("contig_id", ["contigs"], [c.name for c in GRCH38.contigs])
        lengths = np.array([c.length for c in GRCH38.contigs], np.int64)
        self._array("contig_length", ["contigs"], "i8", (len(lengths),))[:] = lengths
        self._column("filter_id", ["filters"], ["PASS"])
        self._growing = {
            "variant_contig": self._array("variant_contig", ["variants"], "i1", (0,)),
            "variant_position": self._array("variant_position", ["variants"], "i4", (0,)),
            "variant_length": self._array("variant_length", ["variants"], "i4", (0,)),
            "variant_allele": self._array("variant_allele", ["variants", "alleles"], str, (0, 2)),
            "variant_id": self._array("variant_id", ["variants"], str, (0,)),
            "variant_id_mask": self._array("variant_id_mask", ["variants"], "bool", (0,)),
            "variant_quality": self._array("variant_quality", ["variants"], "f4", (0,)),
            "variant_filter": self._array("variant_filter", ["variants", "filters"], "bool", (0, 1)),
            "call_genotype": self._array("call_genotype", _CALLS, "i1", (0, n, 2)),
            "call_genotype_mask": self._array("call_genotype_mask", _CALLS, "bool", (0, n, 2)),
        }  # fmt: skip

    def add(self, block: CallBlock) -> None:
        """The next variants: one chunk."""
        n, alleles = len(block), block.alleles()
        length = np.array([len(ref) for ref in block.ref], np.int32)
        columns: dict[str, Any] = {
            "variant_contig": block.contig,
            "variant_position": block.pos.astype(np.int32),
            "variant_length": length,
            "variant_allele": np.array([block.ref, block.alt], dtype=object).T,
            "variant_id": np.full(n, ".", dtype=object),
            "variant_id_mask": np.ones(n, np.bool_),
            "variant_quality": np.full(n, _MISSING_FLOAT, np.float32),
            "variant_filter": np.ones((n, 1), np.bool_),
            "call_genotype": alleles,
            "call_genotype_mask": alleles < 0,
        }
        start, end = self.variants, self.variants + n
        for name, values in columns.items():
            array = self._growing[name]
            array.resize((end, *array.shape[1:]))
            array[start:end] = values
        last = block.pos + length - 1
        cuts = np.flatnonzero(np.diff(block.contig, prepend=-1)).tolist()
        for a, b in zip(cuts, [*cuts[1:], n], strict=True):
            self._index.append(
                (start // self._size, int(block.contig[a]), int(block.pos[a]), int(block.pos[b - 1]),
                 int(last[a:b].max()), b - a)
            )  # fmt: skip
        self.variants = end

    def close(self) -> None:
        """Write the index of regions, and all metadata in one place."""
        index = np.array(self._index, np.int32).reshape(-1, _INDEX_FIELDS)
        dimensions = ["region_index_values", "region_index_fields"]
        self._array("region_index", dimensions, "i4", index.shape)[:] = index
        self._zarr.consolidate_metadata(str(self._path), zarr_format=2)

    def _array(self, name: str, dimensions: list[str], dtype: Any, shape: tuple[int, ...]) -> Any:
        sizes = {"variants": self._size, "samples": _SAMPLE_CHUNK}
        chunks = tuple(
            max(1, min(sizes[d], n) if d == "samples" else sizes.get(d, n))
            for d, n in zip(dimensions, shape, strict=True)
        )
        # A fill value that is not null would be read as "missing" by xarray: genotype 0 would be one.
        return self._group.create_array(
            name, shape=shape, chunks=chunks, dtype=dtype, fill_value="" if dtype is str else None,
            attributes={"_ARRAY_DIMENSIONS": dimensions},
        )  # fmt: skip

    def _column(self, name: str, dimensions: list[str], values: Sequence[str]) -> None:
        self._array(name, dimensions, str, (len(values),))[:] = np.array(list(values), dtype=object)
