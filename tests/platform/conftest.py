from tests.support.homes import (
    clock,
    database,
    database_url,
    migrated_on_postgres,
    migrated_on_sqlite,
    postgres_server,
    postgres_url,
)

__all__ = [
    "clock",
    "database",
    "database_url",
    "migrated_on_postgres",
    "migrated_on_sqlite",
    "postgres_server",
    "postgres_url",
]
