"""DRS 1.5 (GA4GH): objects by id, and how their bytes are had."""
