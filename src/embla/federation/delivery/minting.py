"""Addresses for who asks: minted after the decision, for the token that was shown."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from embla.federation.delivery.capabilities import LIFE, sealed
from embla.federation.delivery.deciding import Granted
from embla.federation.delivery.model.part import Capability, Part, Thing

if TYPE_CHECKING:
    from embla.platform import House


@dataclass(frozen=True)
class Mint:
    """Makes the addresses of one answer. `base`: where this node is reached, without a slash at the end."""

    house: "House"
    base: str
    token: str
    granted: Granted

    def address(self, thing: Thing, part: Part) -> str:
        """Of one part, for some minutes."""
        key = self.granted.environment
        capability = Capability(
            thing, part, self.token, self.granted.dataset, self.house.clock() + LIFE,
            key.fingerprint if key is not None else "",
        )  # fmt: skip
        return f"{self.base}/deliver/{sealed(self.house.wrapping, capability)}"
