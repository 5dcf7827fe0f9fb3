from tests.support.homes import (
    clock,
    database,
    migrated_on_postgres,
    migrated_on_sqlite,
    postgres_server,
)

__all__ = ["clock", "database", "migrated_on_postgres", "migrated_on_sqlite", "postgres_server"]
