"""How to reach the graph database, and how to be alone with it while writing.

A resource connects when it is used, says what to start where nothing answers,
and brings the database to this code's version. Not here: what is written
(loading), and the server itself (embedded).
"""

import contextlib
import os
import secrets
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import dagster as dg
import pyarrow as pa

from ledgergraph.artifacts import WHOLE
from ledgergraph.errors import BadSetting, Busy, ServiceMissing, StaleInput
from ledgergraph.graph.schemas import DOCUMENT_EMBEDDINGS
from resources.graph import dialect, migrations, statements
from resources.graph.embedded import server_in
from resources.graph.loading import RESTORING, Graph, stamp_key, stamps_in

if TYPE_CHECKING:
    import neo4j

EMBEDDED = "embedded"
SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
VARIABLE = "LEDGERGRAPH_GRAPH"
CONNECT_SECONDS = 5.0
RETRY_SECONDS = 15.0
"""How long one transaction is tried again after errors that pass."""
_SIGNS = "In a password / is written %2F, ? as %3F, # as %23, @ as %40."
_TOKEN = secrets.token_hex(4)
"""Tells this process from an earlier one of the same number."""


class GraphResource(dg.ConfigurableResource):
    """The graph database of one home.

    `url` is `embedded` (the server that runs in `root`) or the Bolt URL of a Neo4j
    (`bolt://`, `neo4j://`, with `user:password@` if it asks for them; `+s` encrypts,
    `+ssc` trusts any certificate). A writer holds a lease for `lease_seconds`, renewed
    with each transaction, none of which may last longer; another waits for it up to
    `patience_seconds`.
    """

    url: str = EMBEDDED
    root: str = ""
    lease_seconds: float = 60.0
    patience_seconds: float = 75.0

    @contextlib.contextmanager
    def held(self, restoring: str | None = None) -> Iterator[Graph]:
        """The graph for one writer or exporter alone, brought to this code's version.

        `restoring` is the version of the copy that is put into it, if one is. Raises
        Busy if another process has it for longer than the patience, ServiceMissing if
        the database does not answer, BadSetting if the user may only read, or if it is
        to hold a copy and is not empty, StaleInput if it was written by a later release
        or holds a part of a copy.
        """
        from neo4j.exceptions import DriverError, Neo4jError

        with self._sessions() as (opened, agent), opened() as session, opened() as beside:
            _prepare(session)
            milliseconds = int(self.lease_seconds * 1000)
            holder = _take_lease(session, milliseconds, self.patience_seconds)
            try:
                _migrate(session, agent)
                _require_whole(session, restoring)
                yield Graph(session, beside, holder, self.lease_seconds)
            finally:
                with contextlib.suppress(DriverError, Neo4jError):  # else it runs out by itself
                    session.run(statements.GIVE_LEASE, holder=holder).consume()

    def stamp(self, asset: str, partition: str) -> str | None:
        """The hash of the manifest that the graph holds for an asset's partition, if it does."""
        with self._connected() as (session, _):
            row = session.run(statements.STAMP, key=stamp_key(asset, partition)).single()
            return None if row is None else row[0]

    def stamps(self, asset: str) -> dict[str, str | None]:
        """What `stamp` says of every partition of an asset that the graph knows."""
        with self._connected() as (session, _):
            return stamps_in(session, asset)

    def agent(self) -> str:
        """What the server calls itself; raises ServiceMissing if there is none."""
        with self._driver() as driver:
            return driver.get_server_info().agent

    def indexes_vectors(self) -> bool:
        """Whether `like` can be asked of the server."""
        return dialect.indexes_vectors(self.agent())

    def like(self, vector: Sequence[int], count: int) -> pa.Table:
        """About the `count` documents whose vectors are most like one, as `document_embeddings`.

        The server's index is not exact: ask for more than are wanted, and compare these.
        """
        with self._connected() as (session, _):
            rows = session.run(
                statements.SEARCH_VECTORS, count=count, vector=[float(one) for one in vector]
            ).values()
        found = [{"document_id": key, "vector": numbers} for key, numbers in rows]
        return DOCUMENT_EMBEDDINGS.conform(DOCUMENT_EMBEDDINGS.rows(found))

    def ask(self, statement: str) -> tuple[list[str], list[list[Any]]]:
        """The columns and rows that a statement of Cypher gives; the database lets it only read.

        Raises BadSetting if the statement may not be asked or cannot be answered, or is none.
        """
        import neo4j
        from neo4j.exceptions import Neo4jError

        if not statement.strip():
            raise BadSetting("CYPHER", "asks nothing. Give a statement, as `MATCH (n) RETURN n`.")
        with (
            self._sessions(reading=True) as (opened, _),
            opened(default_access_mode=neo4j.READ_ACCESS) as session,
        ):
            try:
                result = session.run(statement)
                return list(result.keys()), [list(one.data().values()) for one in result]
            except Neo4jError as error:
                said = "may not be asked here: what the graph holds is only read."
                fault = said if dialect.is_refusal(error) else str(error.message)
                raise BadSetting("CYPHER", fault) from error

    @contextlib.contextmanager
    def _connected(self) -> Iterator[tuple["neo4j.Session", str]]:
        """A session, and what the server calls itself."""
        with self._sessions() as (opened, agent), opened() as session:
            yield session, agent

    @contextlib.contextmanager
    def _sessions(
        self, reading: bool = False
    ) -> Iterator[tuple[Callable[..., "neo4j.Session"], str]]:
        """What opens sessions, and what the server calls itself."""
        with self._driver(reading) as driver:
            agent = driver.get_server_info().agent
            database = dialect.database_of(agent)
            yield partial(driver.session, database=database, fetch_size=5000), agent

    @contextlib.contextmanager
    def _driver(self, reading: bool = False) -> Iterator["neo4j.Driver"]:
        # The driver imports pandas, which nobody should wait for who only lists assets.
        import neo4j
        from neo4j.exceptions import (
            AuthError,
            ClientError,
            ConfigurationError,
            ServiceUnavailable,
            SessionExpired,
        )

        url, auth, shown, remedy = self._address(reading)
        try:
            with neo4j.GraphDatabase.driver(
                url,
                auth=auth,
                connection_timeout=CONNECT_SECONDS,
                max_transaction_retry_time=RETRY_SECONDS,
                notifications_min_severity="OFF",
            ) as driver:
                yield driver
        except (ServiceUnavailable, SessionExpired) as error:
            if cause := _fault_of_encryption(error):
                raise BadSetting(VARIABLE, f"{shown} {cause}") from error
            raise ServiceMissing(shown, remedy) from error
        except ConfigurationError as error:
            raise BadSetting(VARIABLE, f"{shown}: {error}") from error
        except AuthError as error:
            raise BadSetting(VARIABLE, f"{shown} refuses the user or the password.") from error
        except ClientError as error:
            if not dialect.is_refusal(error):
                raise
            fault = f"{shown} lets this user only read. Name one who may write."
            raise BadSetting(VARIABLE, fault) from error

    def _address(self, reading: bool = False) -> tuple[str, tuple[str, str] | None, str, str]:
        """URL, user and password, the URL to show, and what to do if it does not answer."""
        if self.url == EMBEDDED:
            shown = f"The embedded graph in {self.root}"
            remedy = (
                "Start it with `ledgergraph graph up`; "
                "`ledgergraph run` and `make dev` bring their own."
            )
            server = server_in(Path(self.root))
            if server is None:
                raise ServiceMissing(shown, remedy)
            return server.url, server.reader if reading else server.writer, shown, remedy
        try:
            parts = urlsplit(self.url)
            port = parts.port
        except ValueError:  # whose text may be a part of the password
            raise BadSetting(
                VARIABLE, f"must name a host and a port up to 65535. {_SIGNS}"
            ) from None
        if parts.scheme not in SCHEMES or parts.hostname is None:
            raise BadSetting(
                VARIABLE, f"must be `{EMBEDDED}`, or a URL that starts with bolt:// or neo4j://."
            )
        if parts.path not in ("", "/") or parts.fragment:
            raise BadSetting(VARIABLE, f"must end with the port or a `?`. {_SIGNS}")
        if parts.query and not parts.scheme.startswith("neo4j"):
            raise BadSetting(VARIABLE, "must start with neo4j:// where a `?` says how to route.")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        place = host if port is None else f"{host}:{port}"
        shown = f"{parts.scheme}://{place}"
        auth = None
        if parts.username is not None:
            auth = (unquote(parts.username), unquote(parts.password or ""))
        remedy = f"Start Neo4j there, or unset {VARIABLE} to use the embedded server."
        return shown + (f"?{parts.query}" if parts.query else ""), auth, shown, remedy


