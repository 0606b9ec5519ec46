import json
import socketserver
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ledgergraph.errors import BadSetting
from resources.alerts import Alert, Alerts

ALERT = Alert("Run failed", "The graph does not answer.", "Start it.", {"run": "1a2b"})


class Webhook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(json.loads(body))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *_):
        pass


class Mail(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs to hand over one message."""

    def handle(self):
        self.wfile.write(b"220 sink\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.server.got.append(self.message())
            if verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            self.wfile.write(b"250 ok\r\n")

    def message(self):
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.decode())
        return "".join(lines)


@contextmanager
def listening(server):
    server.got = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def webhook(answer=200):
    with listening(HTTPServer(("127.0.0.1", 0), Webhook)) as server:
        server.answer = answer
        yield f"http://127.0.0.1:{server.server_port}/hook", server.got


@contextmanager
def mailbox():
    with listening(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail)) as server:
        port = server.server_address[1]
        yield f"smtp://127.0.0.1:{port}/?from=a@example.com&to=b@example.com", server.got


def test_an_alert_comes_by_every_way_that_is_set_and_says_what_to_do():
    with webhook() as (url, posted), mailbox() as (mail, letters):
        outcome = Alerts(webhook=url, mail=mail).send(ALERT)
    assert outcome == {"webhook": "sent", "mail": "sent"}
    assert posted[0]["remedy"] == "Start it."
    assert "The graph does not answer." in posted[0]["text"]
    assert "Subject: [Ledgergraph] Run failed" in letters[0]
    assert "What to do: Start it." in letters[0]
    assert "run: 1a2b" in letters[0]


def test_a_way_that_fails_is_named_and_holds_up_no_other():
    with webhook(answer=500) as (url, _), mailbox() as (mail, letters):
        outcome = Alerts(webhook=url, mail=mail).send(ALERT)
    assert outcome["webhook"].startswith("LEDGERGRAPH_ALERT_WEBHOOK: ")
    assert outcome["mail"] == "sent"
    assert len(letters) == 1


def test_a_way_where_nobody_listens_is_named():
    outcome = Alerts(mail="smtp://127.0.0.1:1/?from=a@b.c&to=d@e.f").send(ALERT)
    assert outcome["mail"].startswith("LEDGERGRAPH_ALERT_MAIL: ")


def test_nothing_is_sent_where_nothing_is_set():
    assert Alerts().send(ALERT) == {}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"webhook": "ftp://example.com"}, "LEDGERGRAPH_ALERT_WEBHOOK: must be a URL"),
        ({"mail": "example.com"}, "LEDGERGRAPH_ALERT_MAIL: must be a URL"),
        ({"mail": "smtp://example.com"}, "LEDGERGRAPH_ALERT_MAIL: must say from whom"),
    ],
)
def test_a_wrong_setting_names_its_variable(settings, says):
    with pytest.raises(BadSetting, match=says):
        Alerts(**settings).checked()
