"""What other callers of a stored genome found: a gene of which a copy is lost is not called from small variants."""

import numpy as np
import pytest

from embla.errors import NotPermitted
from embla.genome import GRCH38
from embla.pgx.giving import profiles_for
from embla.pgx.nation import recall
from embla.pgx.tables import results
from embla.platform import OPERATOR, House
from embla.policy import About, Action, permit
from embla.registry import accepted_genomes
from embla.structural import CallerSet, Kind, Type, events_of_all, events_over, keep_set
from embla.structural.model.values import CALL, RUN, State
from tests.pgx.conftest import DOCTOR

PLACES = {contig.name: place for place, contig in enumerate(GRCH38.contigs)}
EVERYWHERE = np.array([(place, 0, contig.length) for place, contig in enumerate(GRCH38.contigs)], RUN)


def found(
    house: House, kind: Kind, type_: Type, start: int, end: int, *, state: State = State.CARRIES, contig: str = "chr10"
) -> None:
    rows = np.zeros(1, CALL)
    rows["type"], rows["state"], rows["start"], rows["end"] = type_, state, start, end
    rows["contig"] = rows["mate"] = PLACES[contig]
    rows["copies"] = -1
    with house.database.transaction() as connection:
        (genome,) = accepted_genomes(connection)
        told = CallerSet(kind, rows, EVERYWHERE, "test", {})
        keep_set(connection, house.wrapping, genome.accession, genome.person, told, house.clock())


def told(house: House, case: str, gene: str = "CYP2C19") -> tuple[str, str]:
    (profile,) = profiles_for(house, DOCTOR, case)
    (call,) = (one for one in profile.calls if one.gene == gene)
    return call.status, " ".join(call.reasons)


@pytest.mark.parametrize("kind", ["sv", "cnv"])
@pytest.mark.parametrize("length", [90_000, 9_000_000])
def test_profile__a_lost_copy_refuses_the_gene_and_no_other(house: House, case: str, kind: Kind, length: int) -> None:
    before = told(house, case)
    found(house, kind, Type.DEL, 94_760_000, 94_760_000 + length)

    assert before[0] in ("called", "ambiguous")
    status, why = told(house, case)
    assert status == "refused" and "a structural variant lies across" in why
    assert told(house, case, "TPMT")[0] != "refused"
    recall(house, OPERATOR)
    with house.database.reading() as connection:
        rows = {row.gene: row.status for row in connection.execute(results.select())}
    assert rows["CYP2C19"] == "refused" and rows["TPMT"] != "refused"


def test_profile__a_doubtful_loss_leaves_its_positions_open(house: House, case: str) -> None:
    found(house, "sv", Type.DEL, 94_760_000, 94_870_000, state=State.FAILED)

    status, why = told(house, case)

    assert status == "not_assessed" and "a structural variant lies across, filtered" in why


def test_profile__what_lies_beside_or_turns_the_sequence_changes_nothing(house: House, case: str) -> None:
    before = told(house, case)
    found(house, "sv", Type.INV, 94_760_000, 94_850_000)
    found(house, "cnv", Type.DUP, 94_000_000, 94_700_000)

    assert told(house, case) == before


def test_events__are_given_for_a_decision_about_just_this_genome(house: House, case: str) -> None:
    with house.database.reading() as connection:
        (genome,) = accepted_genomes(connection)
    other = permit(
        house.database, DOCTOR, Action.READ_QC, purpose="care", clock=house.clock,
        about=About(genome=genome.accession, case=case, person=genome.person),
    )  # fmt: skip

    with pytest.raises(NotPermitted):
        events_over(house, genome, other, [])
    with pytest.raises(NotPermitted):
        events_of_all(house, [genome], other, [])
