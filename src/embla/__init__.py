"""Embla: an open national genome database. Start at docs/tour.md."""

__version__ = "0.1.0"
