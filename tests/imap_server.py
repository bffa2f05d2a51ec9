"""A real IMAP server of a test: pymap, in memory, a process of its own on loopback."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from imapclient import IMAPClient

USER = "answers@outreach.test"
PASSWORD = "p@ss/word"
_START_SECONDS = 20.0


class ImapServer:
    """One user with an empty INBOX; `url` is what OUTREACH_IMAP_URL wants."""

    def __init__(self, port: int, *, scheme: str = "imap") -> None:
        self.port = port
        user, password = quote(USER, safe=""), quote(PASSWORD, safe="")
        self.url = f"{scheme}://{user}:{password}@127.0.0.1:{port}/INBOX"

        self._client: IMAPClient | None = None

    @property
    def client(self) -> IMAPClient:
        """One sign-in for all that a test looks at: the server hashes the password each time."""
        if self._client is None:
            self._client = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=10)
            self._client.login(USER, PASSWORD)
        return self._client

    def deliver(self, *mails: bytes) -> None:
        """Mails arrive in INBOX."""
        for mail in mails:
            self.client.append("INBOX", mail)

    def count(self, folder: str = "INBOX") -> int:
        if not self.client.folder_exists(folder):
            return 0
        self.client.select_folder(folder, readonly=True)
        return len(self.client.search())

    def empty(self) -> None:
        for folder in ("INBOX", "Outreach"):
            if self.client.folder_exists(folder):
                self.client.select_folder(folder)
                self.client.delete_messages(self.client.search())
                self.client.expunge()

    def sign_out(self) -> None:
        if self._client is not None:
            self._client.logout()


@contextmanager
def imap_server(*options: str, scheme: str = "imap") -> Iterator[ImapServer]:
    """A server that is up. `options`: pymap's, such as --cert; without any it has no TLS."""
    port = _free_port()
    program = Path(sys.executable).parent / "pymap"
    words: Sequence[str | Path] = (
        *(program, "--host", "127.0.0.1", "--port", str(port), *(options or ("--no-tls",))),
        *("dict", "--demo-data", "--demo-user", USER, "--demo-password", PASSWORD),
    )
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        server = ImapServer(port, scheme=scheme)
        yield server
        server.sign_out()
    finally:
        process.terminate()
        process.wait(10)


def _free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with closing(socket.socket()) as door:
            if door.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the IMAP server of the tests did not start")
