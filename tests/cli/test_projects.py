"""Which project a command speaks to, and what a configuration may say."""

from pathlib import Path

import pytest

from aiopinecone.cli import projects
from aiopinecone.cli.exits import Failure
from cli.running import Lab, run

KEY = "pcsk_2Abc_Secret0123456789"
OLD_KEY = "8c85e612-ed1c-4f97-9f8c-8194e07bcf71"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the default configuration is looked for."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    path = tmp_path / "xdg" / "aiopinecone" / "config.toml"
    path.parent.mkdir(parents=True)
    return path


def two(lab: Lab) -> str:
    host = lab.emulator.url
    return f'[projects.prod]\napi_key_env = "PROD_KEY"\nhost = "{host}"\n[projects.dev]\napi_key_env = "DEV_KEY"\n'


def test_the_environment_is_a_project(lab: Lab) -> None:
    """PINECONE_API_KEY alone will do."""
    lab.add("bkp_1")
    assert run("list", "-o", "name").out == "bkp_1\n"


def test_a_named_project_wins(lab: Lab, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--project goes before PINECONE_API_KEY, in the default file and in a given one."""
    lab.add("bkp_1")
    config.write_text(two(lab))
    monkeypatch.setenv("PROD_KEY", lab.emulator.api_key)
    monkeypatch.setenv("PINECONE_API_KEY", "wrong")
    assert run("list", "-o", "name", "--project", "prod").out == "bkp_1\n"
    other = config.with_name("other.toml")
    config.rename(other)
    assert run("list", "-o", "name", "--project", "prod", "--config", str(other)).out == "bkp_1\n"
    assert run("list", "--config", str(other)).code == 3  # the environment's key is the wrong one


def test_the_only_project_needs_no_name(lab: Lab, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PINECONE_API_KEY; where there are several, one must be named, and the message names them."""
    lab.add("bkp_1")
    monkeypatch.delenv("PINECONE_API_KEY")
    monkeypatch.setenv("PROD_KEY", lab.emulator.api_key)
    config.write_text(two(lab).partition("[projects.dev]")[0])
    assert run("list", "-o", "name").out == "bkp_1\n"
    config.write_text(two(lab))
    refused = run("list")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == (
        "aiopinecone: there are 2 projects, and this command speaks to one. Give --project with one of prod, dev.\n"
    )
    assert run("list", "--project", "prod", "--project", "dev").code == 2


def test_no_key_could_not_tell(lab: Lab, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """3, with the name of the variable; an empty one is none; one that no key can be is told without it."""
    monkeypatch.setenv("PINECONE_API_KEY", "")
    missing = run("list")
    assert missing.code == 3
    assert missing.err.startswith("aiopinecone: there is no API key: PINECONE_API_KEY isn't set. Create a key")
    config.write_text(two(lab))
    assert "PROD_KEY isn't set" in run("list", "--project", "prod").err
    monkeypatch.setenv("PROD_KEY", " padded-secret ")
    refused = run("list", "--project", "prod", "--debug")
    assert refused.code == 3
    assert refused.err.startswith("aiopinecone: PROD_KEY: the API key has white space around it")
    assert "padded" not in refused.err


def test_a_host_that_a_key_must_not_go_to(lab: Lab, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A matter of the configuration, whichever key there is."""
    monkeypatch.setenv("PROD_KEY", KEY)
    config.write_text('[projects.prod]\napi_key_env = "PROD_KEY"\nhost = "http://user:hunter2@example.com"\n')
    refused = run("list", "--project", "prod")
    assert refused.code == 2
    assert "hunter2" not in refused.err


@pytest.mark.parametrize(
    "content",
    [
        f'[projects.prod]\napi_key = "{KEY}"\n',
        f'[projects.prod]\napi_key_env = "{KEY}"\n',
        f'[projects.prod]\napi_key_env = "{OLD_KEY}"\n',
        f'[projects.prod]\napi_key_env = "A"\nhost = "https://{KEY}@api.pinecone.io"\n',
        f'[projects.prod]\napi_key_env = "A"\ntoken = "{OLD_KEY}"\n',
        f'key = "{KEY}"\n',
        f'[projects.prod]\napi_key_env = "A"\nnote = ["{KEY}"]\n',
        f'[projects.{KEY}]\napi_key_env = "0"\n',
        '[projects.prod]\napi_key_env = "abcdef0123456789abcdef0123456789"\n',
        f'[projects.prod]\napi_key_env = "sk-{KEY}\n',
    ],
)
def test_a_key_is_refused_unechoed(config: Path, content: str) -> None:
    """Wherever it stands, and also where the file is broken."""
    config.write_text(content)
    for arguments in ((), ("--debug",)):
        refused = run("list", "--project", "prod", *arguments)
        assert (refused.code, refused.out) == (2, "")
        for secret in (KEY, OLD_KEY, "Secret", "abcdef01234"):
            assert secret not in refused.err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("x = 1", "has an unknown key 'x'. Known are: projects."),
        ("projects = 1", "projects must be a table, not int"),
        ("projects.prod = 1", "[projects.prod] must be a table, not int"),
        ("[projects.prod]", "[projects.prod] needs api_key_env, the name of the variable that holds its key"),
        ("[projects.prod]\napi_key_env = 1", "[projects.prod] needs api_key_env"),
        ("[projects.prod]\napi_key_env = 'A-B'", "[projects.prod] needs api_key_env"),
        ("[projects.prod]\napi_key_env = 'A'\nhost = 1", "[projects.prod]: host must be a text, not int"),
        ("[projects.prod]\napi_key_env = 'A'\nhots = ''", "has an unknown key 'hots'. Known are: api_key_env, host."),
        ("[projects.dev]\napi_key_env = 'A'", "has no project 'prod'. It has dev."),
        ("", "has no project 'prod'. Add [projects.prod] with api_key_env to it."),
        ("[projects", "isn't TOML: "),
        ("\udcff", "isn't UTF-8"),
        (f"x = {'[' * 5000}", "isn't TOML: nested too deeply"),
    ],
)
def test_what_is_wrong_is_named(config: Path, content: str, says: str) -> None:
    """Exit status 2, one line, the file and what it may hold."""
    config.write_bytes(content.encode(errors="surrogateescape"))
    refused = run("list", "--project", "prod")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith(f"aiopinecone: {config}")
    assert says in refused.err
    assert len(refused.err.splitlines()) == 1


def test_a_file_that_cannot_be_read(lab: Lab, tmp_path: Path) -> None:
    """A named one must be there; the default one need not."""
    for path, why in ((tmp_path / "nope", "no such file or directory"), (tmp_path, "is a directory")):
        refused = run("list", "--config", str(path))
        assert (refused.code, refused.err) == (2, f"aiopinecone: can't read {path}: {why}\n")
    assert "has no project" in run("list", "--project", "prod").err


def test_the_default_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Below $XDG_CONFIG_HOME, else below ~/.config."""
    monkeypatch.setenv("XDG_CONFIG_HOME", "/somewhere")
    assert projects.default_path() == Path("/somewhere/aiopinecone/config.toml")
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert projects.default_path() == tmp_path / ".config" / "aiopinecone" / "config.toml"


def test_names_of_variables_are_no_keys() -> None:
    """What people call their variables is taken."""
    for name in ("PINECONE_API_KEY", "PROD_PINECONE_KEY", "MY_VERY_LONG_VARIABLE_FOR_THE_KEY_OF_2026", "key", "_x9"):
        assert not projects.looks_like_a_key(name)


def test_choosing_twice_is_choosing_once(config: Path) -> None:
    """A project named twice is one."""
    config.write_text("[projects.a]\napi_key_env = 'A'\n[projects.b]\napi_key_env = 'B'\n")
    assert [project.name for project in projects.Choice(names=("b", "a", "b")).all()] == ["b", "a"]
    assert [project.name for project in projects.Choice().all()] == ["a", "b"]
    with pytest.raises(Failure, match="there are 2"):
        projects.Choice().one()
