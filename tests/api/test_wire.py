"""Decoding: every shape that Pinecone was seen to send becomes a model, and nothing else does."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiopinecone import Backup, PineconeError, ResponseParsingError
from aiopinecone.api import wire
from aiopinecone.api.plain import plain_backup
from aiopinecone.models import WIRE_NAMES

REQUIRED = {
    "backup_id": "bkp_1",
    "source_index_name": "index",
    "source_index_id": "index-id",
    "status": "Ready",
    "cloud": "aws",
    "region": "us-east-1",
}
INTEGERS = ["dimension", "record_count", "namespace_count", "size_bytes"]
TEXTS = ["name", "description", "metric"]
MOMENTS = ["created_at", "source_index_deleted_at"]
OBJECTS = ["schema", "tags"]
COUNTS: dict[str, Any] = {"record_count": 0, "namespace_count": 0, "size_bytes": 0}


def decode(fields: dict[str, Any]) -> Backup:
    return wire.decode(json.dumps(fields).encode(), Backup)


def refusal(body: bytes, cls: type[Any] = Backup) -> ResponseParsingError:
    with pytest.raises(ResponseParsingError) as raised:
        wire.decode(body, cls)
    assert raised.value.__cause__ is raised.value.__context__ is None
    return raised.value


SHAPES = {
    "2025-04": {"dimension": 1024, "metric": "cosine", "tags": {}, "name": None, **COUNTS},
    "2025-10, untyped schema": {
        "dimension": 8,
        "schema": {"fields": {"genre": {"filterable": True}}},
        "tags": {"a": "b"},
    },
    "2026-07, typed schema": {
        "schema": {
            "fields": {
                "v": {"type": "dense_vector", "dimension": 8, "metric": "dotproduct"},
                "s": {"type": "sparse_vector"},
                "t": {"type": "semantic_text", "model": "m", "dimension": 4, "metric": "cosine"},
                "x": {"type": "a type to come", "anything": [1]},
            }
        },
        "source_index_deleted_at": "2026-07-01T00:00:00Z",
    },
    "2026-07, answered in the legacy shape": {"dimension": 8, "schema": {"fields": {}}, "tags": None},
    "initializing": {"status": "Initializing", "record_count": None, "tags": None, "description": None},
    "sparse": {"dimension": 0},
    "of a version to come": {"encryption": {"kind": "cmek"}, "priority": 3},
    "the required fields only": {},
}


@pytest.mark.parametrize("created", [{}, {"created_at": "2025-05-15T00:52:10Z"}])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_accepted(shape: str, created: dict[str, str]) -> None:
    """Each shape decodes, and comes back without what was null; unknown fields are kept."""
    fields: dict[str, Any] = REQUIRED | created | SHAPES[shape]
    backup = decode(fields)
    assert backup.to_dict() == {name: value for name, value in fields.items() if value is not None}
    assert backup.extra == {name: fields[name] for name in ("encryption", "priority") if name in fields}


def test_the_order_of_fields_is_nothing(sample: dict[str, Any]) -> None:
    """A record is the same in any order of its fields."""
    assert decode(dict(reversed(sample.items()))) == decode(sample)


# Coercions, where nothing is lost.


@pytest.mark.parametrize("field", INTEGERS)
@pytest.mark.parametrize(
    ("value", "integer"),
    [
        ("98", 98),
        (98.0, 98),
        ("0", 0),
        (0.0, 0),
        ("-1", -1),
        (-1, -1),
        (2**63 - 1, 2**63 - 1),
        (str(2**63 - 1), 2**63 - 1),
        ("-" + "9" * 19, -int("9" * 19)),
        (2.0**53 - 1, 2**53 - 1),
        (1e15, 10**15),
    ],
)
def test_an_integer_in_disguise(field: str, value: Any, integer: int) -> None:
    """A text of digits, or a float that is whole and exact, stands for the integer."""
    backup = decode(REQUIRED | {field: value})
    assert getattr(backup, field) == integer
    assert type(getattr(backup, field)) is int


NOT_INTEGERS = [
    (True, "a boolean"),
    (False, "a boolean"),
    (1.5, "a number that isn't whole"),
    (2.0**53, "a number too large to be exact"),
    (-1e300, "a number too large to be exact"),
    (2**64, "a number too large to be exact"),
    ("", "a string"),
    ("1.0", "a string"),
    (" 98", "a string"),
    ("98\n", "a string"),
    ("+98", "a string"),
    ("098", "a string"),
    ("-0", "a string"),
    ("1e3", "a string"),
    ("1_000", "a string"),
    ("0x10", "a string"),
    ("\u0669\u0668", "a string"),
    ("9" * 20, "a string"),
    ("9" * 5_000, "a string"),
    ([98], "an array"),
    ({"value": 98}, "an object"),
]
NOT_TEXTS = [
    (1, "an integer"),
    (1.5, "a number that isn't whole"),
    (True, "a boolean"),
    (["a"], "an array"),
    ({"a": "b"}, "an object"),
]
NOT_MOMENTS = [
    "",
    "yesterday",
    "2025-13-01T00:00:00Z",
    "2025-05-15T24:00:01Z",
    "2025-05-15T00:52:60Z",
    "2025-05-15T00:52:10 UTC",
    "1747270330",
    "0001-01-01T00:00:00+23:00",
    "9999-12-31T23:59:59-23:00",
    "\u0662\u0660\u0662\u0665-05-15T00:52:10Z",
]
REFUSED: list[tuple[str, Any, str]] = [
    *((field, None, "expected a string, not null") for field in REQUIRED),
    *((field, value, f"expected a string, not {kind}") for field in [*REQUIRED, *TEXTS] for value, kind in NOT_TEXTS),
    *((field, value, f"expected an integer, not {kind}") for field in INTEGERS for value, kind in NOT_INTEGERS),
    *((field, value, "expected a timestamp") for field in MOMENTS for value in NOT_MOMENTS),
    *((field, 1747270330, "expected a string, not an integer") for field in MOMENTS),
    *((field, [], "expected an object, not an array") for field in OBJECTS),
    *((field, "{}", "expected an object, not a string") for field in OBJECTS),
    *((field, False, "expected an object, not a boolean") for field in OBJECTS),
]


@pytest.mark.parametrize(("field", "value", "problem"), REFUSED)
def test_a_refusal_names_the_path(field: str, value: Any, problem: str) -> None:
    """What isn't as documented, and can't be made so without loss, is refused by path and kind, and isn't quoted."""
    error = refusal(json.dumps(REQUIRED | {"created_at": "2025-05-15T00:52:10Z"} | {field: value}).encode())
    assert error.path == f"$.{field}"
    assert str(error) == f"{problem} at $.{field}"


