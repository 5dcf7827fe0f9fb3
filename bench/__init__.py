"""What `make bench` measures: Embla against the tools one would use instead, on files from `embla simulate`.

Each measurement is a whole command in a process of its own, on one core, with compiled code warm, the best of several
runs. A rival that is not installed is named and left out.
"""
