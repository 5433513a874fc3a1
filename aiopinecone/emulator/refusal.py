"""An answer other than the one hoped for: status, error code and message."""

from typing import Any


class Refusal(Exception):  # noqa: N818 - it is an answer of the API, not a failure of the emulator
    """The API says no. `code` is one of Pinecone's error codes."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def envelope(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"error": {"code": self.code, "message": self.message}, "status": self.status}


def invalid(message: str) -> Refusal:
    """400: the request itself is wrong."""
    return Refusal(400, "INVALID_ARGUMENT", message)


def not_found(message: str) -> Refusal:
    """404: no such thing in this project."""
    return Refusal(404, "NOT_FOUND", message)
