"""The emergency, pure."""
