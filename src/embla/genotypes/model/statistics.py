"""Filtering allele frequency and the upper bound when absent, exact and without SciPy."""

from functools import lru_cache
from math import exp, expm1, lgamma, log, sqrt
from statistics import NormalDist

from embla.errors import UsageError


def faf(ac: int, an: int, confidence: float = 0.95) -> float:
    """The largest AF for which seeing `ac` or more alleles in `an` still has a probability below 1 - confidence.

    Whiffin 2017 (doi 10.1038/gim.2017.26) with the exact one-sided Poisson, and gnomAD's rule that a singleton filters
    nothing: 0 for ac <= 1. 0 too where an is 0.
    """
    if ac <= 1 or an <= 0:
        return 0.0
    return poisson_lower(ac, confidence) / an


def af_upper95(an: int) -> float:
    """One-sided exact 95 % upper bound of the AF where none of `an` alleles is it: 1 - 0.05 ** (1/an), about 3/an."""
    if an <= 0:
        raise UsageError("There is no upper bound where nobody is callable (an is 0).")
    return -expm1(log(0.05) / an)


@lru_cache(maxsize=65_536)
def poisson_lower(ac: int, confidence: float) -> float:
    """The mean m with P(X >= ac | m) = 1 - confidence, X Poisson: a gamma quantile. `ac` at least 1."""
    if not 0.5 <= confidence < 1:
        raise UsageError("confidence must lie in 0.5 to 1 (1 excluded).")
    tail = 1.0 - confidence
    # Wilson-Hilferty is within a per cent; the tail is smooth and monotone there, so Newton needs four steps or five.
    z = NormalDist().inv_cdf(tail)
    shrink = 1 - 1 / (9 * ac) + z / (3 * sqrt(ac))
    guess = ac * shrink**3 if shrink > 0 else 0.0
    m = guess if guess > 0 else exp((log(tail) + lgamma(ac + 1)) / ac)
    low, high = 0.0, float(ac)
    for _ in range(200):
        p = _tail(ac, m)
        if p > tail:
            high = m
        else:
            low = m
        density = exp((ac - 1) * log(m) - m - lgamma(ac))
        step = (p - tail) / density if density > 0 else 0.0
        new = m - step
        if not low < new < high:
            new = (low + high) / 2
        if abs(new - m) <= 1e-14 * m:
            return new
        m = new
    return m


def _tail(ac: int, m: float) -> float:
    """P(X >= ac) for Poisson(m), m below ac: the series of the lower incomplete gamma function, all terms positive."""
    term = 1.0
    total = 1.0
    n = ac
    while term > total * 1e-17:
        n += 1
        term *= m / n
        total += term
    return total * exp(ac * log(m) - m - lgamma(ac + 1))
