"""An export that cannot be finished, over a real socket: no reader may take it for whole."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.api.test_serving import served  # noqa: F401  # a fixture
from tests.servers import Servers

CSV = {"accept": "text/csv"}
JOBS, READ = 3_000, 500
# More than the buffers of two sockets hold, so that the server waits for its reader midway.
SENTENCE = 5_000
SMALL = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)]


def fill(servers: Servers) -> None:
    with psycopg.connect(servers.postgres_admin_url) as connection:
        connection.execute(
            "INSERT INTO jobs (id, name, state, arguments, message) SELECT 'job_' || lpad(n::text, 8, '0'), 'x',"
            " 'succeeded', '{}', repeat('x', %s) FROM generate_series(1, %s) n",
            (SENTENCE, JOBS),
        )


def may_read(servers: Servers, given: bool) -> None:
    change = "GRANT SELECT ON jobs TO headwater_app" if given else "REVOKE SELECT ON jobs FROM headwater_app"
    with psycopg.connect(servers.postgres_admin_url) as connection:
        connection.execute(change)


def test_an_export_that_fails_midway_has_no_end(
    served: tuple[str, subprocess.Popen[bytes], Path],  # noqa: F811
    servers: Servers,
) -> None:
    # The reader stops after some rows; the server comes to stand as well, with most of the list unread.
    # Then the table is taken from it, and the reader goes on.
    fill(servers)
    url = f"{served[0]}/api/v1/jobs"
    told = b""
    with httpx.Client(transport=httpx.HTTPTransport(socket_options=SMALL), headers=CSV, timeout=60) as client:
        with (
            pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"),
            client.stream("GET", url) as cut,
        ):
            assert cut.status_code == 200
            pieces = cut.iter_raw()
            while told.count(b"\r\n") <= READ:  # the first line is the head
                told += next(pieces)
            may_read(servers, False)
            try:
                for piece in pieces:
                    told += piece
            finally:
                may_read(servers, True)
        whole = client.get(url).text

    *rows, last = told.decode().removesuffix("\r\n").split("\r\n")
    assert last.startswith('"# INCOMPLETE: it ended after ')
    assert READ <= len(rows) - 1 < JOBS
    assert whole.count("\r\n") == JOBS + 1 and "INCOMPLETE" not in whole
    assert whole.startswith("\r\n".join(rows))
