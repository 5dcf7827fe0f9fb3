from tests.support.homes import (
    clock,
    furnished_home,
    furnished_on_postgres,
    house,
    house_on_both,
    postgres_server,
    postgres_url,
)

__all__ = [
    "clock",
    "furnished_home",
    "furnished_on_postgres",
    "house",
    "house_on_both",
    "postgres_server",
    "postgres_url",
]
