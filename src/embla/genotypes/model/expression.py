"""Cohort expressions: `karyotype == "XX" and region != "1084" and not related`.

A small language read with Python's grammar and nothing of Python's power: and, or, not, == != in, not in, < <= > >=,
attribute names, "text", numbers, true, false, brackets. Values of attributes are text as in samples.tsv; what one is
compared with decides how it is read: with a number as a number, with true or false as a mark, else as text.
A missing value equals nothing and is in no range: `region == "x"` is false for it and `region != "x"` is true.
"""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from embla.errors import UsageError

Bools = NDArray[np.bool_]
MAX_TEXT: Final = 20_000
MAX_DEPTH: Final = 60
_EXAMPLE: Final = 'Example: karyotype == "XX" and region != "1084" and not related.'
_MARKS: Final = {"true": True, "false": False}
_COMPARE: Final[dict[type, Callable[[Any, Any], Any]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_MIRROR: Final[dict[type, type]] = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}
Literal_ = str | float | bool


def evaluate(text: str, columns: Mapping[str, Sequence[str]], n: int) -> Bools:
    """Which of the n genomes the expression holds for. `columns`: attribute -> n texts, "" where missing.

    Raises UsageError for anything outside the language and for an unknown attribute, naming the known ones.
    """
    if len(text) > MAX_TEXT:
        raise UsageError(f"A cohort expression may have at most {MAX_TEXT:,} characters.")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        where = f" at character {error.offset}" if isinstance(error, SyntaxError) and error.offset else ""
        raise UsageError(f"This cohort expression cannot be read{where}.", mend=_EXAMPLE) from None
    return _Evaluator(columns, n).truth(tree.body, 0)


class _Evaluator:
    def __init__(self, columns: Mapping[str, Sequence[str]], n: int) -> None:
        self.columns = columns
        self.n = n

    def truth(self, node: ast.expr, depth: int) -> Bools:
        if depth > MAX_DEPTH:
            raise UsageError(f"A cohort expression may be nested at most {MAX_DEPTH} deep.")
        if isinstance(node, ast.BoolOp):
            parts = [self.truth(value, depth + 1) for value in node.values]
            joined = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            return np.asarray(joined.reduce(parts), dtype=np.bool_)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return ~self.truth(node.operand, depth + 1)
        if isinstance(node, ast.Compare):
            return self.comparison(node)
        if isinstance(node, ast.Name):
            return self.mark(node.id)
        if isinstance(node, ast.Constant) and isinstance(node.value, bool):
            return np.full(self.n, node.value, dtype=np.bool_)
        raise UsageError(f"'{ast.unparse(node)[:60]}' has no place in a cohort expression.", mend=_EXAMPLE)

    def mark(self, name: str) -> Bools:
        """A bare name: the people marked `true`."""
        if name in _MARKS:
            return np.full(self.n, _MARKS[name], dtype=np.bool_)
        values = np.asarray(self.column(name))
        strange = sorted({str(v) for v in values} - {"true", "false", ""})
        if strange:
            raise UsageError(
                f"'{name}' alone must be true or false, and it also has other values.",
                mend=f'Compare it: {name} == "...".',
            )
        return np.asarray(values == "true", dtype=np.bool_)

    def comparison(self, node: ast.Compare) -> Bools:
        """One comparison, or a chain as in `20 <= age < 40`."""
        result = np.ones(self.n, dtype=np.bool_)
        sides = [node.left, *node.comparators]
        for left, op, right in zip(sides, node.ops, sides[1:], strict=False):
            result &= self.one(left, op, right)
        return result

    def one(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Bools:
        if isinstance(op, ast.In | ast.NotIn):
            if not isinstance(right, ast.List | ast.Tuple | ast.Set):
                raise UsageError("'in' needs a list.", mend='Example: region in ["1081", "1082"].')
            found = np.zeros(self.n, dtype=np.bool_)
            name = self.name_of(left)
            for item in right.elts:
                found |= self.compare(name, ast.Eq, self.literal(item))
            return ~found if isinstance(op, ast.NotIn) else found
        kind = type(op)
        if kind not in _COMPARE:
            raise UsageError("A cohort expression compares with == != < <= > >= and in.", mend=_EXAMPLE)
        if self.is_attribute(left):
            return self.compare(self.name_of(left), kind, self.literal(right))
        return self.compare(self.name_of(right), _MIRROR.get(kind, kind), self.literal(left))

    def compare(self, name: str, kind: type, value: Literal_) -> Bools:
        column = self.column(name)
        op = _COMPARE[kind]
        if isinstance(value, bool):
            if kind not in (ast.Eq, ast.NotEq):
                raise UsageError("true and false have no order.", mend="Compare them with == or !=.")
            return self.filled(op, np.asarray(column), "true" if value else "false", np.asarray(column) != "", kind)
        if isinstance(value, str):
            texts = np.asarray(column)
            return self.filled(op, texts, value, texts != "", kind)
        numbers = np.array([_number(text) for text in column], dtype=np.float64)
        return self.filled(op, numbers, value, ~np.isnan(numbers), kind)

    @staticmethod
    def filled(op: Callable[[Any, Any], Any], values: Any, value: Literal_, present: Bools, kind: type) -> Bools:
        """Apply `op`; a missing value is different from everything and ordered with nothing."""
        result = np.asarray(op(values, value), dtype=np.bool_)
        return result | ~present if kind is ast.NotEq else result & present

    def column(self, name: str) -> Sequence[str]:
        if name not in self.columns:
            raise UsageError(
                f"No attribute '{name[:60]}' in this store.", mend=f"Known: {', '.join(sorted(self.columns))}."
            )
        return self.columns[name]

    @staticmethod
    def is_attribute(node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id not in _MARKS

    def name_of(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name) and node.id not in _MARKS:
            return node.id
        raise UsageError(f"'{ast.unparse(node)[:60]}' is not an attribute.", mend=_EXAMPLE)

    @staticmethod
    def literal(node: ast.expr) -> Literal_:
        if isinstance(node, ast.Name) and node.id in _MARKS:
            return _MARKS[node.id]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            if isinstance(node.operand.value, int | float) and not isinstance(node.operand.value, bool):
                return -float(node.operand.value)
        if isinstance(node, ast.Constant):
            if isinstance(node.value, bool | str):
                return node.value
            if isinstance(node.value, int | float):
                return float(node.value)
        raise UsageError(
            f"'{ast.unparse(node)[:60]}' is not a text, a number, true or false.",
            mend='Put text in quotes: region == "1084".',
        )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
