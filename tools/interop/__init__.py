"""`make interop`: write every file that other tools take, read each again with the tool it is for, compare every count.

`nation.py` makes a home with people on autosomes, X, Y and mtDNA, and holds its store against the packs and against
what was simulated; `writing.py` writes files and what the store itself answers, `covered.py` says which kinds of
variants are in them; `sites.py` and `strict.py` read the sites with bcftools, tabix, vcfanno and as VEP, VarSeq and
Alamut ask for it; `plink.py` runs plink2; `readers/` run in an environment of their own, know nothing of Embla, and
read Parquet, VCF Zarr and .pgen. A difference ends it with exit code 1.
"""
