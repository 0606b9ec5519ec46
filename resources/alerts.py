"""Alerts: what a person must know at once, by webhook and by mail.

Belongs here: the message and its two ways out. Not here: what is worth an alert
(sensors). A way that does not answer is an error of its own that names its
setting; the other way is tried all the same.
"""

import json
import smtplib
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

from ledgergraph.errors import BadSetting

WEBHOOK = "LEDGERGRAPH_ALERT_WEBHOOK"
MAIL = "LEDGERGRAPH_ALERT_MAIL"
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
    from the start).
    """

    webhook: str = ""
    mail: str = ""

    def checked(self) -> "Alerts":
        """Itself; raises BadSetting if a URL cannot be used."""
        if self.webhook and urlsplit(self.webhook).scheme not in ("http", "https"):
            raise BadSetting(WEBHOOK, "must be a URL that starts with http:// or https://.")
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
                variable = WEBHOOK if name == "webhook" else MAIL
                outcome[name] = f"{variable}: {error}"
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
        connect = smtplib.SMTP_SSL if address.is_encrypted else smtplib.SMTP
        with connect(address.host, address.port, timeout=SECONDS) as server:
            if address.user is not None:
                if not address.is_encrypted:
                    server.starttls()
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


def _address(url: str) -> _Address:
    parts = urlsplit(url)
    named = parse_qs(parts.query)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise BadSetting(MAIL, "must be a URL that starts with smtp:// or smtps://.")
    if "from" not in named or "to" not in named:
        raise BadSetting(MAIL, "must say from whom and to whom: ?from=a@example.com&to=b@…")
    is_encrypted = parts.scheme == "smtps"
    return _Address(
        parts.hostname,
        parts.port or (465 if is_encrypted else 25),
        is_encrypted,
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
        named["from"][0],
        tuple(one for listed in named["to"] for one in listed.split(",")),
    )
