"""A disk that refuses the n-th write, sync, link, rename or unlink, once or for good."""

import os
from collections.abc import Callable
from typing import Any

import pytest


class Disk:
    """Counts calls that change the disk; call number `fails` raises, and with `stays` all after it."""

    def __init__(self, patch: pytest.MonkeyPatch, call: str, fails: int, stays: bool, error: int) -> None:
        self.left, self.stays, self.error = fails, stays, error
        self.failed = False
        if call == "write":
            patch.setattr(os, "fdopen", self._opened(os.fdopen))
        else:
            patch.setattr(os, call, self._fused(getattr(os, call)))

    def step(self) -> None:
        self.left -= 1
        if self.left == 0 or (self.left < 0 and self.stays):
            self.failed = True
            raise OSError(self.error, os.strerror(self.error))

    def _fused(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            self.step()
            return real(*given, **named)

        return call

    def _opened(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def opened(*given: Any, **named: Any) -> Any:
            file = real(*given, **named)
            disk = self

            class Failing:
                def write(self, data: bytes) -> int:
                    half = len(data) // 2
                    file.write(data[:half])
                    disk.step()
                    return half + int(file.write(data[half:]))

                def __enter__(self) -> "Failing":
                    return self

                def __exit__(self, *_: object) -> None:
                    file.close()

                def __getattr__(self, name: str) -> Any:
                    return getattr(file, name)

            return Failing()

        return opened
