from hypothesis import given
from hypothesis import strategies as st

from importer.task.family import relate


def test_a_parent_is_found_by_key_before_name_and_may_come_later() -> None:
    family = relate([2, 3, 4], ["A", "K2", "C"], ["K1", "K3", "K2"], {2: "k2", 3: " K1 "})
    assert family.parent == {2: 4, 3: 2}
    assert family.wave == {4: 0, 2: 1, 3: 2}
    assert family.problems == []


def test_a_parent_is_found_by_a_name_that_is_unique() -> None:
    family = relate([2, 3], ["Launch  party", "Cake"], None, {3: "launch party"})
    assert family.parent == {3: 2}


def test_a_name_borne_by_several_rows_is_a_problem_that_names_them() -> None:
    family = relate([2, 3, 4], ["A", "A", "B"], None, {4: "A"})
    assert [(p.row, p.text) for p in family.problems] == [
        (4, "rows 2 and 3 all bear this name; give the parent's key instead")
    ]


def test_a_repeated_key_is_a_problem_on_each_of_its_rows() -> None:
    family = relate([2, 3, 4], ["A", "B", "C"], ["1", "1", "2"], {})
    assert [p.row for p in family.problems] == [2, 3]
    assert "rows 2 and 3" in family.problems[0].text


def test_rows_that_are_each_others_parents_are_problems_and_nobody_else_is() -> None:
    family = relate([2, 3, 4, 5], ["A", "B", "C", "D"], None, {2: "B", 3: "A", 4: "A", 5: "D"})
    assert sorted(p.row for p in family.problems) == [2, 3, 5]
    assert family.parent == {4: 2}
    assert family.wave[4] == 1


def test_a_number_is_an_existing_task_where_the_sheet_has_no_keys() -> None:
    assert relate([2], ["A"], None, {2: "4711"}).existing == {2: 4711}
    assert [p.text for p in relate([2], ["A"], ["x"], {2: "4711"}).problems] == [
        "no row has this key or name"
    ]


@given(st.integers(1, 60).flatmap(lambda n: st.lists(st.integers(0, n - 1), min_size=n, max_size=n)))
def test_every_child_is_one_wave_after_its_parent_whatever_the_references(targets: list[int]) -> None:
    rows = list(range(len(targets)))
    keys = [f"k{row}" for row in rows]
    family = relate(rows, keys, keys, {row: keys[target] for row, target in enumerate(targets)})
    assert set(family.wave) == set(rows)
    for row, parent in family.parent.items():
        assert family.wave[row] == family.wave[parent] + 1
    for row in rows:
        if row not in family.parent:
            assert family.wave[row] == 0
    wrong = {p.row for p in family.problems}
    for row in rows:  # exactly the rows on a circle are problems
        seen, here = set(), row
        while here not in seen:
            seen.add(here)
            here = targets[here]
        circle = {here}
        step = targets[here]
        while step != here:
            circle.add(step)
            step = targets[step]
        assert (row in wrong) == (row in circle)
