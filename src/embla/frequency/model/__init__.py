"""Answers, releases and cohorts as pure values."""
