"""Neo4j started again by itself where it ran out of memory and nobody watches it, as after `headwater up --detach`.

Java counts what a query collects and sorts, not what its expressions build: one of them can fill the heap, and the
server then ends rather than go on half alive. It runs the script written here before it ends.
"""

from __future__ import annotations

import os
import shlex
import sys
import time
from pathlib import Path

from stack.errors import StackError
from stack.files import write_private
from stack.ports import Ports, is_free

NAME = "neo4j"
ROOT = Path(__file__).resolve().parent.parent
# One that lived no longer has too little memory to start, and would die again and again.
SHORTEST_LIFE_S = 60.0
PATIENCE_S, POLL_S = 120.0, 0.2
MOST_FILES = 1 << 16


def write_revival(home: Path, data_dir: Path, cache_dir: Path) -> str:
    """Write the script that starts Neo4j of a data folder again, and return Java's argument that has it run."""
    command = shlex.join([sys.executable, "-P", "-m", "stack.revive", str(data_dir), str(cache_dir)])
    log = shlex.quote(str(data_dir / "logs" / "revive.log"))
    script = home / "conf" / "revive.sh"
    # In the background: Java waits for the script before it ends.
    write_private(script, f"PYTHONPATH={shlex.quote(str(ROOT))} {command} >> {log} 2>&1 < /dev/null &\n")
    return f'"-XX:OnOutOfMemoryError=/bin/sh {shlex.quote(str(script))}"\n'


def revive(data_dir: Path, cache_dir: Path) -> None:
    """Wait until Neo4j has ended and start it again, unless the stack was stopped. Raises StackError."""
    from stack.local import LocalStack  # it starts what has the script written

    stack, ports = LocalStack(data_dir, cache_dir), Ports(data_dir)
    if (lived := time.time() - (data_dir / "run" / f"{NAME}.pid").stat().st_mtime) < SHORTEST_LIFE_S:
        raise StackError(f"{NAME} ran out of memory {lived:.0f} s after its start; it is not started again")
    limit = time.monotonic() + PATIENCE_S
    # On another port nobody would find it: a large process keeps its ports a while after it is gone.
    while stack.process(NAME).pid() is not None or not all(is_free(ports.get(use)) for use in ("bolt", "http")):
        if time.monotonic() > limit:
            raise StackError(f"{NAME} ran out of memory and has not ended, or left its ports")
        time.sleep(POLL_S)
    if not stack.was_stopped():
        print(f"{NAME} ran out of memory; starting it again", flush=True)
        stack.start((NAME,), detach=True, report=lambda line: print(line, flush=True))


def main() -> None:
    """Run `revive` on the data and cache folders that the command line names."""
    os.closerange(3, MOST_FILES)  # what Java had open comes with it: its listening sockets, too
    try:
        revive(*(Path(name) for name in sys.argv[1:3]))
    except (StackError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
