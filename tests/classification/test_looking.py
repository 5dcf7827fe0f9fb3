"""Lists of classified variants, looked through: what a text is taken for, what is found, and what is never told."""

from collections.abc import Iterator
from html import unescape

import httpx
import pytest

from embla.app import create_app
from embla.classification.looking import named_as, own_page, shared_page, sought
from embla.classification.model.criteria import CODES, MEANINGS
from embla.classification.model.scoring import score
from embla.classification.retold import SHAPES
from embla.classification.service import withdraw
from embla.errors import BadInput, NotPermitted
from embla.platform import OPERATOR, Actor, House, create_account
from tests.classification.labs import CLINICIAN, CSTB, SPLICE, draft, names_of_labs, person, publish
from tests.web.clients import Reading, client_of, token_in
from tests.web.nation import shared

AWAY = "chr21-43765100-A-G"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Laboratory 0 shares CSTB as P and keeps another for itself; laboratory 1 shares two, one withdrawn."""
    house = shared(tmp_path_factory).house
    publish(house, 0, "P")
    publish(house, 0, "B", allele=AWAY, condition="Unverricht disease", share="own")
    publish(house, 1, "VUS", allele=SPLICE)
    taken = publish(house, 1, "LB", allele=AWAY)
    withdraw(house, person(house, 1), taken.record.id, "other")
    return house


def alleles(house: House, text: str = "", class_: str = "", lab: str = "") -> set[str]:
    found = shared_page(house, CLINICIAN, sought(house, text, class_, lab))
    return {one.record.identity.allele for one in found.items}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", ""), ("CSTB", "gene"), ("cstb", "gene"), ("ENSG00000160213", "gene"), (CSTB, "variant"),
        ("21:43774279:GGA:G", "variant"), ("ENST00000291568.5:c.67-1G>C", "variant"),
        ("chr21:43770000-43780000", "region"), ("unverricht", "words"), ("c.67-1G", "words"),
    ],
)  # fmt: skip
def test_text__is_taken_for_what_it_is(house: House, text: str, kind: str) -> None:
    assert sought(house, text).kind == kind


def test_shared__is_found_by_gene_name_class_and_laboratory(house: House) -> None:
    labs = names_of_labs(house)

    assert alleles(house) == {CSTB, SPLICE} == alleles(house, "CSTB") == alleles(house, "21:43774000-43775000")
    assert alleles(house, "ENST00000291568.5:c.67-1G>C") == {SPLICE} == alleles(house, SPLICE)
    assert alleles(house, class_="P") == {CSTB} == alleles(house, lab=labs[0]) == alleles(house, "CSTB", "P", labs[0])
    assert alleles(house, "MONDO:0009698") == {CSTB, SPLICE}
    assert alleles(house, "CSTB", "B") == alleles(house, lab="none") == alleles(house, "%") == set()


def test_shared__tells_nothing_that_a_laboratory_keeps_or_took_back(house: House) -> None:
    assert alleles(house, AWAY) == alleles(house, "unverricht") == alleles(house, class_="LB") == set()
    own = own_page(house, person(house), names_of_labs(house)[0], wanted=sought(house, "unverricht"))
    assert [one.record.identity.allele for one in own.items] == [AWAY]


def test_shared__is_for_laboratories_and_clinicians(house: House) -> None:
    with pytest.raises(NotPermitted):
        shared_page(house, Actor("board", frozenset({"board"})), sought(house, ""))


def test_own__a_class_is_not_looked_for_among_what_a_reader_has_yet_to_read_blind(house: House) -> None:
    lab = names_of_labs(house)[2]
    draft(house, person(house, 2, "a"), "LP", allele=AWAY, blind=True)

    def found(who: str, class_: str) -> int:
        return len(own_page(house, person(house, 2, who), lab, wanted=sought(house, "", class_)).items)

    assert [found("a", "LP"), found("b", "LP"), found("b", "")] == [1, 0, 1]


def test_text__a_personal_number_is_refused(house: House) -> None:
    with pytest.raises(BadInput):
        sought(house, "010190-1234")


def test_named_as__names_the_gene_and_the_mane_transcript(house: House) -> None:
    told = named_as(house, [CSTB, SPLICE, "chr1-1000-A-G"])

    assert (told[CSTB].gene, told[CSTB].transcript.split(".")[0], told[CSTB].c) == (
        "CSTB", "ENST00000291568", "c.218_219del"
    )  # fmt: skip
    assert told[SPLICE].c == "c.67-1G>C" and told["chr1-1000-A-G"].c == ""


@pytest.fixture(scope="module")
def clients(house: House) -> Iterator[dict[str, httpx.Client]]:
    with house.database.transaction() as connection:
        create_account(
            connection, "anna", display="Anna", roles=("lab",), laboratory=names_of_labs(house)[0], by=OPERATOR,
            at=house.clock(),
        )  # fmt: skip
    app, made = create_app(house.settings, house), {}
    for name in ("anna", "doctor", ""):
        made[name] = client_of(app)
        if name:
            page = made[name].get("/login").text
            made[name].post("/login", data={"csrf": token_in(page), "account": name, "next": "/"})
    yield made
    for client in made.values():
        client.close()


def test_pages__have_gene_and_hgvs_and_say_what_a_text_was_taken_for(clients: dict[str, httpx.Client]) -> None:
    own = clients["anna"].get("/classifications?q=CSTB&class=P").text
    all_ = clients["doctor"].get("/classifications/shared?q=CSTB").text

    for page in (own, all_):
        assert "c.218_219del" in page and "Read as the gene CSTB" in page and 'value="CSTB"' in page
    assert "c.67-1G&gt;C" in all_ and "c.67-1G&gt;C" not in own
    assert clients[""].get("/classifications/shared").status_code in (303, 401, 403)


def test_pages__say_why_nothing_is_found_and_refuse_a_personal_number(clients: dict[str, httpx.Client]) -> None:
    none = clients["anna"].get("/classifications?q=nothing-like-it").text
    refused = clients["doctor"].get("/classifications/shared?q=010190-1234")

    assert "Your laboratory has no classification like this" in none and "No gene and no variant" in none
    assert "/classifications/shared?q=nothing-like-it" in none
    assert refused.status_code == 422 and "010190-1234" not in refused.text


def test_pages__a_page_further_on_keeps_what_was_looked_for(
    house: House, clients: dict[str, httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(shared_page.__kwdefaults__, "limit", 1)
    first = clients["doctor"].get("/classifications/shared?q=CSTB").text
    (following,) = [href for href in Reading(first).hrefs() if "after=" in href]

    second = clients["doctor"].get(following).text

    shown = [[one for one in (CSTB, SPLICE) if f">{one}<" in page] for page in (first, second)]
    assert sorted(sum(shown, [])) == [CSTB, SPLICE] and 'value="CSTB"' in second


def test_criteria__each_has_words_that_pages_and_programs_show(clients: dict[str, httpx.Client]) -> None:
    assert set(MEANINGS) == set(CODES) and set(MEANINGS.values()) <= set(SHAPES)
    told = score(()).to_json()
    assert told["meanings"] == {} and "Richards" in told["meanings_source"]

    form = unescape(clients["anna"].get("/classifications/new").text)
    danish = unescape(clients["anna"].get("/classifications/new?lang=da").text)

    assert all(text in form for text in MEANINGS.values())
    assert not [text for text in MEANINGS.values() if text in danish]


def test_own_list__is_walked_in_its_order_so_that_a_full_page_ends_the_look(house: House) -> None:
    from sqlalchemy import event

    from embla.classification import store

    asked: list[tuple[str, object]] = []
    with house.database.reading() as connection:
        event.listen(connection, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
        store.page_of(connection, names_of_labs(house)[0], drafts=False, wanted=store.Sought(class_="P"), reader="x")
        text, values = asked[0]
        plan = [str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)]  # type: ignore[arg-type]

    assert any("ix_classifications_laboratory_id" in line for line in plan), plan
    assert not any("TEMP B-TREE" in line for line in plan), plan
