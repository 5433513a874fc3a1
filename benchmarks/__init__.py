"""How fast it is, beside bare aiohttp and the peers: see README.md in this folder."""
