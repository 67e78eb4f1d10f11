"""What is read out of docstrings."""

from __future__ import annotations

import pytest

from openrouter.core.docstrings import read_docstring

GOOGLE = """Give the weather of a city.

    It is measured, not guessed.

    Args:
        city (str): Where to look: a name in English,
            or one in the language of the place.
        days: How many days from today,
            at most:

              seven
        *others (list[tuple[str, int]], optional): More of them.
        unit:
            Celsius, or not.

    Returns:
        Degrees: one number.
    """

NUMPY = """
    Give the weather of a city.

    Parameters
    ----------
    city : str
        Where to look: a name in English,
        or one in the language of the place.
    days : int, optional
        How many days from today, at most:

        seven
    low, high, ... : float
        What to leave out.
    unit

    Other Parameters
    ----------------
    **others
        More of them.

    Returns
    -------
    Degrees
        One number.
    """

SPHINX = r"""
    Give the weather of a city.

    :param city: Where to look: a name in English,
        or one in the language of the place.
    :type city: str
        or so
    :param dict[str, int] days: How many days
        from today.
    :param \*others: More
    of them.
    :keyword unit:
        Celsius, or not.
    :returns: Degrees.

    It is measured, not guessed.
    """

WHERE = "Where to look: a name in English, or one in the language of the place."


def test_a_docstring_in_the_style_of_google() -> None:
    read = read_docstring(GOOGLE)
    assert read.description == (
        "Give the weather of a city.\n\nIt is measured, not guessed.\n\nReturns:\n    Degrees: one number."
    )
    assert read.parameters == {
        "city": WHERE,
        "days": "How many days from today, at most: seven",
        "others": "More of them.",
        "unit": "Celsius, or not.",
    }


def test_a_docstring_in_the_style_of_numpy() -> None:
    read = read_docstring(NUMPY)
    assert read.description == "Give the weather of a city.\n\nReturns\n-------\nDegrees\n    One number."
    assert read.parameters == {
        "city": WHERE,
        "days": "How many days from today, at most: seven",
        "low": "What to leave out.",
        "high": "What to leave out.",
        "others": "More of them.",
    }


def test_a_docstring_in_the_style_of_sphinx() -> None:
    read = read_docstring(SPHINX)
    assert read.description == "Give the weather of a city.\n\n:returns: Degrees.\n\nIt is measured, not guessed."
    assert read.parameters == {
        "city": WHERE,
        "days": "How many days from today.",
        "others": "More of them.",
        "unit": "Celsius, or not.",
    }


@pytest.mark.parametrize("title", ["Args", "Arguments", "Parameters", "Params", "Keyword Args", "Other Parameters"])
def test_the_titles_of_sections(title: str) -> None:
    assert read_docstring(f"Do it.\n\n{title}:\n    way: Which way.") == ("Do it.", {"way": "Which way."})
    underlined = f"Do it.\n\n{title}\n{'-' * len(title)}\nway : str\n    Which way."
    assert read_docstring(underlined) == ("Do it.", {"way": "Which way."})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Do it.",
        "Do it.\n\n    indented: text\n\nThen rest.",
        "Args:",
        "Parameters\n----------",
        "Arguments are for the wise.\n\nway: not a section",
        "Do it.\n\nArgs:\nway: not indented, so no entry",
        "Args:\nThat is what pirates say.",
        "Args:\n    Nothing that has a name in front of it.\n\nThen rest.",
        "See :param: and :class:`Weather`.",
        "Do it.\n\n* one: thing\n* another: thing",
    ],
)
def test_text_that_is_about_no_parameter_stays_as_it_is(text: str) -> None:
    assert read_docstring(text) == (text, {})


def test_more_than_one_section_and_lines_that_are_not_indented_as_they_should_be() -> None:
    read = read_docstring(
        "Do it.\n\nArgs: \n    way: Which way\n    to go.\n    pace: How fast.\n\n\n\nThen rest.\n\n"
        "Keyword Args:\n    far: How far."
    )
    assert read == ("Do it.\n\nThen rest.", {"way": "Which way to go.", "pace": "How fast.", "far": "How far."})


def test_text_after_the_parameters_in_the_style_of_numpy_is_description() -> None:
    read = read_docstring("Do it.\n\nParameters\n----------\nway : str\n    Which way.\n\nThen rest: for long.")
    assert read == ("Do it.\n\nThen rest: for long.", {"way": "Which way."})


def test_the_summary_may_stand_on_the_line_below() -> None:
    assert read_docstring("\n    Do it.\n\n    Args:\n        way: Which way.\n    ") == (
        "Do it.",
        {"way": "Which way."},
    )


def test_there_may_be_nothing_but_parameters() -> None:
    text = """Args:
        way: Which way,
            and how far.
        pace: How fast.
    """
    assert read_docstring(text) == ("", {"way": "Which way, and how far.", "pace": "How fast."})
    assert read_docstring("Args:\n    way: Which way.\nReturns:\n    Nothing.") == (
        "Returns:\n    Nothing.",
        {"way": "Which way."},
    )
    assert read_docstring("Parameters\n----------\nway : str\n    Which: way.") == ("", {"way": "Which: way."})
