"""The machine and the versions that figures came from; no names, no paths."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

LIBRARIES = (
    "aiohttp",
    "orjson",
    "attrs",
    "cattrs",
    "tenacity",
    "aiocache",
    "pinecone",
    "httpx",
    "async-lru",
    "cashews",
    "msgspec",
    "pydantic",
)


def facts() -> str:
    """One paragraph."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    system = f"{platform.system()} {platform.release().partition('-')[0]}, {platform.machine()}"
    return (
        f"{system}, {_processor()}, {cores} cores; "
        f"{platform.python_implementation()} {platform.python_version()}; {libraries}."
    )


def load() -> float:
    """How many processes want to run, on the average of the last minute; 0 where nobody can tell."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or "unknown processor"
