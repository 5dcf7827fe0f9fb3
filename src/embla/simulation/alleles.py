"""Normal forms, spelled out on one window: left-aligned and trimmed (Tan 2015), and how far an indel could be moved.

A key is (pos, ref, alt), pos 1-based on the contig. This is our own small implementation, so that the truth does not
rest on the code it is meant to test.
"""

from typing import Final

from embla.simulation.sequence import Window

Key = tuple[int, str, str]

# No site lies closer to the ends of a window than this, so that alignment never leaves the window.
MARGIN: Final = 200


def deletion(window: Window, text: str, at: int, length: int) -> tuple[Key, Key, int, int] | None:
    """Delete `length` bases after offset `at`. Returns the key, the rightmost spelling and both offsets of the
    anchor."""
    left = at
    while left > MARGIN // 2 and text[left] == text[left + length]:
        left -= 1
    right = at
    while right + length + 1 < len(text) - MARGIN // 2 and text[right + 1] == text[right + length + 1]:
        right += 1
    if left <= MARGIN // 2 or right + length + 1 >= len(text) - MARGIN // 2:
        return None
    key, moved = (
        (window.start + anchor + 1, text[anchor : anchor + length + 1], text[anchor]) for anchor in (left, right)
    )
    return key, moved, left, right


def insertion(window: Window, text: str, at: int, bases: str) -> tuple[Key, Key, int, int] | None:
    """Insert `bases` after offset `at`; returns as `deletion` does."""
    left, turned = at, bases
    while left > MARGIN // 2 and turned[-1] == text[left]:
        turned = turned[-1] + turned[:-1]
        left -= 1
    right, turned_right = at, bases
    while right + 1 < len(text) - MARGIN // 2 and turned_right[0] == text[right + 1]:
        turned_right = turned_right[1:] + turned_right[0]
        right += 1
    if left <= MARGIN // 2 or right + 1 >= len(text) - MARGIN // 2:
        return None
    key = (window.start + left + 1, text[left], text[left] + turned)
    moved = (window.start + right + 1, text[right], text[right] + turned_right)
    return key, moved, left, right


def normal_form(window: Window, text: str, pos: int, ref: str, alt: str) -> Key | None:
    """The key of any spelling; None where it is no change or comes too near to the window's ends."""
    while len(ref) > 1 and len(alt) > 1 and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        pos, ref, alt = pos + 1, ref[1:], alt[1:]
    if ref == alt or not MARGIN < pos - window.start < len(text) - MARGIN - len(ref):
        return None
    at = pos - 1 - window.start
    if len(alt) == 1 and ref[0] == alt and len(ref) > 1:
        placed = deletion(window, text, at, len(ref) - 1)
        return placed[0] if placed else None
    if len(ref) == 1 and alt[0] == ref and len(alt) > 1:
        placed = insertion(window, text, at, alt[1:])
        return placed[0] if placed else None
    return (pos, ref, alt)


def components(key: Key) -> tuple[Key, ...]:
    """The single bases that differ in an MNP; nothing for other variants."""
    pos, ref, alt = key
    if len(ref) != len(alt) or len(ref) < 2:
        return ()
    return tuple((pos + i, r, a) for i, (r, a) in enumerate(zip(ref, alt, strict=True)) if r != a)


def merged(window: Window, keys: tuple[Key, ...]) -> tuple[int, str, tuple[str, ...]]:
    """One record for several alleles: (pos, ref, alts) with the smallest REF that holds all of them."""
    first = min(pos for pos, _, _ in keys)
    last = max(pos + len(ref) for pos, ref, _ in keys)
    ref = window.text(first - 1 - window.start, last - 1 - window.start)
    alts = []
    for pos, key_ref, alt in keys:
        end = pos + len(key_ref)
        alts.append(ref[: pos - first] + alt + ref[len(ref) - (last - end) :])
    return first, ref, tuple(alts)
