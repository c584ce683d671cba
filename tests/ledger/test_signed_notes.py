"""Notes and keys are those of C2SP signed-note: others' tools read ours, ours read theirs, and nothing half is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain import GENESIS
from ledger.checkpoints import Checkpoint, read_checkpoint
from ledger.key_rotations import read_rotation, vouched_for, vouching_for, write_rotation
from ledger.signed_notes import NoteUnreadable, read_note, write_note
from ledger.signing import KeyUnusable, PublicKey, load_key, new_key, read_public_key, write_key

# The example in the documents of golang.org/x/mod/sumdb/note.
VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
LOG = "example.org/log"
CHECKPOINT = Checkpoint(
    origin=LOG,
    size=7,
    root=b"\x01" * 32,
    at="2026-11-22T12:00:00.000000Z",
    head_hash="ab" * 32,
    previous=3,
    reads=0,
    reads_hash=GENESIS,
)


def test_a_note_of_others_is_read_and_verified() -> None:
    key = read_public_key(VERIFIER)

    assert read_note(NOTE).signed_by(key, "PeterNeumann")
    assert not read_note(NOTE.replace("problem is", "answer is")).signed_by(key, "PeterNeumann")
    assert not read_note(NOTE).signed_by(key, "Somebody")
    assert key.verifier("PeterNeumann") == VERIFIER


def test_a_key_reads_back_in_both_forms() -> None:
    key = new_key().public

    assert read_public_key(key.verifier(LOG)) == PublicKey(key.raw, LOG)
    assert read_public_key(key.pem()) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        VERIFIER[:-4],
        VERIFIER.replace("c74f20a3", "c74f20a4"),
        VERIFIER.replace("PeterNeumann", "Peter Neumann"),
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    ],
)
def test_a_key_that_is_none_or_was_changed_is_refused(text: str) -> None:
    with pytest.raises(KeyUnusable):
        read_public_key(text)


def test_a_key_file_is_private_and_never_written_over(tmp_path) -> None:
    path, key = tmp_path / "new" / "key.pem", new_key()
    write_key(key, path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert load_key(path).public == key.public
    with pytest.raises(KeyUnusable, match="never written over"):
        write_key(new_key(), path)


def test_a_checkpoint_reads_back_and_is_written_as_the_format_says() -> None:
    key = new_key()
    note = write_note(CHECKPOINT.text(), LOG, key)

    checkpoint, signed = read_checkpoint(note)
    assert checkpoint == CHECKPOINT and signed.signed_by(key.public, LOG)
    assert note.startswith(f"{LOG}\n7\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n")


@given(st.integers(0, 400))
def test_a_note_that_is_cut_off_is_not_read(length: int) -> None:
    note = write_note(CHECKPOINT.text(), LOG, new_key())
    if length >= len(note):
        return

    with pytest.raises(NoteUnreadable):
        read_checkpoint(note[:length])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\n7\n", "\n07\n"),
        ("\n7\n", "\n+7\n"),
        ("\n7\n", "\n3\n"),
        ("previous 3", "previous 9"),
        ("time ", "Time "),
        ("T12", " 12"),
        ("head ab", "head AB"),
        ("\nreads", "\nmore\nreads"),
        ("previous 3\n", ""),
        ("— ", "- "),
    ],
)
def test_a_checkpoint_written_otherwise_is_not_read(before: str, after: str) -> None:
    note = write_note(CHECKPOINT.text(), LOG, new_key())
    assert before in note

    with pytest.raises(NoteUnreadable):
        read_checkpoint(note.replace(before, after, 1))


def test_a_rotation_needs_the_old_keys_signature_and_is_no_checkpoint() -> None:
    old, new, other = new_key(), new_key(), new_key()
    note = write_rotation(LOG, old.public, new.public, old)

    assert (read_rotation(note).old.raw, read_rotation(note).new.raw) == (old.public.raw, new.public.raw)
    with pytest.raises(NoteUnreadable):
        read_checkpoint(note)
    with pytest.raises(NoteUnreadable):
        read_rotation(write_note(CHECKPOINT.text(), LOG, old))
    assert read_rotation(note).vouched
    assert not read_rotation(write_rotation(LOG, old.public, new.public, new)).vouched
    with pytest.raises(NoteUnreadable, match="neither key signed"):
        read_rotation(write_note(read_note(note).text, LOG, other))


def test_trust_goes_from_older_keys_to_newer_ones_only() -> None:
    first, second, third, stranger = (new_key() for _ in range(4))
    handed = [
        read_rotation(write_rotation(LOG, one.public, other.public, one))
        for one, other in ((first, second), (second, third))
    ]
    claimed = read_rotation(write_rotation(LOG, first.public, stranger.public, stranger))
    aside = read_rotation(write_rotation(LOG, stranger.public, third.public, stranger))

    assert vouched_for([first.public], handed) == {key.public.raw for key in (first, second, third)}
    # Files are listed in any order: the later word may be read first.
    assert vouched_for([first.public], handed[::-1]) == {key.public.raw for key in (first, second, third)}
    assert vouching_for(third.public, handed[::-1]) == {key.public.raw for key in (first, second, third)}
    assert vouched_for([second.public], handed) == {key.public.raw for key in (second, third)}
    assert vouched_for([first.public], [claimed]) == {first.public.raw}
    assert vouching_for(stranger.public, [claimed]) == {key.public.raw for key in (first, stranger)}
    assert vouched_for([first.public], [aside]) == {first.public.raw}
    assert vouching_for(third.public, handed) == {key.public.raw for key in (first, second, third)}
    assert vouching_for(first.public, handed) == {first.public.raw}
