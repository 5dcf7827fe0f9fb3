"""Agreements, and where a person's data may lie: nothing leaves without one that is signed, nor out of the zone."""

from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.errors import NotFound, NotPermitted
from embla.platform import OPERATOR, House, newest_events
from embla.policy import About, Action, permit
from embla.registry import (
    Partner,
    add_agreement,
    add_environment_key,
    agreement_in_force,
    agreements,
    end_agreement,
    end_environment_key,
    sign_agreement,
)
from embla.registry.model.agreement import Agreement, inside
from tests.registry.decided import TODAY, TREATING
from tests.registry.nation import Nation


def agreement(**days: date) -> Agreement:
    return Agreement("A1", "p", "delivery", "", date(2026, 1, 1), **days)


@pytest.mark.parametrize(
    ("days", "on", "state"),
    [
        ({}, date(2026, 3, 1), "draft"),
        ({"signed": date(2026, 2, 1)}, date(2026, 1, 31), "draft"),
        ({"signed": date(2026, 2, 1)}, date(2026, 2, 1), "signed"),
        ({"signed": date(2026, 2, 1), "expires": date(2026, 3, 1)}, date(2026, 3, 1), "signed"),
        ({"signed": date(2026, 2, 1), "expires": date(2026, 3, 1)}, date(2026, 3, 2), "expired"),
        ({"expires": date(2026, 3, 1)}, date(2026, 3, 2), "expired"),
        ({"signed": date(2026, 2, 1), "ended": date(2026, 2, 9)}, date(2026, 2, 9), "ended"),
    ],
)
def test_agreement__its_state_follows_from_its_days(days: dict[str, date], on: date, state: str) -> None:
    assert agreement(**days).state_on(on) == state


def test_flow__without_a_signed_agreement_is_blocked_by_a_named_rule(house_on_both: House, nation: Nation) -> None:
    house, name = house_on_both, nation.genome("p")
    key = sha256(b"an environment's key").digest()

    def send() -> str:
        about = About(genome=name, destination="hospital", environment=sha256(key).hexdigest())
        try:
            permit(house.database, OPERATOR, Action.SEND_PERSON_DATA, purpose="care", clock=house.clock, about=about)
        except NotPermitted as refusal:
            return refusal.rule
        return ""

    assert send() == "send_person_data.operator.environment_valid"
    made = add_agreement(
        house, OPERATOR, Partner("hospital", "Hospital", "DK"), flow="delivery", reference="", drafted=TODAY
    )
    registered = add_environment_key(house, OPERATOR, "secure", "hospital", key)
    partner = Partner("hospital", "Hospital", "DK")
    for other in ("reporting", "files", "research", "processing"):
        add_agreement(house, OPERATOR, partner, flow=other, reference="", drafted=TODAY, signed=TODAY)
    assert send() == "send_person_data.operator.agreement_valid"
    sign_agreement(house, OPERATOR, made.id, on=TODAY)
    assert send() == ""
    end_agreement(house, OPERATOR, made.id, on=TODAY)
    assert send() == "send_person_data.operator.agreement_valid"
    end_environment_key(house, OPERATOR, registered.fingerprint, on=TODAY)
    assert send() == "send_person_data.operator.environment_valid"
    with house.database.reading() as connection:
        assert len(newest_events(connection, kinds=["access-refused"]).items) == 4
        assert agreement_in_force(connection, "hospital", TODAY, "delivery") is None
        assert len(agreements(connection, "hospital")) == 5


def test_egress__of_a_persons_data_out_of_the_zone_is_refused_and_logged(house_on_both: House, nation: Nation) -> None:
    house, name = house_on_both, nation.genome("p")
    partner = Partner("abroad", "Abroad", "SE")
    add_agreement(house, OPERATOR, partner, flow="delivery", reference="", drafted=TODAY, signed=TODAY)
    key = sha256(b"an environment's key").digest()
    made = add_environment_key(house, OPERATOR, "secure", "abroad", key)

    with pytest.raises(NotPermitted) as refusal:
        about = About(genome=name, destination="abroad", environment=made.fingerprint)
        permit(house.database, OPERATOR, Action.SEND_PERSON_DATA, purpose="care", clock=house.clock, about=about)

    assert refusal.value.rule == "send_person_data.operator.inside_zone"
    with house.database.reading() as connection:
        assert newest_events(connection, kinds=["access-refused"]).items[0].subject == f"genome:{name}"


@given(st.sampled_from(["DK", "NO", "SE"]), st.lists(st.sampled_from(["DK", "DK,NO", "NO, SE"]), max_size=3))
def test_inside__is_inside_every_zone_and_nothing_is_inside_no_zone(country: str, zones: list[str]) -> None:
    assert inside(country, zones) == (bool(zones) and not any(country not in zone for zone in zones))


def test_agreements__are_for_those_who_keep_them(house_on_both: House) -> None:
    with pytest.raises(NotPermitted):
        add_agreement(house_on_both, TREATING, Partner("p1", "P", "DK"), flow="files", reference="", drafted=TODAY)
    with pytest.raises(NotFound):
        sign_agreement(house_on_both, OPERATOR, "A0", on=TODAY)
