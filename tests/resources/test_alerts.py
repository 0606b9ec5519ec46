import json
import socketserver
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

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
        ({"webhook": "https://example.com/S3cret S3cret"}, "LEDGERGRAPH_ALERT_WEBHOOK: has a"),
        ({"webhook": "https://[S3cret/"}, "LEDGERGRAPH_ALERT_WEBHOOK: must be a URL"),
        ({"mail": "smtp://u:p/S3cret@h?from=a@x&to=b@x"}, "LEDGERGRAPH_ALERT_MAIL: is no URL"),
        ({"mail": "smtp://u:1/S3cret@h?from=a@x&to=b@x"}, "LEDGERGRAPH_ALERT_MAIL: is no URL"),
        ({"mail": "smtp://u:S3cret#@h?from=a@x&to=b@x"}, "LEDGERGRAPH_ALERT_MAIL: is no URL"),
    ],
)
def test_a_wrong_setting_names_its_variable_and_keeps_its_secret(settings, says):
    with pytest.raises(BadSetting, match=says) as caught:
        Alerts(**settings).checked()
    assert "S3cret" not in str(caught.value)
    for said in Alerts(**settings).send(ALERT).values():
        assert said != "sent"
        assert "S3cret" not in said


class NoWeb(socketserver.StreamRequestHandler):
    """What answers by no HTTP."""

    def handle(self):
        self.rfile.readline()
        self.wfile.write(b"hello\r\n\r\n")


def test_a_webhook_that_is_no_web_server_holds_up_no_mail():
    with listening(socketserver.TCPServer(("127.0.0.1", 0), NoWeb)) as server, mailbox() as box:
        url = f"http://127.0.0.1:{server.server_address[1]}/S3cret"
        outcome = Alerts(webhook=url, mail=box[0]).send(ALERT)
    assert outcome["webhook"].startswith("LEDGERGRAPH_ALERT_WEBHOOK: ")
    assert "S3cret" not in outcome["webhook"]
    assert outcome["mail"] == "sent"
    assert len(box[1]) == 1


def test_a_plus_in_an_address_is_a_plus():
    with mailbox() as (mail, letters):
        Alerts(mail=mail.replace("to=b@", "to=ap+ledger@")).send(ALERT)
    assert "To: ap+ledger@example.com" in letters[0]


@pytest.fixture(scope="module")
def own_certificate(tmp_path_factory):
    """A context with a certificate that no authority signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "own.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, file


class Encrypted(Mail):
    """A mail server that encrypts from the start, or once it is asked to, and takes any login."""

    def handle(self):
        if self.server.from_the_start and not self.encrypted():
            return
        self.wfile.write(b"220 sink\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"AUTH":
                self.server.got.append(line.decode())
            if verb == b"EHLO":
                self.wfile.write(b"250-sink\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n")
            elif verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.server.got.append(self.message())
                self.wfile.write(b"250 ok\r\n")
            else:
                code = {b"AUTH": b"235", b"STAR": b"220", b"QUIT": b"221"}.get(verb, b"250")
                self.wfile.write(code + b" ok\r\n")
            if verb == b"QUIT" or (verb == b"STAR" and not self.encrypted()):
                return

    def encrypted(self):
        try:
            self.request = self.server.context.wrap_socket(self.request, server_side=True)
        except OSError:
            return False
        self.setup()
        return True

    def finish(self):
        super().finish()
        self.request.close()


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_password_goes_to_no_server_that_cannot_say_who_it_is(
    own_certificate, scheme, monkeypatch
):
    context, file = own_certificate
    with listening(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Encrypted)) as server:
        server.context, server.from_the_start = context, scheme == "smtps"
        place = f"localhost:{server.server_address[1]}"
        alerts = Alerts(mail=f"{scheme}://u:S3cret@{place}?from=a@example.com&to=b@example.com")
        assert "certificate verify failed" in alerts.send(ALERT)["mail"]
        assert server.got == []
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        outcome = alerts.send(ALERT)
    assert outcome == {"mail": "sent"}
    assert [one[:4] for one in server.got] == ["AUTH", "Subj"]
