"""A Pinecone control plane for backups that anyone can run: on loopback, without a key.

    async with Emulator(fleet="saas", seed=7) as emulator:
        ...  # any client, pointed at emulator.url with emulator.api_key

As a process: `python -m aiopinecone.emulator --help`. What is guessed: docs/emulator.md.
"""

from aiopinecone.emulator.emulator import Emulator

__all__ = ["Emulator"]
