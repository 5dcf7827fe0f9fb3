"""Open pages of this room: search, variant, gene, region, many variants, releases, how it works; and the live count.

Each endpoint parses, asks one service, renders. What a page shows beyond the answer itself is worked out in `words.py`
(names), `tables.py` (rows, order, twins) and `drawings.py` (SVG); templates have loops and ifs only.
"""
