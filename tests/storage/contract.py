"""What every storage must do. A backend proves itself by subclassing and giving a `store` fixture."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from embla.errors import NotFound, UsageError

BAD_NAMES = [
    "", ".", "..", "../a", "a/../b", "/a", "a/", "a//b", ".hidden", "a/.tmp-1", "a\\b", "a\x00b", "a\nb", "a b",
    "a" * 201, "/".join(["a" * 150] * 4), "ä", "a/./b", "~/../x", ".lock",
]  # fmt: skip


class StorageContract:
    def test_put__stores_and_says_so(self, store: Any) -> None:
        assert store.put("a/b.bin", b"bytes") is True
        assert store.get("a/b.bin") == b"bytes"
        assert store.size("a/b.bin") == 5

    def test_put__never_overwrites(self, store: Any) -> None:
        store.put("a", b"first")

        assert store.put("a", b"second") is False
        assert store.get("a") == b"first"

    def test_put__takes_pieces(self, store: Any) -> None:
        store.put("a", (bytes([n]) * 3 for n in range(3)))

        assert store.get("a") == b"\0\0\0\1\1\1\2\2\2"

    def test_put__of_a_source_that_fails_leaves_no_name(self, store: Any) -> None:
        def pieces() -> Any:
            yield b"half"
            raise RuntimeError("source broke")

        with pytest.raises(RuntimeError):
            store.put("a", pieces())

        assert not store.exists("a")
        assert store.list() == []

    def test_put__of_many_writers_lets_one_win(self, store: Any) -> None:
        with ThreadPoolExecutor(8) as pool:
            won = list(pool.map(lambda n: store.put("a", bytes([n]) * 1000), range(32)))

        assert won.count(True) == 1
        assert store.get("a") == bytes([won.index(True)]) * 1000

    def test_get__of_nothing_is_not_found(self, store: Any) -> None:
        for use in (store.get, store.open, store.size, lambda name: store.read(name, 0, 1)):
            with pytest.raises(NotFound):
                use("nothing/here")

    def test_read__gives_a_range_and_less_only_at_the_end(self, store: Any) -> None:
        store.put("a", b"0123456789")

        assert store.read("a", 2, 3) == b"234"
        assert store.read("a", 8, 5) == b"89"
        assert store.read("a", 20, 5) == b""
        with pytest.raises(UsageError):
            store.read("a", -1, 5)

    def test_open__shows_the_bytes_and_outlives_delete(self, store: Any) -> None:
        store.put("a", b"0123456789")
        store.put("empty", b"")

        view = store.open("a")
        store.delete("a")

        assert bytes(view[2:5]) == b"234"
        assert len(store.open("empty")) == 0
        with pytest.raises(TypeError):
            view[0] = 1

    def test_list__is_sorted_and_by_prefix(self, store: Any) -> None:
        for name in ("b", "a/2", "a/1", "ab/3", "a/c/4"):
            store.put(name, b"")

        assert store.list() == ["a/1", "a/2", "a/c/4", "ab/3", "b"]
        assert store.list("a/") == ["a/1", "a/2", "a/c/4"]
        assert store.list("a") == ["a/1", "a/2", "a/c/4", "ab/3"]
        assert store.list("a/c/") == ["a/c/4"]
        assert store.list("zzz/") == []

    def test_delete__removes_once(self, store: Any) -> None:
        store.put("a", b"1")

        assert store.delete("a") is True
        assert store.delete("a") is False
        assert not store.exists("a")
        assert store.put("a", b"2") is True

    def test_swap__changes_only_what_was_seen(self, store: Any) -> None:
        assert store.swap("CURRENT", None, b"1") is True
        assert store.swap("CURRENT", None, b"x") is False
        assert store.swap("CURRENT", b"0", b"x") is False
        assert store.swap("CURRENT", b"1", b"2") is True
        assert store.get("CURRENT") == b"2"

    def test_swap__loses_no_update_between_threads(self, store: Any) -> None:
        store.put("n", b"0")

        def add_one(_: int) -> None:
            while True:
                seen = store.get("n")
                if store.swap("n", seen, str(int(seen) + 1).encode()):
                    return

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(add_one, range(24)))

        assert store.get("n") == b"24"

    @pytest.mark.parametrize("name", BAD_NAMES)
    def test_names__that_lead_out_or_hide_are_refused_everywhere(self, store: Any, name: str) -> None:
        for use in (
            store.get,
            store.open,
            store.exists,
            store.delete,
            lambda n: store.put(n, b""),
            lambda n: store.swap(n, None, b""),
        ):
            with pytest.raises(UsageError):
                use(name)

    def test_list__refuses_a_prefix_that_leads_out(self, store: Any) -> None:
        for prefix in ("../", "/", "a/../", ".."):
            with pytest.raises(UsageError):
                store.list(prefix)
