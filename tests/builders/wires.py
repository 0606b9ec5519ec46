"""A wire to a service that can be cut: a TCP proxy that counts requests and spoils some of them."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

METHODS = (b"GET ", b"PUT ", b"HEAD ", b"POST ", b"DELETE ")
BODY = b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"
SLOW_DOWN = (
    b"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n" % len(BODY)
) + BODY


class Wire:
    """Passes what comes on a port of this machine on to a service, and back.

    `refuse_every`: each so many-th HTTP request is answered with 503 at once; `cut_every`: of each
    so many-th only the first bytes of the answer come back, then the connection ends. `down` cuts
    all connections and takes no new ones until `up`.
    """

    def __init__(self, service: tuple[str, int], refuse_every: int = 0, cut_every: int = 0) -> None:
        self.service, self.refuse_every, self.cut_every = service, refuse_every, cut_every
        self.requests = self.refused = self.cut = 0
        self.is_up = True
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def down(self) -> None:
        """As a service that is being restarted: whoever is connected is cut off."""
        self.is_up = False
        with self._lock:
            for one in self._open:
                _end(one)
            self._open.clear()

    def up(self) -> None:
        """The service is back."""
        self.is_up = True

    def close(self) -> None:
        """No more is passed on."""
        self._server.close()
        self.down()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                if not self.is_up:
                    _end(client)
                    continue
                threading.Thread(target=self._joined, args=(client,), daemon=True).start()

    def _joined(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self.service)
        except OSError:
            _end(client)
            return
        with self._lock:
            self._open |= {client, server}
        left = [0]
        threading.Thread(target=self._back, args=(server, client, left), daemon=True).start()
        with suppress(OSError):
            while data := client.recv(65536):
                if data.startswith(METHODS) and self._spoiled(client, left):
                    break
                server.sendall(data)
        _end(client)
        _end(server)

    def _spoiled(self, client: socket.socket, left: list[int]) -> bool:
        """Whether a request was answered here; `left` are the bytes after which its answer ends."""
        with self._lock:
            self.requests += 1
            is_refused = bool(self.refuse_every) and self.requests % self.refuse_every == 0
            is_cut = bool(self.cut_every) and self.requests % self.cut_every == 0
            self.refused += is_refused
            self.cut += is_cut and not is_refused
        if is_refused:
            client.sendall(SLOW_DOWN)
        elif is_cut:
            left[0] = 10
        return is_refused

    def _back(self, server: socket.socket, client: socket.socket, left: list[int]) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if left[0]:
                    client.sendall(data[: left[0]])
                    break
                client.sendall(data)
        _end(client)
        _end(server)


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def wire(url: str, **spoils: int) -> Iterator[Wire]:
    """A wire to the service of a URL, gone after its block."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    made = Wire((parts.hostname, parts.port), **spoils)
    try:
        yield made
    finally:
        made.close()
