"""The server alone: what it can answer, asked by the cheapest client there is."""

import asyncio
import time

from benchmarks import describing
from benchmarks.job import Job, WrongAnswerError, numbered

LENGTH = b"Content-Length: "


class Asking(asyncio.Protocol):
    """Sends the next request as soon as an answer is whole; parses nothing but its length."""

    def __init__(self, requests: list[bytes], done: "asyncio.Future[None]") -> None:
        self._requests = requests
        self.done = done
        self._rest = b""
        self.answers = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._rest += data
        head, found, body = self._rest.partition(b"\r\n\r\n")
        if found and len(body) >= int(head[head.index(LENGTH) + len(LENGTH) :]):
            self._rest = b""
            self.answers += 1
            self._next()

    def _next(self) -> None:
        if self._requests:
            self._transport.write(self._requests.pop())
        else:
            self._transport.close()
            if not self.done.done():
                self.done.set_result(None)


def server(contender: str, job: Job) -> dict[str, float]:
    """Microseconds for each answer."""
    if contender == "bare":
        return describing.bulk(contender, job)
    return asyncio.run(_server(job))


async def _server(job: Job) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    host, port = job.url.removeprefix("http://").split(":")
    request = b"GET /backups/%s HTTP/1.1\r\nHost: x\r\n\r\n"
    requests = [request % backup_id.encode() for backup_id in numbered(job.count)]
    made = [Asking(requests, loop.create_future()) for _ in range(job.concurrency)]
    began, cpu = time.perf_counter(), time.process_time()
    for asking in made:
        await loop.create_connection(lambda asking=asking: asking, host, int(port))  # type: ignore[misc]  # of the default
    await asyncio.gather(*(asking.done for asking in made))
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    if (answers := sum(asking.answers for asking in made)) != job.count:
        raise WrongAnswerError(f"{answers} answers")
    return {"figure": seconds / job.count * 1e6, "cpu": cpu / job.count * 1e6}
