"""Many look-ups, one read."""

import asyncio
from collections.abc import Sequence

from aiopinecone.engine.loader import Loader


class Store:
    """Answers each name with itself after a second, and remembers what it was asked."""

    def __init__(self) -> None:
        self.reads: list[list[str]] = []

    async def read(self, names: Sequence[str]) -> Sequence[str | None]:
        self.reads.append(list(names))
        await asyncio.sleep(1)
        return list(names)


async def test_what_is_asked_for_in_one_turn_is_read_together() -> None:
    """Once for each name, also where they come one in each turn of the loop; a hundred at a time."""
    store = Store()
    loader = Loader(store.read)
    names = [f"name_{number % 120}" for number in range(240)]

    async def start_one_another(left: list[str]) -> list[str | None]:
        if not left:
            return []
        rest = asyncio.create_task(start_one_another(left[1:]))
        return [await loader.load(left[0]), *await rest]

    assert await asyncio.gather(*map(loader.load, names)) == names
    assert [len(read) for read in store.reads] == [100, 20]
    assert await start_one_another(names[:32]) == names[:32]
    assert [len(read) for read in store.reads] == [100, 20, 32]


async def test_nobody_waits_for_longer_than_they_can() -> None:
    """The others still get their answer."""
    loader = Loader(Store().read)
    patient = asyncio.create_task(loader.load("name"))
    now = asyncio.get_running_loop().time()
    assert await loader.load("name", now + 0.5) is None
    assert await loader.load("other", now) is None
    assert asyncio.get_running_loop().time() - now == 0.5
    assert await patient == "name"
    await loader.close()


async def test_closing_ends_every_look_up() -> None:
    """Those that wait for a read, and those that none was begun for."""
    store = Store()
    loader = Loader(store.read)
    waiting = asyncio.create_task(loader.load("waiting"))
    await asyncio.sleep(0.5)
    asked = asyncio.create_task(loader.load("asked"))
    await asyncio.sleep(0)
    await loader.close()
    assert [await waiting, await asked] == [None, None]
    assert store.reads == [["waiting"]]