def test_texts_may_be_null_beside_an_odd_field() -> None:
    """A field that isn't plain changes nothing for the others."""
    fields: dict[str, Any] = {"name": None, "description": "d", "tags": None, "schema": {}, "size_bytes": "1"}
    assert decode(REQUIRED | fields).to_dict() == REQUIRED | {"description": "d", "schema": {}, "size_bytes": 1}


@pytest.mark.parametrize("field", REQUIRED)
def test_a_required_field_is_missing(field: str) -> None:
    """Each of the six required fields is refused by name when missing, in a row of a list, too."""
    fields = {name: value for name, value in REQUIRED.items() if name != field}
    error = refusal(json.dumps(fields).encode())
    assert (str(error), error.path) == (f"a required field is missing at $.{field}", f"$.{field}")
    error = refusal(json.dumps({"data": [REQUIRED, fields]}).encode(), wire.Page)
    assert error.path == f"$.data[1].{field}"


# Bodies that are no backup at all.


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "the answer is empty"),
        (b"null", "expected an object, not null at $"),
        (b"[]", "expected an object, not an array at $"),
        (b"[{}]", "expected an object, not an array at $"),
        (b'"Ready"', "expected an object, not a string at $"),
        (b"5", "expected an object, not an integer at $"),
        (b"1.5", "expected an object, not a number that isn't whole at $"),
        (b"1e300", "expected an object, not a number too large to be exact at $"),
        (b"true", "expected an object, not a boolean at $"),
        (b"{}", "a required field is missing at $.backup_id"),
        (b" ", "the answer isn't JSON"),
        (b"<html>502</html>", "the answer isn't JSON"),
        (b"{", "the answer isn't JSON"),
        (b"{}{}", "the answer isn't JSON"),
        (b"NaN", "the answer isn't JSON"),
        (b'{"size_bytes": Infinity}', "the answer isn't JSON"),
        (b"9" * 5_000, "the answer isn't JSON"),
        (b"[" * 100_000, "the answer isn't JSON"),
        (b'{"a":' * 100_000, "the answer isn't JSON"),
        (b"[" * 100_000 + b"]" * 100_000, "the answer isn't JSON"),
        (b'{"backup_id": "\\ud800"}', "the answer isn't JSON"),
        (b'{"backup_id": "\xed\xa0\x80"}', "the answer isn't JSON"),
        (b'{"backup_id": "\xff"}', "the answer isn't JSON"),
        (b"\xef\xbb\xbf", "the answer isn't JSON"),
        (b"\xef\xbb\xbf\xef\xbb\xbf{}", "the answer isn't JSON"),
        ("{}".encode("utf-16"), "the answer isn't JSON"),
        (b"\x1f\x8b\x08\x00", "the answer isn't JSON"),
    ],
)
def test_a_body_that_is_no_backup(body: bytes, problem: str) -> None:
    """It is refused as a whole, at `$` or at the first field, and a page is refused like it."""
    error = refusal(body)
    assert str(error).startswith(problem)
    if body != b"{}":
        assert error.path == "$"
        assert str(refusal(body, wire.Page)).startswith(problem)


