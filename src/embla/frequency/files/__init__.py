"""A release on disk: one immutable file per contig, and `release.json` that says who was counted and names the files."""
