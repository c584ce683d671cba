"""Base58Check: the text form of older Bitcoin addresses and of Tron addresses."""

from __future__ import annotations

from hashlib import sha256

from graph.errors import AddressError

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
PAYLOAD_BYTES = 21
CHECKSUM_BYTES = 4
_DIGITS = {character: digit for digit, character in enumerate(ALPHABET)}
_LONGEST = 35


def decode_base58check(text: str) -> bytes:
    """Return the version byte and the 20-byte hash that `text` stands for.

    Raises AddressError for a character outside the alphabet, another length or a wrong checksum.
    """
    if len(text) > _LONGEST:
        raise AddressError(f"has {len(text)} characters; a base58 address has at most {_LONGEST}")
    number = 0
    for position, character in enumerate(text, 1):
        digit = _DIGITS.get(character)
        if digit is None:
            raise AddressError(f"character {character!r} at position {position} is not base58 (no 0, O, I or l)")
        number = number * 58 + digit
    decoded = _bytes_of(number, len(text) - len(text.lstrip("1")))
    payload, checksum = decoded[:PAYLOAD_BYTES], decoded[PAYLOAD_BYTES:]
    if checksum != _checksum(payload):
        raise AddressError("the base58 checksum does not match; a character is mistyped or missing")
    return payload


def encode_base58check(payload: bytes) -> str:
    """Return the text of a version byte and hash, the inverse of `decode_base58check`."""
    data = payload + _checksum(payload)
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def _bytes_of(number: int, leading_zeros: int) -> bytes:
    """The bytes of `number` after one zero byte for each leading `1`; refuses a length no address has."""
    length = leading_zeros + (number.bit_length() + 7) // 8
    if length != PAYLOAD_BYTES + CHECKSUM_BYTES:
        raise AddressError(f"decodes to {length} bytes; a base58 address has {PAYLOAD_BYTES + CHECKSUM_BYTES}")
    return number.to_bytes(length, "big")


def _checksum(payload: bytes) -> bytes:
    return sha256(sha256(payload).digest()).digest()[:CHECKSUM_BYTES]