def _prepare(session: "neo4j.Session") -> None:
    """Refuses a later version; lets an empty database tell holders of a lease apart."""
    if _version(session) == 0:
        for statement in dialect.unique_keys("Lease"):
            session.run(statement).consume()


def _migrate(session: "neo4j.Session", agent: str) -> None:
    for migration in migrations.pending(_version(session)):
        for statement in migration.statements(agent):
            session.run(statement).consume()
        session.run(statements.SET_VERSION, version=migration.version).consume()


def _version(session: "neo4j.Session") -> int:
    row = session.run(statements.VERSION).single()
    version = 0 if row is None else row[0]
    migrations.pending(version)
    return version


def _require_whole(session: "neo4j.Session", restoring: str | None) -> None:
    """Refuses a graph with a part of another copy, and for a copy one that is not empty."""
    row = session.run(statements.STAMP, key=stamp_key(RESTORING, WHOLE)).single()
    if row is not None and row[0] != restoring:
        raise StaleInput(
            f"The graph holds a part of copy {row[0][:12]}: restoring it was broken off. Restore "
            "it again, or remove what the database holds."
        )
    if row is None and restoring and (row := session.run(statements.ANY).single()):
        raise BadSetting(
            VARIABLE,
            f"names a graph that is not empty ({row[0]}). A copy is restored into an empty one: "
            "name another database or home, or remove what it holds.",
        )


