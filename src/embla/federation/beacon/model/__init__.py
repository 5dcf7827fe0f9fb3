"""What a request asks, which variants match, what an answer looks like. Pure."""
