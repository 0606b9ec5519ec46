"""A webhook on this machine that keeps what is posted to it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest


class Sink(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def webhook():
    server = HTTPServer(("127.0.0.1", 0), Sink)
    server.got = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
