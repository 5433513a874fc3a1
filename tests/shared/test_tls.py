"""The shared cache over TLS. The Valkey of the tests has none, so a relay before it has it."""

import asyncio
import logging
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from aiopinecone import Pinecone
from raw_server import Exchange, RawServer, backup_body

pytestmark = pytest.mark.real_time


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that signs itself, with its key in one file."""
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run([*command.split(), "-keyout", path, "-out", path.with_name("cert")], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + path.with_name("cert").read_bytes())
    return path


@pytest.fixture
async def secure_port(certificate: Path, valkey: Any, url: str) -> AsyncIterator[int]:
    """The port of a relay with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    tasks: set[asyncio.Task[None] | None] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, ssl.SSLError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))

    server = await asyncio.start_server(relay, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[1]
    server.close()
    while any(task is not None and not task.done() for task in tasks):
        await asyncio.sleep(0.01)


async def reply(exchange: Exchange) -> None:
    exchange.answer(backup_body(exchange.backup_id))


async def test_a_rediss_url_with_a_user_and_a_password(secure_port: int, certificate: Path, valkey: Any) -> None:
    """The certificate is checked against the authorities that the URL names."""
    valkey.execute_command("ACL", "SETUSER", "secure", "on", ">p@ss/word", "~*", "+@all")
    secure = f"rediss://secure:{quote('p@ss/word', safe='')}@localhost:{secure_port}/0?ssl_ca_certs={certificate}"
    async with RawServer(reply) as server:
        for hits in (0, 1):
            async with Pinecone("pcsk_made-up", host=server.url, shared_cache=secure) as pc:
                await pc.describe_backup("bkp_1")
                assert pc.cache_info().shared_hits == hits
        assert len(server.exchanges) == 1


async def test_a_certificate_that_fails_its_check_is_an_outage(
    secure_port: int, valkey: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is sent to such a server, and no call fails."""
    async with RawServer(reply) as server:
        secure = f"rediss://:s3cret@localhost:{secure_port}"
        async with Pinecone("pcsk_made-up", host=server.url, shared_cache=secure) as pc:
            for number in range(5):
                await pc.describe_backup(f"bkp_{number}")
    (warning,) = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert "certificate verify failed" in warning
    assert valkey.dbsize() == 0
