"""What `make bench` measures: Embla against the tools one would use instead, on files from `embla simulate`.

Each figure is the median of several runs on one core with compiled code warm. Rivals alternate with us run by run, so
that a busy minute hits both. A rival that is not installed is named and left out.
"""
