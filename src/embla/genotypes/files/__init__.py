"""The store's files as bytes: packs, segments, genome tables, manifests. Formats only, no rule of counting."""
