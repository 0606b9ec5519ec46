"""Who may only read, and connections that are encrypted."""

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ledgergraph.errors import BadSetting
from resources.graph.connection import GraphResource
from resources.graph.embedded import READER, server_in

TLS, AUTHORITY = "LEDGERGRAPH_TEST_NEO4J_TLS", "LEDGERGRAPH_TEST_NEO4J_CA"
"""`host:port` of a Neo4j that encrypts, and the file of the authority behind its certificate."""


def test_questions_are_answered_with_columns_and_rows(graph, session):
    session.run("CREATE (:Entity {key: 'E1'}) CREATE (:Entity {key: 'E2'})").consume()
    names, rows = graph.ask("MATCH (n:Entity) RETURN n.key AS key, 1.5 AS x ORDER BY key")
    assert (names, rows) == (["key", "x"], [["E1", 1.5], ["E2", 1.5]])
    assert graph.ask("MATCH (n:Entity {key: 'E1'}) RETURN n")[1] == [[{"key": "E1"}]]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE (:Entity {key: 'E9'})",
        "MERGE (n:Entity {key: 'E9'}) RETURN n",
        "MATCH (n:Entity) SET n.key = 'E9'",
        "MATCH (n:Entity) DETACH DELETE n",
        "CREATE INDEX strange IF NOT EXISTS FOR (n:Entity) ON (n.strange)",
    ],
)
def test_a_question_that_writes_is_refused_and_writes_nothing(statement, graph, session):
    session.run("MERGE (:Entity {key: 'E1'})").consume()
    with pytest.raises(BadSetting, match="CYPHER: may not be asked here"):
        graph.ask(statement)
    assert session.run("MATCH (n:Entity) RETURN n.key").value() == ["E1"]


@pytest.mark.parametrize("statement", ["SHOW USERS", "LOAD CSV FROM 'file:///a' AS r RETURN r"])
def test_a_question_beyond_the_graph_is_refused_and_not_called_writing(statement, embedded):
    with pytest.raises(BadSetting, match="CYPHER: may not be asked here"):
        embedded.ask(statement)


@pytest.mark.parametrize("statement", ["MATCH (n RETURN n", "CALL nothing.here()", ""])
def test_a_question_that_is_none_is_refused_with_the_reason(statement, graph):
    with pytest.raises(BadSetting, match=r"CYPHER: \S+"):
        graph.ask(statement)


def test_a_user_who_may_only_read_is_told_so_where_he_would_write(embedded):
    with embedded.held():
        pass
    server = server_in(Path(embedded.root))
    user = f"{READER}:{server.reader_password}@"
    auditor = GraphResource(url=server.url.replace("//", f"//{user}"), patience_seconds=0)
    assert auditor.ask("MATCH (n:Version) RETURN n.key")[1] == [["graph"]]
    assert auditor.stamp("parties", "_") is None
    with pytest.raises(BadSetting, match="lets this user only read"), auditor.held():
        pass


# Encryption.


@dataclass(frozen=True)
class Encrypted:
    """A server that encrypts: user, place, and who signed its certificate."""

    place: str
    authority: Path

    def graph(self, scheme: str) -> GraphResource:
        return GraphResource(url=f"{scheme}://{self.place}", patience_seconds=0)


@pytest.fixture(params=["before the embedded server", "Neo4j's own"])
def encrypted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Encrypted]:
    """What ends TLS before the embedded server, as proxies do; and a Neo4j that speaks it."""
    if request.param == "Neo4j's own":
        if TLS not in os.environ or AUTHORITY not in os.environ:
            pytest.skip(f"{TLS} and {AUTHORITY} name no Neo4j that encrypts")
        yield Encrypted(os.environ[TLS], Path(os.environ[AUTHORITY]))
        return
    if shutil.which("openssl") is None:
        pytest.skip("There is no openssl to make a certificate with")
    server = server_in(Path(request.getfixturevalue("embedded").root))
    behind = urlsplit(server.url)
    certificate, key = tmp_path / "public.crt", tmp_path / "private.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    with ending_tls(certificate, key, (behind.hostname, behind.port)) as port:
        yield Encrypted(f"{server.writer[0]}:{server.writer[1]}@localhost:{port}", certificate)


@contextlib.contextmanager
def ending_tls(certificate: Path, key: Path, behind: tuple[str, int]) -> Iterator[int]:
    """Takes encrypted connections on a port and passes on what they say to another one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def carry(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def serve(plain: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            plain,
            context.wrap_socket(plain, server_side=True) as client,
            socket.create_connection(behind) as server,
        ):
            back = threading.Thread(target=carry, args=(server, client), daemon=True)
            back.start()
            carry(client, server)
            back.join()

    def accept(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]


def test_an_encrypted_graph_is_written_and_read(encrypted, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(encrypted.authority))
    for scheme in ("bolt+ssc", "bolt+s"):
        graph = encrypted.graph(scheme)
        with graph.held() as held:
            held.set_stamp("parties", "_", scheme)
        assert graph.stamp("parties", "_") == scheme


def test_a_certificate_of_nobody_known_is_refused_with_the_remedy(encrypted):
    with pytest.raises(BadSetting, match=r"certificate that cannot be trusted .*SSL_CERT_FILE"):
        encrypted.graph("bolt+s").agent()


def test_a_server_that_does_not_encrypt_is_named(embedded):
    url = server_in(Path(embedded.root)).url.replace("bolt://", "bolt+s://")
    with pytest.raises(BadSetting, match="does not encrypt"):
        GraphResource(url=url).agent()