def raw(addition: bytes) -> bytes:
    """The required fields, and more that `json` would not write."""
    return json.dumps(REQUIRED).encode()[:-1] + b", " + addition + b"}"


def test_a_byte_order_mark_is_skipped() -> None:
    """One BOM before the JSON says nothing."""
    assert wire.decode(b"\xef\xbb\xbf" + json.dumps(REQUIRED).encode(), Backup) == decode(REQUIRED)


def test_of_a_duplicate_field_the_last_counts() -> None:
    """As in every common reader of JSON; the check of the id then sees what the program would."""
    assert wire.decode(raw(b'"backup_id": "other"'), Backup).backup_id == "other"


@pytest.mark.parametrize("field", ["tags", "schema", "unknown"])
def test_in_open_fields_numbers_are_exact_to_64_bits(sample: dict[str, Any], field: str) -> None:
    """From 2**64 on they are floats, as the docs of `Backup` say; `size_bytes` and the like refuse those."""
    numbers = {"most": 2**64 - 1, "least": -(2**63), "more": 2**64}
    backup = decode(sample | {field: numbers})
    held = backup.extra["unknown"] if field == "unknown" else getattr(backup, field)
    assert held == {"most": 2**64 - 1, "least": -(2**63), "more": 2.0**64}
    assert [type(value) for value in held.values()] == [int, int, float]
    with pytest.raises(ResponseParsingError, match="a number too large to be exact"):
        decode(sample | {"size_bytes": 2**64})


@pytest.mark.parametrize("addition", [b'"size_bytes": ' + b"9" * 5_000, b'"novel": NaN', b'"novel": "\\udfff"'])
def test_one_unreadable_value_spoils_the_answer(addition: bytes) -> None:
    """An endless number, NaN, or half of a surrogate pair anywhere is a parsing error of the whole."""
    assert refusal(raw(addition)).path == "$"


