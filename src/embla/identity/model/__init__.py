"""Numbers and names as values, pure."""
