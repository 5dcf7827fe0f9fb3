"""The catalogue: a FAIR Data Point that programs harvest, and the pages on which researchers look for data.

Words of the standards: a *catalog* lists data sets, a *distribution* is a way in which one is given, a *profile* names
the shapes that a kind of resource is held to.
"""
