"""Ids as they are given: on the command line, and line by line on stdin, where a `-` stands among them."""

import asyncio
import codecs
import os
import sys
from collections.abc import AsyncIterator, Sequence

from aiopinecone.cli.exits import Failure

STDIN = "\0"  # stands for a `-` after parsing: no argument can hold this character
_CHUNK = 1 << 16
_LONGEST = 1 << 20  # characters of a line; no id is near it


async def stream(given: Sequence[str]) -> AsyncIterator[str]:
    """Each id in turn; those of stdin while its other end still writes. Raises `Failure`, also where there is none."""
    there_was_one = False
    for text in given:
        if text != STDIN:
            there_was_one = True
            yield text
            continue
        async for line in _lines():
            there_was_one = True
            yield line
    if not there_was_one:
        raise Failure("stdin held no ids", "Give one id a line.")


async def _lines() -> AsyncIterator[str]:
    """Lines of stdin without white space around them; empty ones don't count."""
    if sys.stdin is None:
        raise Failure("there is no stdin to read ids from")
    descriptor = sys.stdin.fileno()
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="surrogateescape")
    rest = ""
    is_open = True
    while is_open:
        await _readable(descriptor)
        chunk = os.read(descriptor, _CHUNK)
        is_open = bool(chunk)
        *lines, rest = (rest + decoder.decode(chunk, final=not chunk)).split("\n")
        if len(rest) > _LONGEST:
            raise Failure("stdin has a line too long to be an id", "Give one id a line.")
        for line in lines if is_open else [*lines, rest]:
            if text := line.strip():
                yield text


async def _readable(descriptor: int) -> None:
    """Wait until there is something to read. No thread, so nothing is left waiting when the command ends."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(descriptor, ready.set)
    except (PermissionError, NotImplementedError):  # a plain file, which never makes anybody wait; or Windows
        return
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
