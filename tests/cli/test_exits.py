"""The exit statuses, and their order."""

import itertools

import pytest

from aiopinecone import (
    ApiError,
    CertificateError,
    ForbiddenError,
    NotFoundError,
    PineconeConnectionError,
    PineconeError,
    PineconeTimeoutError,
    PineconeValueError,
    RateLimitError,
    ResponseParsingError,
    ServiceError,
    UnauthorizedError,
)
from aiopinecone.cli.exits import Exit, Failure, first, status_of
from aiopinecone.cli.terminal import in_one_line


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFoundError(404, "x"), 1),
        (PineconeValueError("x"), 2),
        (UnauthorizedError(401, "x"), 3),
        (ForbiddenError(403, "x"), 3),
        (RateLimitError(429, "x"), 3),
        (ServiceError(500, "x"), 3),
        (ApiError(400, "x"), 3),
        (PineconeConnectionError("x"), 3),
        (CertificateError("x"), 3),
        (ResponseParsingError("x"), 3),
        (PineconeTimeoutError("x"), 4),
    ],
)
def test_each_error_has_its_status(error: PineconeError, code: int) -> None:
    """A finding, a wrong use, what could not be told, and what took too long are four things."""
    assert status_of(error) == code


def test_the_first_that_holds() -> None:
    """130 before 2 before 1 before 3 before 4 before 0, whatever the order in which they were found."""
    order = [130, 2, 1, 3, 4, 0]
    for earlier, later in itertools.combinations(order, 2):
        assert first([Exit(later), Exit(earlier)]) == earlier
    assert first([]) == 0


def test_a_hint_follows_a_full_stop() -> None:
    """Also where the message had none of its own."""
    assert in_one_line(Failure("it broke", "Mend it.")) == "it broke. Mend it."
    assert in_one_line(Failure("It broke.", "Mend it.")) == "It broke. Mend it."
    assert in_one_line(Failure("it broke")) == "it broke"
