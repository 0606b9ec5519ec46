"""The embedded graph server: a child process of its own that never outlives its owner.

ArcadeDB with its own Java runtime, speaking Bolt on the loopback interface. All
that it keeps lies under one folder: the database, its log, and while it runs a
state file (readable by its owner only) with URL, passwords and process id. The
passwords are new at every start: one of who may do anything, one of who may only
read. Not here: who connects, and how (connection).
"""

import contextlib
import fcntl
import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ledgergraph.errors import Busy, ServiceMissing

HOST = "127.0.0.1"
DATABASE = "graph"
USER = "root"
READER = "reader"
READING = {"access": [], "resultSetLimit": -1, "readTimeout": -1,
           "types": {"*": {"access": ["readRecord"]}}}  # fmt: skip
"""What the group of readers may do, in the words of the server."""
MEMORY = "1g"
"""Largest Java heap of a server."""
START_SECONDS = 60.0
"""How long a start may take before it counts as failed; usual are 2 to 6."""
STOP_SECONDS = 60.0
STATE, LOCK, LOG = "server.json", "server.lock", "server.log"
OWNED, DETACHED = "owned", "detached"
READY = b"ready\n"


@dataclass(frozen=True)
class Server:
    """A running server: where it listens, and how to get in."""

    url: str
    password: str
    reader_password: str
    pid: int

    @property
    def writer(self) -> tuple[str, str]:
        """User and password of who may do anything."""
        return USER, self.password

    @property
    def reader(self) -> tuple[str, str]:
        """User and password of who may only read."""
        return READER, self.reader_password


class EmbeddedGraph:
    """A server for the time of a `with` block: `with EmbeddedGraph(root) as server: ...`.

    It stops when the block ends or when this process does, whatever ends it: the
    server sees its standard input close. A server that already runs in the folder
    is used as it is, and left running.
    """

    def __init__(self, root: Path, memory: str = MEMORY) -> None:
        self.root = root
        self.memory = memory
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Server:
        if (running := server_in(self.root)) is not None:
            return running
        self._child, server = _start(self.root, self.memory, OWNED)
        return server

    def __exit__(self, *_: object) -> None:
        child, self._child = self._child, None
        if child is not None:
            _stop(child)


def up(root: Path, memory: str = MEMORY) -> Server:
    """Starts a server that goes on after this process, or returns the one that runs already."""
    if (running := server_in(root)) is not None:
        return running
    child, server = _start(root, memory, DETACHED)
    child.wait()  # the server itself is a child of it, and goes on
    return server


def down(root: Path) -> bool:
    """Stops the server of a folder; tells whether there was one."""
    running = server_in(root)
    if running is None:
        return False
    os.kill(running.pid, signal.SIGTERM)
    until = time.monotonic() + STOP_SECONDS
    while _is_held(root):
        if time.monotonic() > until:
            os.kill(running.pid, signal.SIGKILL)
        time.sleep(0.05)
    return True


def server_in(root: Path) -> Server | None:
    """The server that runs in a folder, if one does.

    A state file alone does not count: a server that was killed leaves it behind.
    """
    try:
        server = Server(**json.loads((root / STATE).read_bytes()))
    except FileNotFoundError:
        return None
    return server if _is_held(root) else None


def _is_held(root: Path) -> bool:
    """Whether a living process holds the folder's lock; it ends with the process."""
    with (root / LOCK).open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _start(root: Path, memory: str, mode: str) -> tuple["subprocess.Popen[bytes]", Server]:
    root.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "resources.graph.embedded", str(root.resolve()), memory, mode]
    with (root / LOG).open("wb") as log:
        child = subprocess.Popen(  # noqa: S603 - this module, no shell
            command,
            stdin=subprocess.PIPE if mode == OWNED else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the owner, who then stops the server
        )
    try:
        if _says_ready(child) and (server := server_in(root)) is not None:
            return child, server
    except BaseException:
        _stop(child)
        raise
    _stop(child)
    raise ServiceMissing(
        f"The embedded graph in {root}", f"It did not start; the reason is in {root / LOG}."
    )