@pytest.mark.parametrize(("field", "path"), [("tags", "$.tags"), ("schema", "$.schema"), ("novel", "$")])
@pytest.mark.parametrize("nest", [lambda inner: {"a": inner}, lambda inner: [0, inner]])
def test_open_fields_nest_only_so_deep(field: str, path: str, nest: Any) -> None:
    """Up to the bound a backup can be printed, compared and written; beyond it is refused, before Python gives up."""
    value: Any = None
    for _ in range(60):
        value = nest(value)
    backup = decode(REQUIRED | {field: {"top": value}})
    assert decode(backup.to_dict()) == backup
    assert repr(backup)
    for _ in range(10):
        value = nest(value)
    error = refusal(json.dumps(REQUIRED | {field: {"top": value}}).encode())
    assert (error.path, str(error)) == (path, f"expected at most 64 levels at {path}")
    for _ in range(600):
        value = nest(value)
    assert refusal(json.dumps(REQUIRED | {field: {"top": value}}).encode()).path == path


# Timestamps.


MOMENT = datetime(2025, 5, 15, 0, 52, 10, tzinfo=UTC)


@pytest.mark.parametrize("field", MOMENTS)
@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("2025-05-15T00:52:10Z", 0),
        ("2025-05-15T00:52:10.123Z", 123_000),
        ("2025-05-15T00:52:10.123456Z", 123_456),
        ("2025-05-15T00:52:10.123456789Z", 123_456),
        ("2025-05-15T00:52:10+00:00", 0),
        ("2025-05-15T00:52:10.123456789+00:00", 123_456),
        ("2025-05-15 00:52:10.123456+00:00", 123_456),
        ("2025-05-15 00:52:10Z", 0),
        ("2025-05-15T02:52:10.5+02:00", 500_000),
        ("2025-05-14T19:22:10-05:30", 0),
        ("2025-05-15T00:52:10", 0),
        ("2025-05-15T00:52:10.123456", 123_456),
    ],
)
def test_every_form_of_a_timestamp(field: str, text: str, microseconds: int) -> None:
    """Any number of digits, Z or an offset, T or a space: aware, in UTC, to the microsecond; UTC without a zone."""
    backup = decode(REQUIRED | {field: text})
    moment = getattr(backup, field)
    assert moment == MOMENT + timedelta(microseconds=microseconds)
    assert moment.tzinfo is UTC
    fraction = f".{microseconds:06}" if microseconds else ""
    assert backup.to_dict()[field] == f"2025-05-15T00:52:10{fraction}Z"


def test_create_and_describe_agree() -> None:
    """A backup's 9 digits from create and 6 from describe are one moment."""
    nine, six = (
        decode(REQUIRED | {"created_at": f"2025-05-15T00:52:10.{digits}Z"}) for digits in ("809354321", "809354")
    )
    assert nine == six


@given(
    st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)),  # noqa: DTZ001 -- the zone comes after
    st.integers(-1439, 1439),
)
def test_any_moment_comes_back(naive: datetime, minutes: int) -> None:
    """A moment in any zone is the same moment in UTC, and comes back as it is."""
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    backup = decode(REQUIRED | {"created_at": moment.isoformat()})
    assert backup.created_at == moment
    assert decode(backup.to_dict()) == backup


# Pages.


@pytest.mark.parametrize(
    ("page", "ids", "token"),
    [
        ({}, [], None),
        ({"data": None, "pagination": None}, [], None),
        ({"data": []}, [], None),
        ({"data": [], "pagination": {"next": "token"}}, [], "token"),
        ({"data": [REQUIRED]}, ["bkp_1"], None),
        ({"data": [REQUIRED, REQUIRED | {"backup_id": "2"}], "pagination": {"next": "bA=="}}, ["bkp_1", "2"], "bA=="),
        ({"data": [REQUIRED], "pagination": {}}, ["bkp_1"], None),
        ({"data": [REQUIRED], "pagination": {"next": None}}, ["bkp_1"], None),
        ({"data": [REQUIRED], "pagination": {"next": ""}}, ["bkp_1"], None),
        ({"data": [REQUIRED], "pagination": {"next": "t", "previous": 1}, "total": 1}, ["bkp_1"], "t"),
    ],
)
def test_a_page(page: dict[str, Any], ids: list[str], token: str | None) -> None:
    """Rows are whole backups; both parts may be absent or null; no token, or an empty one, is the last page."""
    decoded = wire.decode(json.dumps(page).encode(), wire.Page)
    assert [backup.backup_id for backup in decoded.data or ()] == ids
    assert decoded.next_token == token


