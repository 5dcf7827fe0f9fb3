"""The demo nation: a small synthetic country over real sequence, reported by five laboratories, counted and served.

An edge, like `cli` and `app`: it puts rooms together and owns no rule. Everything goes the way a real genome goes:
files -> packages -> check -> store and database in one commit -> release. Start at nation.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.demo.nation import Built, build_nation

__all__ = ["Built", "build_nation"]

__getattr__ = lazy(__name__, {"Built": "nation", "build_nation": "nation"})
