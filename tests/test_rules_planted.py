"""Several planted errors at once: named in every unit, whatever the order of rows, in steps and not in seconds."""

from __future__ import annotations

import random
import subprocess
import sys
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.planted import FT900, PRODUCTS, SCALES, Shape, frame, judged, planted, release, said
from schemas.judge import judge
from schemas.suspects.hitting import OutOfSteps, Steps, factored


def values(figures: dict[tuple[str, str, str], int], exponent: int) -> set[tuple[str, str, str]]:
    return {(flow, period, str(value * 10**exponent)) for (_, flow, period), value in figures.items()}


@pytest.mark.parametrize(
    ("shape", "count"), [*product((FT900,), (1, 2, 3, 5)), (PRODUCTS, 3), (PRODUCTS, 30)], ids=lambda one: str(one)[:30]
)
def test_planted_errors_are_named_in_every_unit(shape: Shape, count: int) -> None:
    chance = random.Random(count)
    figures = release(shape, chance)
    wrong = planted(figures, count, chance)
    alike = []
    for exponent in SCALES.values():
        certain, possible = said(judged(shape, figures | wrong, exponent))
        truth = values(wrong, exponent)
        assert certain <= truth
        assert truth <= certain | possible
        assert len(certain) >= 0.9 * count
        alike.append({(flow, period) for flow, period, _ in certain})
    assert alike[0] == alike[1] == alike[2]


def test_suspects_do_not_depend_on_the_order_of_rows() -> None:
    chance = random.Random(11)
    figures = release(FT900, chance)
    table = frame(figures | planted(figures, 12, chance), 6)
    shuffled = table.sample(frac=1, random_state=5).reset_index(drop=True)
    one, other = (
        {(f.rule, f.block, f.sentence, f.suspects) for f in judge(rows, {"planted": FT900.dataset}).findings}
        for rows in (table, shuffled)
    )
    assert one == other


def test_where_the_steps_run_out_the_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(11)
    figures = release(FT900, chance)
    table = frame(figures | planted(figures, 12, chance), 6)
    monkeypatch.setattr("schemas.suspects.suspects.STEPS", 1)
    found = [one for one in judge(table, {"planted": FT900.dataset}).findings if one.result == "fails"]
    silent = [one.sentence for one in found if not one.suspects]
    assert silent
    assert all(sentence.endswith("; undetermined, not searched further") for sentence in silent)


def test_suspects_of_a_cold_process_need_no_solver() -> None:
    code = (
        "import random, sys\n"
        "from benchmarks.planted import *\n"
        "chance = random.Random(3); figures = release(FT900, chance); wrong = planted(figures, 3, chance)\n"
        "certain, _ = said(judged(FT900, figures | wrong, 6))\n"
        "assert len(certain) == 3, certain\n"
        "assert not {'scipy', 'highspy', 'scipy.optimize'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


sets = st.sets(st.frozensets(st.integers(0, 6), min_size=1, max_size=4), min_size=1, max_size=7)


@settings(max_examples=150)
@given(sets)
def test_factors_are_all_minimum_hitting_sets(clauses: set[frozenset[int]]) -> None:
    found = factored(clauses, Steps(10_000), 100)
    assert found is not None
    assert not found.cut
    made = {found.forced.union(*chosen) for chosen in product(*found.choices)}
    for size in range(8):
        every = [frozenset(one) for one in combinations(range(7), size)]
        truth = {one for one in every if all(one & clause for clause in clauses)}
        if truth:
            assert made == truth
            return


def test_an_empty_clause_cannot_be_hit_and_steps_end() -> None:
    assert factored({frozenset(), frozenset({1})}, Steps(10), 5) is None
    triples = {frozenset(one) for one in combinations(range(9), 3)}
    with pytest.raises(OutOfSteps):
        factored(triples, Steps(3), 5)
    found = factored({frozenset(range(30))}, Steps(100), 20)
    assert found is not None
    assert (found.cut, len(found.choices[0])) == (True, 20)
