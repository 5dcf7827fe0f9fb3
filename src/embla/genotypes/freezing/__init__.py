"""Research freezes: a cohort's genotypes as VCF Zarr or PLINK 2. Start at write.py."""
