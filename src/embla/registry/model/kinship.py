"""Who shares blood with whom, and a set of counted persons of whom no two do. Pure.

Two persons share blood when one is an ancestor of the other or they have an ancestor in common, as far as the
registered families tell. `unrelated` is greedy: persons without a registered parent first, then by the order given
(accession), each taken when no one taken before shares blood with them. In a trio both parents are taken and the child
is not; of siblings without parents here the first is taken.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from embla.registry.model.values import FamilyMember

Parents = Mapping[str, frozenset[str]]


def parents_of(members: Iterable[FamilyMember]) -> dict[str, frozenset[str]]:
    """Parents by child. A family of siblings with a parent unknown gets a nameless parent, so that they share blood."""
    families: dict[str, list[FamilyMember]] = defaultdict(list)
    for member in members:
        families[member.family].append(member)
    found: dict[str, set[str]] = defaultdict(set)
    for family, people in families.items():
        known = {m.person for m in people if m.role in ("mother", "father") and m.blood}
        children = [m.person for m in people if m.role in ("index", "sibling") and m.blood]
        if len(known) < 2 and len(children) > 1:
            known.add(f"unknown parent of {family}")
        for child in children:
            found[child] |= known - {child}
    return {child: frozenset(parents) for child, parents in found.items() if parents}


def ancestors(person: str, parents: Parents) -> frozenset[str]:
    """The person and everybody above, as far as registered; a cycle in the data ends the walk."""
    seen: set[str] = set()
    ahead = [person]
    while ahead:
        one = ahead.pop()
        if one not in seen:
            seen.add(one)
            ahead.extend(parents.get(one, ()))
    return frozenset(seen)


def unrelated(persons: Sequence[str], parents: Parents) -> frozenset[str]:
    """A set of these persons of whom no two share blood; see the rule above. Nobody can be added to it."""
    founders = [person for person in persons if person not in parents]
    descendants = [person for person in persons if person in parents]
    taken: set[str] = set()
    blood: set[str] = set()
    # Every ancestor of the taken, and nobody else, is in `blood`: sharing blood is having one of them above oneself.
    for person in [*founders, *descendants]:
        line = ancestors(person, parents)
        if not line & blood:
            taken.add(person)
            blood |= line
    return frozenset(taken)


def family_names(members: Iterable[FamilyMember]) -> dict[str, str]:
    """One family name per person: families that share a person are one, named by the first of their names."""
    joined: dict[str, str] = {}

    def root(family: str) -> str:
        while joined.setdefault(family, family) != family:
            joined[family] = joined[joined[family]]
            family = joined[family]
        return family

    first: dict[str, str] = {}
    for member in members:
        one, other = root(first.setdefault(member.person, member.family)), root(member.family)
        if one != other:
            joined[max(one, other)] = min(one, other)
    return {person: root(family) for person, family in first.items()}
