"""htsget 1.3.1 (GA4GH): reads and variants of one person by region, as a ticket of addresses."""
