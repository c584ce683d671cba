"""Examples of checkpoints and proofs, signed for real with a key made for them; `api.examples` takes them up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

from api.checkpoints import CheckpointPage, CheckpointView, KeyPage
from jobs.proofs import ConsistencyProof, InclusionProof, event_of
from ledger.chain import GENESIS, format_at
from ledger.checkpoints import Checkpoint
from ledger.key_rotations import KeyInfo
from ledger.merkle import GrowingTree, leaf_hash
from ledger.signing import read_public_key

AT = datetime(2019, 3, 1, 12, 0, 1, tzinfo=UTC)
ORIGIN = "example.org/headwater"
KEY = read_public_key("example.org/headwater+31f31976+AbuT53cKzGfcqUS5TmsFZJyEoR0GFcC6oesmU9RjtNrA")
# Made with the private key, of which nothing is left.
SIGNATURES = (
    "MfMZds5gQCveK1Wt8W/Ad8T78UDVgpt1YAvSN+06aeDdbi9Q4jXmypq8AFpF5Od6jn8ejMUMMBbybE1sFgIb4iYLPQI=",
    "MfMZdlK0jD+mJmK+kaulKZBr6wP/oTCg8eL+0r1K1+6ufV/3qzdBENfYWTYAxjQgr5zpl/Y8f+pYkmZefy1EN+0bowk=",
)
TEXT = (
    b'{"action":"transaction.decided","actor":"key_01hr4m8w4e3v9m7c2k5t6q8z0e","at":"2019-03-01T12:00:01.000000Z",'
    b'"body":{"severity":"critical"},"previous_hash":"' + GENESIS.encode() + b'","seq":1,"subject":"eth:0x5c50"}'
)
LEAVES = (sha256(TEXT).digest(), sha256(b"another event").digest())


def _signed(size: int) -> tuple[Checkpoint, str]:
    tree = GrowingTree()
    for leaf in LEAVES[:size]:
        tree.add(leaf)
    checkpoint = Checkpoint(
        origin=ORIGIN,
        size=size,
        root=tree.root(),
        at=format_at(AT),
        head_hash=LEAVES[size - 1].hex(),
        previous=size - 1,
        reads=0,
        reads_hash=GENESIS,
    )
    return checkpoint, f"{checkpoint.text()}\n— {ORIGIN} {SIGNATURES[size - 1]}\n"


(_, EARLIER), (LATEST, NOTE) = _signed(1), _signed(2)
VIEW = CheckpointView(
    size=LATEST.size,
    at=AT,
    origin=ORIGIN,
    root=LATEST.root.hex(),
    head_hash=LATEST.head_hash,
    key=KEY.verifier(ORIGIN),
    note=NOTE,
)
PATH = (leaf_hash(LEAVES[1]).hex(),)

ANSWERS: Mapping[str, object] = {
    "list_checkpoints": CheckpointPage([VIEW], None),
    "get_latest_checkpoint": VIEW,
    "list_checkpoint_keys": KeyPage(
        [
            KeyInfo(
                origin=ORIGIN,
                key_id=KEY.id(ORIGIN).hex(),
                verifier=KEY.verifier(ORIGIN),
                pem=KEY.pem(),
                since=0,
                until=None,
                vouched_by=None,
            )
        ],
        None,
    ),
    "get_audit_proof": InclusionProof(
        event=event_of(TEXT),
        canonical=TEXT.decode(),
        leaf_index=0,
        size=2,
        path=PATH,
        checkpoint=NOTE,
        rotations=(),
    ),
    "get_audit_consistency": ConsistencyProof(
        first=1, second=2, path=PATH, from_checkpoint=EARLIER, to_checkpoint=NOTE, rotations=()
    ),
}
# operation_id -> the same answer as text/plain
TEXTS: Mapping[str, str] = {"get_latest_checkpoint": NOTE}
PARAMETERS: Mapping[str, object] = {"seq": "1"}
# Those that may find the log not to be what was signed.
CONFLICTS = frozenset({"get_audit_proof", "get_audit_consistency", "list_checkpoint_keys"})
# Those that have nothing in their path, and yet may not find what is asked for.
MISSING = frozenset({"get_latest_checkpoint", "get_audit_consistency"})
