"""Who is related: never two of one blood among the taken, and nobody left out without a reason."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from embla.registry import FamilyMember
from embla.registry.model.kinship import ancestors, family_names, parents_of, unrelated

TRIO = [FamilyMember("f", person, role) for person, role in (("c", "index"), ("m", "mother"), ("d", "father"))]


def test_trio__both_parents_are_taken_and_the_child_is_not() -> None:
    assert unrelated(["c", "m", "d"], parents_of(TRIO)) == {"m", "d"}


def test_child__whose_parents_are_not_counted_stands_for_the_family() -> None:
    assert unrelated(["c"], parents_of(TRIO)) == {"c"}


def test_child__with_one_counted_parent_is_related() -> None:
    assert unrelated(["c", "m"], parents_of(TRIO)) == {"m"}


def test_siblings__without_parents_share_a_parent_nobody_named() -> None:
    members = [FamilyMember("f", "a", "index"), FamilyMember("f", "b", "sibling")]

    assert unrelated(["a", "b"], parents_of(members)) == {"a"}


def test_adopted_childs_parents__are_not_of_its_blood() -> None:
    members = [FamilyMember("f", "c", "index"), FamilyMember("f", "m", "mother", blood=False)]

    assert unrelated(["c", "m"], parents_of(members)) == {"c", "m"}


def test_cousins__share_grandparents_through_two_families() -> None:
    members = [
        FamilyMember("old", "g", "mother"),
        FamilyMember("old", "m1", "index"),
        FamilyMember("old", "m2", "sibling"),
        FamilyMember("one", "m1", "mother"),
        FamilyMember("one", "c1", "index"),
        FamilyMember("two", "m2", "mother"),
        FamilyMember("two", "c2", "index"),
    ]

    assert unrelated(["c1", "c2"], parents_of(members)) == {"c1"}
    assert family_names(members) == dict.fromkeys(["g", "m1", "m2", "c1", "c2"], "old" if "old" < "one" else "one")


def test_kinship__a_cycle_in_the_data_ends() -> None:
    members = [
        FamilyMember("f", "a", "index"),
        FamilyMember("f", "b", "mother"),
        FamilyMember("g", "b", "index"),
        FamilyMember("g", "a", "mother"),
    ]

    assert ancestors("a", parents_of(members)) == {"a", "b"}
    assert len(unrelated(["a", "b"], parents_of(members))) == 1


persons = st.sampled_from("abcdefghij")
members = st.lists(
    st.builds(
        FamilyMember,
        st.sampled_from(["f1", "f2", "f3", "f4"]),
        persons,
        st.sampled_from(["index", "mother", "father", "sibling"]),
        st.booleans(),
    ),
    max_size=16,
)


@given(members, st.lists(persons, unique=True))
def test_unrelated__no_two_share_blood_and_nobody_could_be_added(said: list[FamilyMember], counted: list[str]) -> None:
    parents = parents_of(said)

    taken = unrelated(counted, parents)

    lines = {person: ancestors(person, parents) for person in counted}
    assert taken <= set(counted)
    assert all(not lines[a] & lines[b] for a, b in combinations(sorted(taken), 2))
    assert all(any(lines[left] & lines[one] for one in taken) for left in set(counted) - taken)


@given(members)
def test_family_names__are_shared_exactly_by_those_whom_families_join(said: list[FamilyMember]) -> None:
    names = family_names(said)

    joined = {person: {person} for person in names}
    for _ in said:
        for a, b in combinations(said, 2):
            if a.family == b.family or a.person == b.person:
                together = joined[a.person] | joined[b.person]
                for person in together:
                    joined[person] = together
    assert all((names[a] == names[b]) == (b in joined[a]) for a in names for b in names)
