"""A freeze as pgenlib reads it, cell by cell. Runs without Embla: pgen.py FOLDER."""

import json
import sys
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

import numpy as np
import pgenlib


def main(folder: Path) -> None:
    """Compare every cell; SystemExit with the first difference."""
    begun = perf_counter()
    freeze = json.loads((folder / "expected.json").read_text())["freeze"]
    n = 0
    with pgenlib.PgenReader(str(folder / "plink2" / "genotypes.pgen").encode()) as reader:
        if (reader.get_variant_ct(), reader.get_raw_sample_ct()) != (len(freeze["variants"]), len(freeze["names"])):
            sys.exit("pgenlib: another number of variants or samples")
        row = np.empty(len(freeze["names"]), np.int8)
        for v, (variant, calls) in enumerate(zip(freeze["variants"], freeze["calls"], strict=True)):
            reader.read(v, row)
            for told, (ac, an, copies), karyotype in zip(row.tolist(), calls, freeze["karyotypes"], strict=True):
                silent = variant[4] in ("x", "y", "par_x") and karyotype not in ("XX", "XY")
                wanted = -9 if silent or not copies or an < copies else ac if copies == 2 else 2 * ac
                if told != wanted:
                    sys.exit(f"pgenlib: {told} at {variant[:4]} is not {wanted}")
                n += 1
    print(f"pgenlib {version('pgenlib')}", "every cell of the freeze", n, "cells", perf_counter() - begun, sep="\t")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
