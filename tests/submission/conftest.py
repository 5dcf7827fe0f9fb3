from tests.support.homes import (
    clock,
    house,
    house_on_both,
    postgres_server,
    postgres_url,
)

__all__ = ["clock", "house", "house_on_both", "postgres_server", "postgres_url"]
