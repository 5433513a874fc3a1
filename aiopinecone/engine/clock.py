"""Time and chance: the one place where the rest of the engine gets them from.

The time is the running event loop's own, so that deadlines, sleeps and timers agree, and so that a loop with virtual
time moves all of them together.
"""

import asyncio
import random
import time
from asyncio import get_running_loop

sleep = asyncio.sleep
dice = random.random


def now() -> float:
    """Seconds of a monotonic clock."""
    return get_running_loop().time()


wall = time.time
