"""The published combining rules once more, slowly and literally: what the fast ones are held against."""

# Richards et al. 2015, table 5, in its own order and words; each line is (Very Strong, Strong, Moderate, Supporting).


def pathogenic_2015(vs: int, s: int, m: int, p: int) -> bool:
    if vs == 1 and (s >= 1 or m >= 2 or (m == 1 and p == 1) or p >= 2):
        return True
    if vs == 1 and m >= 1 and p >= 1:  # (i)(c) with more than is asked for
        return True
    if s >= 2:
        return True
    return s == 1 and (m >= 3 or (m == 2 and p >= 2) or (m == 1 and p >= 4))


def likely_pathogenic_2015(vs: int, s: int, m: int, p: int) -> bool:
    if vs == 1 and m == 1:
        return True
    if s == 1 and m in (1, 2):
        return True
    if s == 1 and p >= 2:
        return True
    if m >= 3:
        return True
    if m == 2 and p >= 2:
        return True
    return m == 1 and p >= 4


def class_2015(vs: int, s: int, m: int, p: int, a: int, bs: int, bp: int) -> str:
    if (vs or s or m or p) and (a or bs or bp):
        return "VUS"
    if pathogenic_2015(vs, s, m, p):
        return "P"
    if likely_pathogenic_2015(vs, s, m, p):
        return "LP"
    if a == 1 or bs >= 2:
        return "B"
    if (bs == 1 and bp >= 1) or bp >= 2:
        return "LB"
    return "VUS"


def class_2015_svi(vs: int, s: int, m: int, p: int, a: int, bs: int, bp: int) -> str:
    found = class_2015(vs, s, m, p, a, bs, bp)
    if found == "VUS" and not (a or bs or bp) and vs == 1 and p == 1:
        return "LP"
    return found


def proposed(vs: int, s: int, m: int, p: int, a: int, bs: int, bp: int) -> tuple[str, bool]:
    if (vs or s or m or p) and (a or bs or bp):
        return ("B", False) if a and not (vs or s or m) else ("VUS", True)
    return class_2015_svi(vs, s, m, p, a, bs, bp), False


def points(vs: int, s: int, m: int, p: int, a: int, bs: int, bp: int) -> int | None:
    return None if a else 8 * vs + 4 * s + 2 * m + p - 4 * bs - bp


def class_points(total: int | None) -> str:
    if total is None or total <= -7:
        return "B"
    if total <= -1:
        return "LB"
    if total <= 5:
        return "VUS"
    return "LP" if total <= 9 else "P"
