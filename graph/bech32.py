"""Bech32 (BIP 173) and bech32m (BIP 350): the text form of segregated-witness Bitcoin addresses."""

from __future__ import annotations

from graph.errors import AddressError

ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
HUMAN_PART = "bc"
LONGEST = 90
_DIGITS = {character: digit for digit, character in enumerate(ALPHABET)}
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32, _BECH32M = 1, 0x2BC830A3
_CHECKSUM_DIGITS = 6


def _feedback(top: int) -> int:
    """What the five bits shifted out of the checksum register put back into it."""
    mixed = 0
    for bit, generator in enumerate(_GENERATORS):
        if top >> bit & 1:
            mixed ^= generator
    return mixed


_FEEDBACK = tuple(_feedback(top) for top in range(32))
_EXPANDED = (*(ord(c) >> 5 for c in HUMAN_PART), 0, *(ord(c) & 31 for c in HUMAN_PART))


def check_segwit(text: str) -> str:
    """Return a Bitcoin main-network witness address in lower case.

    Raises AddressError for mixed case, a bad character or checksum, or a witness program of a length or
    encoding that its version does not allow.
    """
    lower = text.lower()
    if text not in (lower, text.upper()):
        raise AddressError("mixes upper and lower case; a bech32 address is all lower (or all upper) case")
    if len(text) > LONGEST:
        raise AddressError(f"has {len(text)} characters; a bech32 address has at most {LONGEST}")
    digits = _digits(lower)
    _check_checksum(digits)
    _check_program(digits[0], digits[1:-_CHECKSUM_DIGITS])
    return lower


def _digits(lower: str) -> list[int]:
    """The five-bit digits after `bc1`: witness version, program, checksum."""
    digits = []
    for position, character in enumerate(lower[3:], 4):
        digit = _DIGITS.get(character)
        if digit is None:
            raise AddressError(f"character {character!r} at position {position} is not bech32 (no 1, b, i or o)")
        digits.append(digit)
    if len(digits) <= _CHECKSUM_DIGITS:
        raise AddressError("is too short for a bech32 address")
    return digits


def _check_checksum(digits: list[int]) -> None:
    register = 1
    for digit in (*_EXPANDED, *digits):
        register = (register & 0x1FFFFFF) << 5 ^ digit ^ _FEEDBACK[register >> 25]
    wanted, name = (_BECH32, "bech32") if digits[0] == 0 else (_BECH32M, "bech32m")
    if register == wanted:
        return
    if register in (_BECH32, _BECH32M):
        raise AddressError(f"witness version {digits[0]} must be encoded as {name}")
    raise AddressError(f"the {name} checksum does not match; a character is mistyped or missing")


def _check_program(version: int, program: list[int]) -> None:
    if version > 16:
        raise AddressError(f"witness version {version} does not exist; it is 0 to 16")
    length, spare = divmod(len(program) * 5, 8)
    if spare > 4 or (program and program[-1] & ((1 << spare) - 1)):
        raise AddressError("ends in padding bits that are not allowed")
    if not 2 <= length <= 40 or (version == 0 and length not in (20, 32)):
        wanted = "20 or 32" if version == 0 else "2 to 40"
        raise AddressError(f"has a witness program of {length} bytes; version {version} takes {wanted}")
