"""Several nodes' Beacons asked at once, and what they say together."""
