"""Which project a command speaks to: named in a TOML file, or that of `PINECONE_API_KEY`.

The file names variables of the environment, and never holds a key:

    [projects.prod]
    api_key_env = "PROD_PINECONE_KEY"
    host = "https://api.pinecone.io"
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from aiopinecone import Pinecone, PineconeValueError
from aiopinecone.cli import toml
from aiopinecone.cli.exits import Exit, Failure
from aiopinecone.cli.terminal import Terminal

KEY_VARIABLE = "PINECONE_API_KEY"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEY_NAMES = re.compile(r"(api[_-]?)?(key|token)|secret|password", re.IGNORECASE)
_OLD_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]+", re.IGNORECASE)
_MIXED = re.compile(r"(?=.*[0-9])(?=.*[a-z])\w{30,}")  # no name of a variable that people choose


@attrs.frozen
class Project:
    """One project, by what a client needs.

    Attributes:
        name: as people call it.
        api_key_env: the variable that holds the key.
        host: the base URL, or None for the client's default.
    """

    name: str
    api_key_env: str = KEY_VARIABLE
    host: str | None = None

    def client(self, terminal: Terminal, **options: Any) -> Pinecone:
        """A client of the project. Raises `Failure`: the key is missing or can't be used, or the host can't."""
        key = os.environ.get(self.api_key_env)
        if not key:
            raise Failure(
                f"there is no API key: {self.api_key_env} isn't set",
                "Create a key in the Pinecone console, and set the variable to it.",
                code=Exit.UNKNOWN,
            )
        terminal.hide(key)
        self.check_host()
        try:
            return Pinecone(key, host=self.host, **options)
        except PineconeValueError as error:
            raise Failure(f"{self.api_key_env}: {error.message}", error.hint, code=Exit.UNKNOWN) from None

    def check_host(self) -> None:
        """Raises `Failure` where the host can't be used, or something else in the environment that isn't the key."""
        try:
            Pinecone("stands-in-for-the-key", host=self.host)
        except PineconeValueError as error:
            raise Failure(error.message, error.hint) from None


@attrs.frozen(kw_only=True)
class Choice:
    """What the options and the environment say of projects.

    Attributes:
        config: the file that was named, or None for the default one, which need not exist.
        names: the projects that were named.
    """

    config: Path | None = None
    names: tuple[str, ...] = ()

    def all(self) -> list[Project]:
        """Those named, else that of the environment's key, else every one of the file. Raises `Failure`."""
        known = self._known()
        if self.names:
            return [self._named(known, name) for name in dict.fromkeys(self.names)]
        return list(known.values()) if known and not os.environ.get(KEY_VARIABLE) else [Project("default")]

    def one(self) -> Project:
        """As `all`, where that is exactly one. Raises `Failure`."""
        projects = self.all()
        if len(projects) == 1:
            return projects[0]
        names = ", ".join(project.name for project in projects)
        raise Failure(
            f"there are {len(projects)} projects, and this command speaks to one",
            f"Give --project with one of {names}.",
        )

    def _known(self) -> dict[str, Project]:
        if self.config is not None:
            return load(self.config)
        path = default_path()
        return load(path) if path.is_file() and (self.names or not os.environ.get(KEY_VARIABLE)) else {}

    def _named(self, known: Mapping[str, Project], name: str) -> Project:
        if name in known:
            return known[name]
        path = self.config or default_path()
        names = f"It has {', '.join(known)}." if known else f"Add [projects.{name}] with api_key_env to it."
        raise Failure(f"{path} has no project {name!r}", names)


def default_path() -> Path:
    """`$XDG_CONFIG_HOME/aiopinecone/config.toml`, below `~/.config` by default."""
    home = os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / "aiopinecone" / "config.toml"


def load(path: Path) -> dict[str, Project]:
    """The projects of the file, by name. Raises `Failure`."""
    content = toml.load(path)
    if places := list(_keys_in(content)):
        raise Failure(
            f"{path} holds what looks like an API key, in {places[0]}",
            'Put the key into a variable of the environment, and name that one: api_key_env = "MY_KEY".',
        )
    toml.check_keys(content, ["projects"], str(path))
    projects = toml.table(content.get("projects", {}), f"{path}: projects")
    return {name: _project(name, value, f"{path}: [projects.{name}]") for name, value in projects.items()}


def _project(name: str, value: Any, where: str) -> Project:
    fields = toml.table(value, where)
    toml.check_keys(fields, ["api_key_env", "host"], where)
    variable, host = fields.get("api_key_env"), fields.get("host")
    if not isinstance(variable, str) or not _VARIABLE.fullmatch(variable):
        raise Failure(f"{where} needs api_key_env, the name of the variable that holds its key")
    if host is not None and not isinstance(host, str):
        raise Failure(f"{where}: host must be a text, not {type(host).__name__}")
    return Project(name, variable, host)


def _keys_in(value: Any, place: str = "", name: str = "") -> Iterator[str]:
    """Where the file holds a key, by the names that lead there."""
    if isinstance(value, Mapping):
        for inner, item in value.items():
            yield from _keys_in(item, f"{place}.{inner}".strip("."), inner)
    elif isinstance(value, list):
        for item in value:
            yield from _keys_in(item, place, name)
    elif isinstance(value, str) and (_KEY_NAMES.fullmatch(name) or looks_like_a_key(value)):
        yield place


def looks_like_a_key(text: str) -> bool:
    """Whether the text may be a key, of any age of Pinecone's, rather than the name of a variable, or a URL."""
    return "pcsk_" in text.lower() or bool(_OLD_KEY.fullmatch(text) or _MIXED.fullmatch(text))
