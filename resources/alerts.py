"""Alerts: what a person must know at once, by webhook and by mail.

Belongs here: the message and its two ways out. Not here: what is worth an alert
(sensors). A way that does not answer is an error of its own that names its
setting; the other way is tried all the same.
"""

import json
import smtplib
import ssl
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from email.message import EmailMessage
from http.client import HTTPException
from urllib.parse import parse_qs, unquote, urlsplit

from ledgergraph.errors import BadSetting

WEBHOOK = "LEDGERGRAPH_ALERT_WEBHOOK"
MAIL = "LEDGERGRAPH_ALERT_MAIL"
VARIABLES = {"webhook": WEBHOOK, "mail": MAIL}
"""The variable that sets each way."""
NO_URL = (
    "is no URL of a mail server. In a user and a password write / as %2F, @ as %40, : as %3A, "
    "? as %3F and # as %23."
)
SECONDS = 10.0
"""How long a way may take to answer."""


@dataclass(frozen=True)
class Alert:
    """What happened, and what to do about it. Counts and ids, no personal data."""

    subject: str
    sentence: str
    remedy: str
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The alert as lines for a person."""
        facts = [f"{name}: {value}" for name, value in self.facts.items()]
        return "\n".join(
            [self.sentence, "", f"What to do: {self.remedy}", *([""] if facts else []), *facts]
        )


@dataclass(frozen=True)
class Alerts:
    """The ways out; an empty one is not used.

    `webhook` is a URL that takes JSON by POST; `mail` a URL such as
    `smtp://user:password@host:587/?from=a@example.com&to=b@example.com` (`smtps` for TLS
    from the start). A certificate must be of a known authority; SSL_CERT_FILE names
    the file of another.
    """

    webhook: str = ""
    mail: str = ""

    def checked(self) -> "Alerts":
        """Itself; raises BadSetting if a URL cannot be used."""
        if self.webhook:
            _checked_hook(self.webhook)
        if self.mail:
            _address(self.mail)
        return self

    def send(self, alert: Alert) -> dict[str, str]:
        """Sends an alert by every way that is set; gives for each `sent`, or why it was not."""
        ways: dict[str, Callable[[Alert], None]] = {}
        if self.webhook:
            ways["webhook"] = self._post
        if self.mail:
            ways["mail"] = self._mail
        outcome = {}
        for name, way in ways.items():
            try:
                way(alert)
                outcome[name] = "sent"
            except (OSError, smtplib.SMTPException) as error:
                outcome[name] = f"{VARIABLES[name]}: {error}"
            except (HTTPException, ValueError) as error:  # their words may repeat the URL
                kind = type(error).__name__
                outcome[name] = f"{VARIABLES[name]}: the address or its answer is bad ({kind})."
            except BadSetting as error:
                outcome[name] = str(error)
        return outcome

    def _post(self, alert: Alert) -> None:
        # `text` is what chat systems show of a webhook; the parts are for programs.
        body = json.dumps({"text": f"{alert.subject}\n{alert.text}", **asdict(alert)}).encode()
        request = urllib.request.Request(  # noqa: S310 - checked: http or https
            self.webhook, body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            answer.read()

    def _mail(self, alert: Alert) -> None:
        address = _address(self.mail)
        message = EmailMessage()
        message["Subject"] = f"[Ledgergraph] {alert.subject}"
        message["From"], message["To"] = address.sender, ", ".join(address.receivers)
        message.set_content(alert.text)
        verified = ssl.create_default_context()  # without one nothing is verified
        with _connected(address, verified) as server:
            if address.user is not None:
                if not address.is_encrypted:
                    server.starttls(context=verified)
                server.login(address.user, address.password or "")
            server.send_message(message)


@dataclass(frozen=True)
class _Address:
    host: str
    port: int
    is_encrypted: bool
    user: str | None
    password: str | None
    sender: str
    receivers: tuple[str, ...]


def _connected(address: _Address, context: ssl.SSLContext) -> smtplib.SMTP:
    if address.is_encrypted:
        return smtplib.SMTP_SSL(address.host, address.port, timeout=SECONDS, context=context)
    return smtplib.SMTP(address.host, address.port, timeout=SECONDS)


def _checked_hook(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # its words repeat part of the URL
        is_url = False
    if not is_url:
        raise BadSetting(WEBHOOK, "must be a URL that starts with http:// or https://.")
    if not url.isprintable() or " " in url:
        raise BadSetting(WEBHOOK, "has a space or another character that no URL has: encode it.")


def _address(url: str) -> _Address:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # its words repeat part of the password
        raise BadSetting(MAIL, NO_URL) from None
    named = parse_qs(parts.query.replace("+", "%2B"))  # in an address a plus is a plus
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise BadSetting(MAIL, "must be a URL that starts with smtp:// or smtps://.")
    if parts.path.strip("/"):  # the rest of a password, or of a host
        raise BadSetting(MAIL, NO_URL)
    if "from" not in named or "to" not in named:
        raise BadSetting(MAIL, "must say from whom and to whom: ?from=a@example.com&to=b@…")
    is_encrypted = parts.scheme == "smtps"
    return _Address(
        parts.hostname,
        port or (465 if is_encrypted else 25),
        is_encrypted,
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
        named["from"][0],
        tuple(one for listed in named["to"] for one in listed.split(",")),
    )
