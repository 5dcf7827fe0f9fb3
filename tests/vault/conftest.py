"""Small homes on both engines."""

from tests.support.homes import (  # noqa: F401
    clock,
    furnished_home,
    furnished_on_postgres,
    house,
    house_on_both,
    migrated_on_postgres,
    migrated_on_sqlite,
    postgres_server,
)
