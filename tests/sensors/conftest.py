"""A webhook on this machine that keeps what is posted to it, and runs that fail."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import dagster as dg
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


@dg.op
def failing():
    raise dg.Failure("The service is away.", allow_retries=False)


@dg.job
def that_fails():
    failing()


@pytest.fixture
def fail():
    """Runs what a sensor asked for, which fails, on the sensor's instance."""

    def run(instance, request):
        that_fails.execute_in_process(instance=instance, tags=request.tags, raise_on_error=False)

    return run


@pytest.fixture
def failing_for_ever(fail):
    """The run keys that a sensor asks under, where each run of it fails and it looks again."""

    def keys(instance, look):
        found = []
        for _ in range(5):
            request = look()
            assert look().run_key == request.run_key, "a run under way is asked for once"
            if request.run_key in found:
                break
            found.append(request.run_key)
            fail(instance, request)
        return found

    return keys
