from tests.support.homes import (
    clock,
    database,
    furnished_home,
    furnished_on_postgres,
    house,
    house_on_both,
    migrated_on_postgres,
    migrated_on_sqlite,
    postgres_server,
)

__all__ = [
    "clock",
    "database",
    "furnished_home",
    "furnished_on_postgres",
    "house",
    "house_on_both",
    "migrated_on_postgres",
    "migrated_on_sqlite",
    "postgres_server",
]
