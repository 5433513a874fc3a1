"""An event loop with virtual time: where it would wait for a timer, the clock jumps there instead.

Sockets on loopback work in it, and take no time. Before it jumps it gives them a few real milliseconds to become ready.
"""

import asyncio
import selectors
from typing import Any

GRACE = 0.001  # real seconds


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            return super().select(None)
        has_sockets = len(self.get_map()) > 1  # beside the loop's own
        ready = super().select(min(timeout, GRACE) if has_sockets else 0)
        if not ready:
            self.now += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._virtual = _JumpingSelector()
        super().__init__(self._virtual)

    def time(self) -> float:
        """Seconds that tests made pass."""
        return self._virtual.now
