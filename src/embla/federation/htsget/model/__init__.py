"""Requests and tickets, pure."""
