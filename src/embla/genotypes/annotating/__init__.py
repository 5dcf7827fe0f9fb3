"""The parts of annotation and export: finding alleles in lines, asking counts for them, splicing INFO, writing
bgzip."""