@pytest.mark.parametrize(
    ("page", "path", "problem"),
    [
        ({"data": {}}, "$.data", "expected an array, not an object"),
        ({"data": "abc"}, "$.data", "expected an array, not a string"),
        ({"data": 0}, "$.data", "expected an array, not an integer"),
        ({"data": [REQUIRED, None]}, "$.data[1]", "expected an object, not null"),
        ({"data": ["a"]}, "$.data[0]", "expected an object, not a string"),
        (
            {"data": [REQUIRED] * 3 + [REQUIRED | {"status": 5}]},
            "$.data[3].status",
            "expected a string, not an integer",
        ),
        ({"data": [REQUIRED | {"dimension": 1.5}]}, "$.data[0].dimension", "expected an integer, not a number that"),
        ({"pagination": "token"}, "$.pagination", "expected an object, not a string"),
        ({"pagination": []}, "$.pagination", "expected an object, not an array"),
        ({"pagination": {"next": 5}}, "$.pagination.next", "expected a string, not an integer"),
    ],
)
def test_a_page_that_is_refused(page: Any, path: str, problem: str) -> None:
    """A page that isn't as documented is refused with the path down to the field of the row."""
    error = refusal(json.dumps(page).encode(), wire.Page)
    assert error.path == path
    assert str(error).startswith(problem)


# Error bodies.


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b'{"error": {"code": "NOT_FOUND", "message": "gone", "details": {}}, "status": 404}', "NOT_FOUND", "gone"),
        (b'{"error": {"code": 5, "message": ["gone"]}}', None, None),
        (b'{"error": {}}', None, None),
        (b'{"error": "gone"}', None, "gone"),
        (b'{"error": null}', None, None),
        (b'{"error": ["gone"]}', None, None),
        (b'{"message": "gone"}', None, None),
        (b"[]", None, None),
        (b"null", None, None),
        (b"", None, None),
        (b"Invalid API key", None, None),
        (b"[" * 100_000, None, None),
        (b"\xef\xbb\xbf" + b'{"error": {"code": "X", "message": "y"}}', "X", "y"),
    ],
)
def test_the_error_envelope(body: bytes, code: str | None, message: str | None) -> None:
    """Code and message where they are texts; nothing where they aren't, whatever the body is."""
    assert wire.error_body(body) == (code, message)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", ""),
        (b"plain \xff", "plain \ufffd"),
        (b'{"a": "\\u0062\\/\\u00e9"}', '{"a":"b/\u00e9"}'),
        (b'{"a": "\\"\\\\n"}', '{"a":"\\"\\\\n"}'),
        (b'{"a": "1\\u00002\\n3\\t4\\b5\\f6\\r7\\u001b8"}', '{"a":"12345678"}'),
        (b'{"a": "\\\\u0000"}', '{"a":"\\\\u0000"}'),
        (b"[" * 1_000 + b"]" * 1_000, "[" * 1_000 + "]" * 1_000),
    ],
)
def test_a_body_for_people(body: bytes, text: str) -> None:
    """JSON loses its escapes and its control characters, so that nothing hides in them; all else is text as it came."""
    assert wire.readable(body) == text


