"""refget 2.0.0 (GA4GH): the bases of the reference that everything here is counted on, by what they are."""
