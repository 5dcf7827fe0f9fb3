"""Filtering AF for whole columns: the Poisson bound depends on ac alone, so it is worked out once for each ac."""

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.model.statistics import poisson_lower


class Bounds:
    """`faf` of columns, equal to `statistics.faf` of each row."""

    def __init__(self, confidence: float) -> None:
        self._confidence = confidence
        self._lower = np.zeros(2)  # by ac; NaN where it was not needed yet; a singleton filters nothing

    def faf(self, ac: NDArray[np.int32], an: NDArray[np.int32]) -> NDArray[np.float64]:
        """(n,) FAF; 0 where an is 0."""
        top = int(ac.max()) if len(ac) else 0
        if top >= len(self._lower):
            self._lower = np.concatenate((self._lower, np.full(top + 1 - len(self._lower), np.nan)))
        for one in np.unique(ac[np.isnan(self._lower[ac])]).tolist():
            self._lower[one] = poisson_lower(one, self._confidence)
        return np.divide(self._lower[ac], an, out=np.zeros(len(ac)), where=an > 0)
