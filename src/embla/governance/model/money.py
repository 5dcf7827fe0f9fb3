"""Amounts of money: decimal, in kroner and oere, never binary floating point; and their division by a key."""

from collections.abc import Mapping
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from typing import Final

from embla.errors import BadInput, Refused

OERE: Final = Decimal("0.01")
MILLION: Final = Decimal(1_000_000)
# Far beyond any state's budget, and well inside what Decimal keeps exactly.
LARGEST: Final = Decimal(10) ** 15
_LONGEST: Final = 40


def parse_amount(text: str, what: str = "an amount") -> Decimal:
    """ "6600000" or "0.46": plain digits with a dot, at most two decimals. BadInput says what is wrong."""
    value = parse_decimal(text, what)
    if value != value.quantize(OERE):
        raise BadInput(f"'{text[:_LONGEST]}' has parts of an oere.", mend="Give at most two decimals.")
    return value.quantize(OERE)


def parse_decimal(text: str, what: str) -> Decimal:
    """A decimal number that is finite and not absurd; no exponent, no thousands separator."""
    said = text.strip()
    plain = said.lstrip("+-")
    try:
        if len(said) > _LONGEST or not plain or not plain.isascii() or set(plain) - set("0123456789."):
            raise InvalidOperation
        value = Decimal(said)
    except InvalidOperation:
        raise BadInput(
            f"'{said[:_LONGEST]}' is not {what}.", mend="Write digits with a dot for decimals, as 6600000.00."
        ) from None
    if abs(value) > LARGEST:
        raise BadInput(f"{what} of {said[:_LONGEST]} is too large.", mend=f"At most {LARGEST:f}.")
    return value


def told(amount: Decimal) -> str:
    """Two decimals, always: "6600000.00"."""
    return f"{amount.quantize(OERE) + 0:.2f}"


def split(amount: Decimal, weights: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Divide by weights, by the largest remainder: whole oere, which add up to the amount exactly.

    The oere that are left over go to the largest remainders, one each; of equal ones to the first in the key's order.
    A negative amount (money that goes back) is divided as its opposite. Refused where the weights sum to nothing.
    """
    if any(weight < 0 for weight in weights.values()):
        raise Refused("A weight is negative.", mend="Weights are 0 or more.")
    total = sum(weights.values(), Decimal(0))
    if not total:
        raise Refused("The weights sum to 0, so nothing says who gets what.", mend="Give a key with a weight above 0.")
    sign = -1 if amount < 0 else 1
    oere = int((abs(amount) / OERE).to_integral_exact())
    # Whole numbers from here on: no rounding of Decimal's own can come in between.
    scale = 10 ** max(0, *(-int(weight.as_tuple().exponent) for weight in weights.values()))
    parts = {name: int((weight * scale).to_integral_exact(ROUND_FLOOR)) for name, weight in weights.items()}
    whole = sum(parts.values())
    given = {name: divmod(oere * part, whole) for name, part in parts.items()}
    left = oere - sum(base for base, _ in given.values())
    order = sorted(given, key=lambda name: -given[name][1])
    more = set(order[:left])
    return {name: sign * OERE * (base + (name in more)) for name, (base, _) in given.items()}
