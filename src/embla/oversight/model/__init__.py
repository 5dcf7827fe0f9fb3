"""Rules over the log, incidents and lines of an extract, pure."""
