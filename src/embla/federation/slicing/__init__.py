"""Records of a region out of a file that lies elsewhere, read by ranges: BAM, VCF, BCF by record, CRAM by container.

Knows formats, and nothing of persons, decisions or HTTP. What it reads came from a laboratory, so everything is bounded
and a file that is not what it says is BadInput. Start at source.py, then records.py and indexes.py.
"""
