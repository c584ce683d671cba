"""A port that another Neo4j took while ours was starting: ours ends by itself and is started again elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from stack.errors import StackError
from stack.local import LocalStack
from stack.neo4j import Neo4jServer
from stack.passwords import keep_passwords
from stack.ports import Ports
from stack.process import plain_environ
from tests.servers import set_apart

REFUSING = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Refusing(BaseHTTPRequestHandler):
    def do_POST(self):
        self.send_error(401)
HTTPServer(("127.0.0.1", int(sys.argv[1])), Refusing).serve_forever()
"""


class Refusing(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_error(401)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def ours(small: LocalStack) -> Iterator[Neo4jServer]:
    for folder in (small.data_dir, small.data_dir / "run", small.data_dir / "logs"):
        folder.mkdir()
    set_apart(small.data_dir)
    server = Neo4jServer(
        small.data_dir, small.cache_dir, Ports(small.data_dir), keep_passwords(small.data_dir), lambda text: None
    )
    yield server
    server.process.stop()


def run(server: Neo4jServer, code: str, folder: Path) -> None:
    command = [sys.executable, "-c", code, str(server.ports()[1])]
    server.process.start(command, cwd=folder, environ=plain_environ(folder), detach=False)


def test_a_stranger_on_its_port_that_refuses_the_password_is_waited_for(ours: Neo4jServer, tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", ours.ports()[1]), Refusing) as stranger:
        Thread(target=stranger.serve_forever).start()
        run(ours, "import time; time.sleep(600)", tmp_path)

        assert not ours.is_ready()
        stranger.shutdown()


def test_our_own_that_refuses_the_password_is_told(ours: Neo4jServer, tmp_path: Path) -> None:
    """Negative control: the same answer from the process itself."""
    run(ours, REFUSING, tmp_path)

    with pytest.raises(StackError, match="refuses the password"):
        while True:
            assert not ours.is_ready()