# Properties.


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(NOT_MOMENTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = [*REQUIRED, *TEXTS, *INTEGERS, *MOMENTS, *OBJECTS, "data", "pagination", "extra", "self", "_dimension"]
WORDS = st.text(st.characters(codec="utf-8"), max_size=8)
SHALLOW = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
BACKUPS = st.builds(
    Backup,
    **dict.fromkeys(REQUIRED, WORDS),
    **{name: st.none() | WORDS for name in TEXTS},
    **{name: st.none() | st.integers(-(2**63), 2**63 - 1) for name in INTEGERS},
    **{name: st.none() | st.dictionaries(WORDS, SHALLOW, max_size=3) for name in OBJECTS},
    **{name: st.none() | st.datetimes(timezones=st.just(UTC)) for name in MOMENTS},
    extra=st.dictionaries(WORDS.filter(lambda name: name not in WIRE_NAMES), SHALLOW, max_size=3),
)


def decodes_or_refuses(body: bytes) -> None:
    for cls in (Backup, wire.Page):
        try:
            assert isinstance(wire.decode(body, cls), cls)
        except PineconeError as error:
            assert type(error) is ResponseParsingError  # noqa: PT017 -- it may also not be raised
    wire.error_body(body)
    wire.readable(body)


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_decode_or_are_refused(body: bytes) -> None:
    """Decoding raises `ResponseParsingError`, and nothing else, whatever the bytes are."""
    decodes_or_refuses(body)


@given(
    fields=st.dictionaries(st.sampled_from(FIELDS), JSON), removed=st.sets(st.sampled_from(list(REQUIRED)), max_size=1)
)
def test_any_mutated_record_decodes_or_is_refused(fields: dict[str, Any], removed: set[str]) -> None:
    """So it is with records in which fields are missing, odd or unheard of, alone and as rows."""
    record = {name: value for name, value in (REQUIRED | fields).items() if name not in removed}
    decodes_or_refuses(json.dumps(record).encode())
    decodes_or_refuses(json.dumps({"data": [REQUIRED, record], "pagination": fields.get("name")}).encode())


@given(cut=st.integers(0, 400), flipped=st.integers(0, 400), byte=st.integers(0, 255))
def test_any_damaged_record_decodes_or_is_refused(cut: int, flipped: int, byte: int) -> None:
    """So it is with bodies that were cut, or have a wrong byte."""
    body = bytearray(json.dumps(REQUIRED | {"tags": {"a": "b"}, "created_at": "2025-05-15T00:52:10Z"}).encode())
    body[flipped % len(body)] = byte
    decodes_or_refuses(bytes(body))
    decodes_or_refuses(bytes(body[:cut]))


@given(BACKUPS)
def test_structure_is_the_inverse_of_unstructure(backup: Backup) -> None:
    """A backup that is written and read again is the same backup, and is written the same."""
    again = decode(backup.to_dict())
    assert again == backup
    assert again.to_dict() == backup.to_dict()
    assert wire._make_converter(detailed=False).unstructure(backup) == backup.to_dict()


@given(
    fields=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=2),
    plain=st.dictionaries(st.sampled_from(TEXTS), st.none() | st.text(max_size=3)),
    counts=st.dictionaries(st.sampled_from(INTEGERS), st.none() | st.integers()),
    moment=st.sampled_from(["2025-05-15T00:52:10Z", "2025-05-15T00:52:10.5+02:00", "2025-05-15T00:52:10", "soon"]),
)
def test_the_short_way_is_no_second_opinion(
    fields: dict[str, Any], plain: dict[str, Any], counts: dict[str, Any], moment: str
) -> None:
    """What is read by hand is what the hooks would make of it, to the type of each field; the rest is left to them."""
    record = REQUIRED | {"created_at": moment} | plain | counts | fields
    by_hand = plain_backup(record)
    if by_hand is not None:
        by_hooks = wire._explaining_converter().structure(record, Backup)
        assert by_hand == by_hooks
        assert type(by_hand) is Backup
        assert repr(by_hand) == repr(by_hooks)
        assert hash(by_hand) == hash(by_hooks)
        assert by_hand.to_dict() == by_hooks.to_dict()


@pytest.mark.parametrize("moment", ["2025-05-15T02:52:10+02:00", "2025-05-15T00:52:10", "soon", None])
def test_an_odd_timestamp_takes_the_long_way(moment: str | None) -> None:
    """Only a timestamp in UTC is plain."""
    assert plain_backup(REQUIRED | {"created_at": "2025-05-15T00:52:10Z"}) is not None
    assert plain_backup(REQUIRED | {"created_at": moment}) is None
