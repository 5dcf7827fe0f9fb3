"""The ledger is tested on both engines."""

from tests.support.homes import database, migrated_on_postgres, migrated_on_sqlite, postgres_server

__all__ = ["database", "migrated_on_postgres", "migrated_on_sqlite", "postgres_server"]
