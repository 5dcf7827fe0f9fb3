"""A freeze as sgkit and vcztools read it. Runs without Embla: vcf_zarr.py FOLDER."""

import io
import json
import subprocess
import sys
import warnings
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

import numpy as np

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of setuptools, about how sgkit finds its version
    import sgkit


def main(folder: Path) -> None:
    """Compare every cell; SystemExit with the first difference."""
    begun = perf_counter()
    freeze = json.loads((folder / "expected.json").read_text())["freeze"]
    path = folder / "vcf-zarr" / "genotypes.vcz"
    calls = np.array(freeze["calls"])
    ac, an = calls[:, :, 0], calls[:, :, 1]
    data = sgkit.load_dataset(str(path))
    if data.sample_id.values.tolist() != freeze["names"]:
        sys.exit("sgkit: other samples, or another order")
    contigs = data.contig_id.values[data.variant_contig.values]
    places = list(
        zip(
            contigs.tolist(), data.variant_position.values.tolist(), *data.variant_allele.values.T.tolist(), strict=True
        )
    )
    if places != [tuple(v[:4]) for v in freeze["variants"]]:
        sys.exit("sgkit: other variants")
    genotype = data.call_genotype.values
    own_ac, own_an = (genotype == 1).sum(axis=2), (genotype >= 0).sum(axis=2)
    for what, found, wanted in (("AC", own_ac, ac), ("AN", own_an, an)):
        if (found != wanted).any():
            v, s = np.argwhere(found != wanted)[0]
            sys.exit(f"sgkit: {what} of sample {s} at {places[v]}: {found[v, s]} is not {wanted[v, s]}")
    begun = tell("sgkit", "call_genotype of the freeze", own_ac.size, "cells", begun)
    counted = sgkit.count_variant_alleles(data).variant_allele_count.values
    if (counted != np.stack([an.sum(axis=1) - ac.sum(axis=1), ac.sum(axis=1)], axis=1)).any():
        sys.exit("sgkit: count_variant_alleles differs from the store's counts")
    begun = tell("sgkit", "count_variant_alleles", len(counted), "variants", begun)
    vcztools = Path(sys.executable).with_name("vcztools")
    text = subprocess.run([str(vcztools), "view", "-H", str(path)], capture_output=True, text=True, check=True).stdout
    n = 0
    for line, (contig, pos, ref, alt, _), row in zip(
        io.StringIO(text), freeze["variants"], freeze["calls"], strict=True
    ):
        fields = line.rstrip("\n").split("\t")
        if fields[:2] + fields[3:5] != [contig, str(pos), ref, alt]:
            sys.exit(f"vcztools: {fields[:5]} is not {contig}-{pos}-{ref}-{alt}")
        for gt, (own, called, _) in zip(fields[9:], row, strict=True):
            alleles = gt.replace("|", "/").split("/")
            if (alleles.count("1"), len(alleles) - alleles.count(".")) != (own, called):
                sys.exit(f"vcztools: {gt} at {contig}-{pos} is not AC {own}, AN {called}")
            n += 1
    begun = tell("vcztools", "view of the freeze", n, "genotypes", begun)
    contig, pos = freeze["variants"][len(freeze["variants"]) // 2][:2]
    words = [str(vcztools), "view", "-H", "-r", f"{contig}:{pos}-{pos}", str(path)]
    text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    wanted = sum(v[0] == contig and v[1] <= pos < v[1] + len(v[2]) for v in freeze["variants"])
    if len(text.splitlines()) != wanted:
        sys.exit(f"vcztools: {len(text.splitlines())} records over {contig}:{pos} by the index, not {wanted}")
    tell("vcztools", "view of a place by the index", wanted, "records", begun)


def tell(tool: str, what: str, compared: int, unit: str, begun: float) -> float:
    """A line for `make interop`; gives when the next check begins."""
    now = perf_counter()
    print(f"{tool} {version(tool)}", what, compared, unit, now - begun, sep="\t")
    return now


if __name__ == "__main__":
    main(Path(sys.argv[1]))
