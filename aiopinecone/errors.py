"""Every exception that aiopinecone raises on purpose.

PineconeError
├── PineconeValueError (ValueError)        an argument is wrong; nothing was sent
├── PineconeConnectionError                no usable answer came
│   ├── PineconeTimeoutError (TimeoutError)    none came in time
│   └── CertificateError                   the server's certificate failed its check
├── ResponseParsingError                   an answer came and can't be read
├── ClientClosedError                      the client was closed
├── BackupFailedError                      the backup that was waited for failed
└── ApiError                               Pinecone answered with an error status
    ├── UnauthorizedError 401
    ├── PaymentRequiredError 402
    ├── ForbiddenError 403
    ├── NotFoundError 404
    ├── ConflictError 409
    ├── FailedPreconditionError 412
    ├── RateLimitError 429
    └── ServiceError 5xx

Each carries `attempts` and, where there is a next step, a one-sentence `hint`, which a traceback shows as a note.
They hold text and numbers only, so they can be pickled and copied.
"""

from typing import Any, Self

LONGEST_SHOWN = 60  # characters of a value that is refused


class PineconeError(Exception):
    """The root of the tree.

    Attributes:
        message: what happened, in one sentence.
        attempts: how many requests were sent before the call failed; 0 when it failed before the first.
        hint: what to do next, in one sentence, or None.
    """

    attempts: int = 0
    hint: str | None = None

    def __new__(cls, *args: object, **_: object) -> Self:
        return super().__new__(cls, *args)  # OSError's, of PineconeTimeoutError, takes no keywords

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.args = (message,)  # also where it was passed by keyword
        self.message = message
        if hint is not None:
            self.hint = hint
        if self.hint is not None:
            self.__notes__ = [self.hint]  # not add_note: a copy or an unpickled error would carry it twice

    def __reduce__(self) -> tuple[Any, ...]:
        state = vars(self).copy()
        if "__notes__" in state:
            state["__notes__"] = list(state["__notes__"])  # a note that is added to a copy is the copy's own
        return type(self), self.args, state

    def __str__(self) -> str:
        return self.message


class PineconeValueError(PineconeError, ValueError):
    """An argument, or a variable of the environment, has a value that can't be used. Nothing was sent.

    Attributes:
        argument: the argument's name where it is part of what is asked of Pinecone, such as `backup_id` or `page_size`;
            None for any other, such as `timeout`, and for a variable.
    """

    argument: str | None = None

    def __init__(self, message: str, *, hint: str | None = None, argument: str | None = None) -> None:
        super().__init__(message, hint=hint)
        if argument is not None:
            self.argument = argument


class PineconeConnectionError(PineconeError):
    """No usable answer came: refused, reset, cut short, malformed, or the certificate failed its check."""

    hint = "Check that the host is right and can be reached from here."


class PineconeTimeoutError(PineconeConnectionError, TimeoutError):
    """No answer came in time, be it for one attempt or for the whole call."""

    hint = "Allow a longer timeout, or ask for fewer backups at once."


class CertificateError(PineconeConnectionError):
    """The server's certificate failed its check. It is never tried again."""

    hint = "Check the host; for a certificate authority of your own, pass its `ssl.SSLContext` as `ssl=`."


class ResponseParsingError(PineconeError):
    """An answer came, and it isn't what the API documents. It is never asked for again.

    Attributes:
        path: where in the answer, such as `$.size_bytes` or `$.data[3].status`; `$` is the whole.
    """

    def __init__(self, message: str, path: str = "$") -> None:
        super().__init__(message)
        self.args = (message, path)
        self.path = path


class ClientClosedError(PineconeError):
    """The client was closed before or during the call."""

    hint = "Make the call inside the client's `async with` block, or make a new client."


class BackupFailedError(PineconeError):
    """The backup that was waited for failed: it will never be ready.

    Attributes:
        backup: as Pinecone described it last, a `Backup`.
    """

    hint = "Create the backup anew; if it fails again, ask Pinecone's support, with the backup's id."

    def __init__(self, backup: Any) -> None:
        super().__init__(f"the backup {backup.backup_id!r} failed: its status is {str(backup.status)!r}")
        self.args = (backup,)
        self.backup = backup


class ApiError(PineconeError):
    """Pinecone answered with an error status that has no class of its own, such as 400 or 422.

    Attributes:
        status_code: the HTTP status.
        message: Pinecone's own words, or the status in words.
        error_code: Pinecone's code, such as `NOT_FOUND`; None where the answer had none.
        request_id: Pinecone's id of the request, to quote to its support; None where it sent none.
        trace_id: the trace part of `x-cloud-trace-context`, often the only id there is; else None.
        retry_after: seconds that Pinecone asks to wait, or None.
        body: the first 500 characters of the answer as text.
    """

    def __init__(
        self,
        status_code: int,
        message: str,
        error_code: str | None = None,
        request_id: str | None = None,
        trace_id: str | None = None,
        retry_after: float | None = None,
        body: str = "",
    ) -> None:
        super().__init__(message)
        self.args = (status_code, message, error_code, request_id, trace_id, retry_after, body)
        self.status_code = status_code
        self.error_code = error_code
        self.request_id = request_id
        self.trace_id = trace_id
        self.retry_after = retry_after
        self.body = body

    def __str__(self) -> str:
        code = f" {self.error_code}" if self.error_code else ""
        named = [("request id", self.request_id), ("trace id", self.trace_id)]
        ids = ", ".join(f"{name} {value}" for name, value in named if value)
        return f"{self.status_code}{code}: {self.message}" + (f" ({ids})" if ids else "")


class UnauthorizedError(ApiError):
    """401: the API key is missing, wrong or revoked."""

    hint = "Check the API key: it may be mistyped, deleted, or of another environment."


class PaymentRequiredError(ApiError):
    """402: the organization's payment or plan doesn't cover this."""

    hint = "Check the billing status of the organization in the Pinecone console."


class ForbiddenError(ApiError):
    """403: the plan, the role of the API key, or a quota forbids this."""

    hint = "Check the plan (free plans have no backups), the role of the API key, and the project's quota."


class NotFoundError(ApiError):
    """404: the project of this API key has no such backup or index."""

    hint = "Check the id or name, and that the API key is of the project that holds it: one key sees one project."


class ConflictError(ApiError):
    """409: the request conflicts with something that exists."""


class FailedPreconditionError(ApiError):
    """412: the backup or index isn't in a state that allows this."""


class RateLimitError(ApiError):
    """429: too many requests, or a monthly quota is used up."""

    hint = "Ask less often (`requests_per_second=`), and check that no monthly quota is used up."


class ServiceError(ApiError):
    """5xx: Pinecone, or a gateway before it, failed."""

    hint = "Try again later, and look at Pinecone's status page if it lasts."


def shown(value: object) -> str:
    """How an error shows a value that it refuses: in one line, short, whatever it is."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 -- Python refuses to write an int of 4,300 digits, and a class may do anything
        return f"a value of type {type(value).__name__}"
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
