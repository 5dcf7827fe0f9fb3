"""Beacon 2 (GA4GH): whether a variant is known here, and how often, asked by programs of other countries.

Two words of the standard: *entry type* = what is asked for (g_variants, datasets); *granularity* = how much is told:
boolean, count or record. Names in the standard's spelling stand here and nowhere else in the house.
"""