def _says_ready(child: "subprocess.Popen[bytes]") -> bool:
    """Waits for the child's word; an end of its output means that it has failed."""
    assert child.stdout is not None
    with child.stdout as said:
        readable, _, _ = select.select([said], [], [], START_SECONDS)
        return bool(readable) and said.readline() == READY


def _stop(child: "subprocess.Popen[bytes]") -> None:
    if child.stdin is not None:
        child.stdin.close()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


# What follows runs in the child.


def serve(root: Path, memory: str, mode: str) -> None:
    """Runs a server until its owner has gone or SIGTERM comes.

    Says READY on standard output once it listens. Raises Busy if another server
    holds the folder.
    """
    said = os.dup(1)
    os.dup2(2, 1)  # what the server prints goes to the log
    if mode == DETACHED and os.fork():
        os._exit(0)
    stopped = threading.Event()
    if mode == OWNED:
        _watch_owner(stopped)
    with _locked(root):
        stop = _listen(root, memory)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        os.write(said, READY)
        os.close(said)
        stopped.wait()
        (root / STATE).unlink(missing_ok=True)
        stop()


def _watch_owner(stopped: threading.Event) -> None:
    """Ends the server when standard input closes, which it does when its owner dies.

    A process that the owner forked may hold the other end open: the parent's id
    tells then.
    """
    owner = os.getppid()

    def read() -> None:
        os.read(0, 1)
        stopped.set()

    def compare() -> None:
        while os.getppid() == owner:
            time.sleep(1)
        stopped.set()

    for watch in (read, compare):
        threading.Thread(target=watch, daemon=True).start()


@contextlib.contextmanager
def _locked(root: Path) -> Iterator[None]:
    with (root / LOCK).open("ab") as lock:
        for _ in range(40):  # someone may be looking whether a server runs
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            time.sleep(0.05)
        else:
            raise Busy(f"Another graph server holds {root}.")
        (root / STATE).unlink(missing_ok=True)
        yield


def _listen(root: Path, memory: str) -> Callable[[], None]:
    """Starts the server and writes its state; returns what stops it."""
    import arcadedb_embedded as arcadedb
    from arcadedb_embedded.jvm import start_jvm

    os.chdir(root)  # the server writes its own logs relative to where it is
    # -Xrs leaves signals to Python; the serial collector suits a small heap and few cores:
    # a first load takes two thirds of the time that it takes with the default one. What a
    # statement makes is garbage at once: half of the heap for it saves half of the collections.
    start_jvm(heap_size=memory, jvm_args=["-Xrs", "-XX:+UseSerialGC", "-XX:NewRatio=1"])
    shutil.rmtree(root / "config", ignore_errors=True)  # users of earlier starts
    password, reader_password = (secrets.token_urlsafe(24) for _ in range(2))
    bolt, http = _free_ports(2)
    server = arcadedb.create_server(
        root_path=str(root),
        root_password=password,
        config={
            "mode": "development",  # errors say what is wrong; only this machine can ask
            "host": HOST,
            "http_port": http,
            "bolt_port": bolt,
            "server_plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
        },
    )
    server.start()
    server.create_database(DATABASE)
    _let_read(server._java_server.getSecurity(), reader_password)
    state = Server(f"bolt://{HOST}:{bolt}", password, reader_password, os.getpid())
    _write_privately(root / STATE, json.dumps(asdict(state)).encode())
    return server.stop  # type: ignore[no-any-return]


def _let_read(security: Any, password: str) -> None:
    """Adds the user who may only read."""
    import jpype

    as_json = jpype.JClass("com.arcadedb.serializer.json.JSONObject")
    security.saveGroup(DATABASE, READER, as_json(json.dumps(READING)))
    user = {
        "name": READER,
        "password": str(security.encodePassword(password)),
        "databases": {DATABASE: [READER]},
    }
    security.createUser(as_json(json.dumps(user)))


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in sockets]


def _write_privately(path: Path, data: bytes) -> None:
    """Writes a file that only its owner may read, all at once."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    partial.replace(path)


def _main() -> None:
    root, memory, mode = sys.argv[1:]
    code = 1
    try:
        serve(Path(root), memory, mode)
        code = 0
    finally:
        if code:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(code)  # Java threads would keep the process


if __name__ == "__main__":
    _main()
