"""The one canonical form of every address, and the keys `network:address` made of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from unicodedata import normalize

from Crypto.Hash import keccak

from graph.base58 import decode_base58check
from graph.bech32 import check_segwit
from graph.errors import AddressError

__all__ = ["AddressError", "canonical_address", "canonical_network", "parse_wallet_key", "wallet_key"]

LONGEST = 200
_CACHED = 1 << 16

_is_network = re.compile(r"[a-z0-9_]{2,12}").fullmatch
_is_lower_eth = re.compile(r"0x[0-9a-f]{40}").fullmatch
_is_eth = re.compile(r"0[xX]([0-9a-fA-F]{40})").fullmatch
_is_test_btc = re.compile(r"(tb|bcrt)1", re.IGNORECASE).match


def canonical_address(network: str, text: str) -> str:
    """Return the one form of `text` on `network` that stands in keys.

    btc, eth and trx are checked down to the checksum; acct is free text; any other network is an opaque word.
    Raises AddressError saying what is wrong and what would be right.
    """
    if network == "eth" and _is_lower_eth(text):
        return text
    check = _CHECKS.get(network)
    return check(text) if check else _opaque(canonical_network(network), text)


def canonical_network(network: str) -> str:
    """Return `network`; raises AddressError unless it is 2 to 12 of a-z, 0-9 and underscore."""
    if not _is_network(network):
        raise AddressError("must be 2 to 12 lower-case letters, digits or underscores, such as eth, btc or acct")
    return network


def wallet_key(network: str, address: str) -> str:
    """Return the key of a canonical address."""
    return f"{network}:{address}"


def parse_wallet_key(key: str) -> tuple[str, str]:
    """Split a key at its first `:` and return the network and the canonical address; raises AddressError."""
    network, colon, address = key.partition(":")
    if not colon:
        raise AddressError("a wallet key is network:address, such as eth:0x… or acct:DE89…")
    return canonical_network(network), canonical_address(network, address)


@lru_cache(_CACHED)
def _eth(text: str) -> str:
    """Lower-case form; `0X` is read as `0x`. Mixed case is a checksum (EIP-55) and must match."""
    match = _is_eth(text)
    if match is None:
        raise AddressError(f"{_shown(text)} is not an eth address: 0x and 40 hexadecimal digits")
    digits = match[1]
    lower = digits.lower()
    if digits not in (lower, digits.upper()) and digits != _checksummed(lower):
        raise AddressError("the EIP-55 checksum does not match; correct the case, or send it all in lower case")
    return "0x" + lower


def _checksummed(lower: str) -> str:
    """The EIP-55 spelling of 40 lower-case digits: a letter is upper case where the hash has 8 or more."""
    digest = keccak.new(digest_bits=256, data=lower.encode()).hexdigest()
    return "".join(c.upper() if d >= "8" else c for c, d in zip(lower, digest, strict=False))


@lru_cache(_CACHED)
def _btc(text: str) -> str:
    if text[:3].lower() == "bc1":
        return check_segwit(text)
    if _is_test_btc(text):
        raise AddressError("is a testnet address; btc takes main-network addresses (1…, 3… or bc1…)")
    version = _decoded(text, "btc", "1…, 3… or bc1…")
    if version in (0x6F, 0xC4):
        raise AddressError("is a testnet address; btc takes main-network addresses (1…, 3… or bc1…)")
    if version not in (0x00, 0x05):
        raise AddressError(f"has version byte 0x{version:02x}; a btc address has 0x00 (1…) or 0x05 (3…)")
    return text


@lru_cache(_CACHED)
def _trx(text: str) -> str:
    version = _decoded(text, "trx", "T… in base58")
    if version != 0x41:
        raise AddressError(f"has version byte 0x{version:02x}; a trx address has 0x41 (T…)")
    return text


def _decoded(text: str, network: str, right: str) -> int:
    """The version byte of a base58 address."""
    if not text:
        raise AddressError(f"is empty; a {network} address is {right}")
    try:
        return decode_base58check(text)[0]
    except AddressError as error:
        raise AddressError(f"{_shown(text)} is not a {network} address ({right}): {error}") from None


def _account(text: str) -> str:
    """Free text. Invisible characters are refused: they would make two wallets look like one."""
    plain = text.strip() if text.isascii() else normalize("NFC", text.strip())
    if not 1 <= len(plain) <= LONGEST:
        raise AddressError(f"has {len(plain)} characters; 1 to {LONGEST} are allowed")
    if not plain.isprintable():
        raise AddressError("has a control or invisible character; printable text is allowed")
    return plain


def _opaque(network: str, text: str) -> str:
    """One word as it is, but for the 0x form that many chains share with eth: its case is only a checksum."""
    plain = _account(text)
    if " " in plain:
        raise AddressError(f"has a space; a {network} address is one word")
    return plain.lower() if _is_eth(plain) else plain


def _shown(text: str) -> str:
    """A short, harmless rendering of what was sent."""
    return ascii(text) if len(text) <= 64 else ascii(text[:61]) + "…"


_CHECKS: dict[str, Callable[[str], str]] = {"acct": _account, "btc": _btc, "eth": _eth, "trx": _trx}