def _fault_of_encryption(error: BaseException) -> str | None:
    """What keeps an encrypted connection from being made, and the remedy; null if nothing does."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            f"shows a certificate that cannot be trusted ({cause.verify_message}). Name the file "
            "of the authority that signed it in SSL_CERT_FILE, or trust any with +ssc for +s."
        )
    return (
        None if cause is None else "does not encrypt. Switch TLS on there, or name it without +s."
    )


def _take_lease(session: "neo4j.Session", milliseconds: int, patience_seconds: float) -> str:
    """Waits for the lease and takes it; gives the name of its holder.

    The lease of a process of this machine that is gone is free at once.
    """
    holder = f"{socket.gethostname()}/{os.getpid()}/{_TOKEN}/{secrets.token_hex(4)}"
    until = time.monotonic() + patience_seconds
    gone = ""
    while True:
        values = {"holder": holder, "gone": gone, "milliseconds": milliseconds}
        owner, left = session.execute_write(_ask_for_lease, values)
        if owner == holder:
            return holder
        if owner != gone and _is_gone(owner):
            gone = owner
            continue
        if time.monotonic() > until:
            raise Busy(
                f"The graph is held by {owner} for another {left / 1000:.0f} s. "
                "Wait for it to end, or try again."
            )
        time.sleep(0.2)


def _ask_for_lease(tx: "neo4j.ManagedTransaction", values: dict[str, object]) -> tuple[str, int]:
    owner, left = tx.run(statements.TAKE_LEASE, values).single(strict=True)
    return owner, left


def _is_gone(holder: str) -> bool:
    host, number, token, _ = holder.split("/")
    if host != socket.gethostname():
        return False
    if int(number) == os.getpid():
        return token != _TOKEN
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
