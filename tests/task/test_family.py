from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from importer.task.family import Family, Kin
from importer.task.family import relate as relate_kin


def relate(
    rows: list[int], names: list[str], keys: list[str] | None, parents: dict[int, str], **more: Any
) -> Family:
    """Rows, names and keys side by side."""
    by_row = dict(zip(rows, keys, strict=True)) if keys is not None else None
    return relate_kin(Kin(dict(zip(rows, names, strict=True)), by_row, parents, **more))


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
    family = relate([2], ["A"], ["x"], {2: "4711"})
    assert (family.existing, family.unknown) == ({}, {2: "4711"})


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


def test_a_second_id_and_the_layout_name_parents_too() -> None:
    family = relate([2, 3, 4], ["A", "B", "C"], ["P-1", "P-2", "P-3"], {3: "10001"}, others={2: "10001"})
    assert family.parent == {3: 2}
    assert relate([2, 3], ["A", "A"], None, {}, layout={3: 2}).parent == {3: 2}


def test_a_child_of_a_row_that_is_no_task_gets_no_parent_and_that_is_said() -> None:
    family = relate([3], ["B"], ["2"], {3: "1"}, apart={"1": 2})
    assert (family.parent, family.unknown) == ({}, {})
    assert [(p.row, p.loss) for p in family.problems] == [(3, True)]


def test_in_a_tools_file_a_repeated_key_identifies_nothing_and_is_no_problem() -> None:
    assert relate([2, 3], ["A", "B"], ["1", "1"], {}, loose=True).problems == []
    family = relate([2, 3, 4], ["A", "B", "C"], ["1", "1", "2"], {4: "1"}, loose=True)
    assert [p.row for p in family.problems] == [4]


def test_a_number_is_an_existing_task_beside_keys_where_that_is_told() -> None:
    assert relate([2], ["A"], ["x"], {2: "4711"}, ids=True).existing == {2: 4711}


def test_a_number_in_a_tools_file_is_no_task_of_ours() -> None:
    family = relate([2], ["A"], None, {2: "10009"}, loose=True)
    assert (family.existing, family.unknown) == ({}, {2: "10009"})
