from hypothesis import given
from hypothesis import strategies as st

from importer.task.lists import join, split

texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from(',;"\n '), min_size=1
)


@given(st.lists(texts.filter(str.strip)))
def test_what_was_joined_is_split_again(values: list[str]) -> None:
    assert split(join(values)) == values


def test_commas_semicolons_and_line_breaks_separate() -> None:
    assert split("a, b;c\nd,, ;") == ["a", "b", "c", "d"]


def test_a_quoted_value_keeps_its_comma() -> None:
    assert split('red, "green, dark"; "say ""hi""" ') == ["red", "green, dark", 'say "hi"']


def test_a_quote_inside_a_value_is_just_a_character() -> None:
    assert split('5" screen, mouse') == ['5" screen', "mouse"]


def test_a_value_with_a_comma_is_quoted_as_in_csv() -> None:
    assert join(["red", "green, dark", 'say "hi"']) == 'red, "green, dark", "say ""hi"""'
