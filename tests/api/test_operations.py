"""Operations: what is asked of the API, as values, and ids that can't ask for anything else."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from aiopinecone import PineconeValueError, ResponseParsingError
from aiopinecone.api import operations

SEGMENTS: list[tuple[str, str]] = [
    ("8c85e612-ed1c-4f97-9f8c-8194e07bcf71", "8c85e612-ed1c-4f97-9f8c-8194e07bcf71"),
    ("bkp_123abc", "bkp_123abc"),
    ("a/b", "a%2Fb"),
    ("../indexes", "..%2Findexes"),
    ("...", "..."),
    ("a?limit=1", "a%3Flimit%3D1"),
    ("a#b", "a%23b"),
    ("a%2Fb", "a%252Fb"),
    ("%2e%2e", "%252e%252e"),
    (" ", "%20"),
    ("a\r\nHost: x", "a%0D%0AHost%3A%20x"),
    ("\x00", "%00"),
    ("a\\b;c", "a%5Cb%3Bc"),
    ("\u00e9\u4f60", "%C3%A9%E4%BD%A0"),
    ("\U0001f332", "%F0%9F%8C%B2"),
]
BAD_SEGMENTS: list[tuple[Any, str]] = [
    ("", "can't be ''"),
    (".", "can't be '.'"),
    ("..", "can't be '..'"),
    ("a\ud800", "surrogate"),
    ("\udfff", "surrogate"),
    (None, "must be a str, not NoneType"),
    (5, "must be a str, not int"),
    (b"bkp_1", "must be a str, not bytes"),
    (["bkp_1"], "must be a str, not list"),
]


def listing(
    index_name: Any = None, *, include_deleted: bool = False, page_size: Any = 100, token: str | None = None
) -> Any:
    return operations.list_backups(index_name, include_deleted=include_deleted, page_size=page_size, token=token)


def check(index_name: Any) -> None:
    operations.check_listing(index_name, include_deleted=False, page_size=1)


@pytest.mark.parametrize(("text", "segment"), SEGMENTS)
def test_an_id_is_one_segment(text: str, segment: str) -> None:
    """Whatever is in an id, or in an index's name, is quoted, so that it can't leave its place in the path."""
    assert operations.describe_backup(text).path == f"/backups/{segment}"
    assert listing(text).path == f"/indexes/{segment}/backups"


@pytest.mark.parametrize(("value", "problem"), BAD_SEGMENTS)
@pytest.mark.parametrize(
    ("ask", "what"),
    [(operations.describe_backup, "a backup id"), (listing, "an index name"), (check, "an index name")],
)
def test_what_can_t_be_one_segment_is_refused(ask: Callable[[Any], Any], what: str, value: Any, problem: str) -> None:
    """Empty and dots would ask for the list, half a character for nothing; an index name of None is the project."""
    if value is None and what == "an index name":
        ask(value)
        return
    with pytest.raises(PineconeValueError) as raised:
        ask(value)
    assert str(raised.value).startswith(what)
    assert problem in str(raised.value)
    assert raised.value.argument == what.partition(" ")[2].replace(" ", "_")
    assert raised.value.__cause__ is raised.value.__context__ is None


@given(st.text() | st.text(alphabet=st.sampled_from("./\\%2eEfF?#;@:\u2024\ud800\udc00\u00e9 ")))
@example("\ud83c\udf32")  # a pair, though of two code points
def test_any_text_is_refused_or_one_segment(text: str) -> None:
    """Any text is refused, or is exactly one segment that unquotes to the same text, also once made part of a URL."""
    try:
        path = operations.describe_backup(text).path
    except PineconeValueError:
        refused = True
    else:
        refused = False
        assert path.isascii()
        assert unquote(path.removeprefix("/backups/"), errors="strict") == text
        sent = URL("https://host").with_path("/base" + path, encoded=True)
        assert sent.raw_path.split("/") == ["", "base", "backups", path.removeprefix("/backups/")]
        assert sent.raw_parts[-1] not in {"", ".", ".."}
        assert not sent.raw_query_string
    assert refused == (text in {"", ".", ".."} or any("\ud800" <= character <= "\udfff" for character in text))


@pytest.mark.parametrize(
    ("arguments", "path", "query"),
    [
        ({}, "/backups", {"limit": "100"}),
        ({"page_size": 1}, "/backups", {"limit": "1"}),
        ({"token": "bA=="}, "/backups", {"limit": "100", "paginationToken": "bA=="}),
        ({"index_name": "docs"}, "/indexes/docs/backups", {"limit": "100"}),
        (
            {"index_name": "docs", "include_deleted": True, "token": "t", "page_size": 7},
            "/indexes/docs/backups",
            {"limit": "7", "include_deleted": "true", "paginationToken": "t"},
        ),
    ],
)
def test_what_a_listing_asks_for(arguments: dict[str, Any], path: str, query: dict[str, str]) -> None:
    """The project's list or an index's; limit and `include_deleted` go with every page."""
    operation = listing(**arguments)
    assert (operation.path, operation.query) == (path, query)


def test_a_describe_asks_for_nothing_else() -> None:
    """It has no query."""
    assert operations.describe_backup("a").query == {}


@pytest.mark.parametrize("page_size", [0, 101, -1, True, 10.0, "10", None])
def test_a_page_size_is_1_to_100(page_size: Any) -> None:
    """The API takes no other limit."""
    with pytest.raises(PineconeValueError, match="page_size must be a whole number from 1 to 100"):
        operations.check_listing(None, include_deleted=False, page_size=page_size)


@pytest.mark.parametrize("page_size", [1, 100])
@pytest.mark.parametrize(("index_name", "include_deleted"), [(None, False), ("docs", False), ("docs", True)])
def test_a_listing_that_can_be_made(index_name: str | None, include_deleted: bool, page_size: int) -> None:
    """Both ends of the range, with an index or without."""
    operations.check_listing(index_name, include_deleted=include_deleted, page_size=page_size)


def test_include_deleted_needs_an_index() -> None:
    """The project's list knows no such parameter: it has those backups anyway."""
    with pytest.raises(PineconeValueError, match="include_deleted needs an index_name"):
        operations.check_listing(None, include_deleted=True, page_size=100)


@pytest.mark.parametrize("asked", ["bkp_1", "BKP_2", "8C85E612-ed1c-4f97-9f8c-8194e07bcf71", "bkp_2 "])
def test_another_id_in_the_answer_is_refused(asked: str, sample: dict[str, Any]) -> None:
    """An answer about another backup, be it by a letter's case, is no answer."""
    with pytest.raises(ResponseParsingError, match="another backup") as raised:
        operations.describe_backup(asked).decode(json.dumps(sample).encode())
    assert raised.value.path == "$.backup_id"


def test_the_same_id_in_the_answer(sample: dict[str, Any]) -> None:
    """The answer about the very backup is its value; a page's is the page."""
    body = json.dumps(sample).encode()
    assert operations.describe_backup(sample["backup_id"]).decode(body).to_dict() == sample
    assert listing().decode(b'{"data": [' + body + b"]}").data[0].to_dict() == sample
