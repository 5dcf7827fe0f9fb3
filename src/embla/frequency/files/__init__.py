"""A release on disk: an immutable file per contig, and `release.json` that says who was counted and names them."""
