"""A nation in arrays: people from a simulated tree sequence go straight into packs and segments, past the files."""
