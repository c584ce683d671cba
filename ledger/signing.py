"""Ed25519 keys: made, kept in a file, told to others. The only door to `cryptography`."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from msgspec import Struct

from graph.errors import HeadwaterError

# The algorithm's number in signed notes (C2SP signed-note).
ED25519 = b"\x01"
OTHERS_MAY_READ = 0o007
_VERIFIER = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")


class KeyUnusable(HeadwaterError):
    """A key cannot be used as it is; the message says why and what would be right."""


class PublicKey(Struct, frozen=True):
    """An Ed25519 public key of 32 bytes; `name` is the log it signs for, None if that was not told with it."""

    raw: bytes
    name: str | None = None

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Tell whether the signature over the message was made with this key."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def id(self, name: str) -> bytes:
        """Return the four bytes that name this key in a note of the log `name`."""
        return hashlib.sha256(name.encode() + b"\n" + ED25519 + self.raw).digest()[:4]

    def verifier(self, name: str) -> str:
        """Return the key as one line, `name+id+key`, as signed-note tools take it."""
        return f"{name}+{self.id(name).hex()}+{base64.b64encode(ED25519 + self.raw).decode()}"

    def pem(self) -> str:
        """Return the key as PEM (RFC 8410), as OpenSSL takes it."""
        key = Ed25519PublicKey.from_public_bytes(self.raw)
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class SigningKey:
    """An Ed25519 private key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, message: bytes) -> bytes:
        """Return the signature, 64 bytes."""
        return self._key.sign(message)

    def pem(self) -> str:
        """Return the private key as PEM (PKCS #8), not encrypted."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def new_key() -> SigningKey:
    """Make a key."""
    return SigningKey(Ed25519PrivateKey.generate())


def load_key(path: Path) -> SigningKey:
    """Read a private key; raises KeyUnusable, and FileNotFoundError where there is no file."""
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise KeyUnusable(f"the key {path} cannot be read: {error.strerror}") from None
    if mode & OTHERS_MAY_READ:
        raise KeyUnusable(f"everybody may read the key {path}: make it private with `chmod 600`")
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(f"{path} is no Ed25519 private key in PEM; `headwater checkpoint keygen FILE` makes one")
    return SigningKey(key)


def write_key(key: SigningKey, path: Path) -> None:
    """Write a private key, readable by its owner only, whole or not at all, unless there is a file already.

    Raises KeyUnusable.
    """
    name = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        with os.fdopen(handle, "w") as file:
            file.write(key.pem())
            file.flush()
            os.fsync(file.fileno())
        # Not renamed, which would write over a file that somebody made meanwhile.
        path.hardlink_to(name)
    except FileExistsError:
        raise KeyUnusable(f"{path} is there already; a key is never written over") from None
    except OSError as error:
        raise KeyUnusable(f"the key {path} cannot be written: {error.strerror}") from None
    finally:
        if name:
            Path(name).unlink(missing_ok=True)


def read_public_key(text: str) -> PublicKey:
    """Return a public key told as `name+id+key` or as PEM; raises KeyUnusable."""
    if "-----BEGIN" in text:
        return _from_pem(text)
    told = _VERIFIER.fullmatch(text.strip())
    try:
        content = base64.b64decode(told[3], validate=True) if told else b""
    except binascii.Error:
        content = b""
    if told is None or len(content) != 33 or content[:1] != ED25519:
        raise KeyUnusable("no Ed25519 public key: `name+id+key` or PEM is needed, as `headwater checkpoint key` prints")
    key = PublicKey(content[1:], told[1])
    if key.id(told[1]).hex() != told[2]:
        raise KeyUnusable(f"the id of the key of {told[1]} does not fit the key: part of it was changed or lost")
    return key


def _from_pem(text: str) -> PublicKey:
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable("the PEM holds no Ed25519 public key")
    return PublicKey(key.public_bytes(Encoding.Raw, PublicFormat.Raw))
