"""Addresses have one canonical form; what is mistyped is refused with what would be right."""

import string

import pytest
from eth_utils import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from graph.addresses import AddressError, canonical_address, parse_wallet_key, wallet_key
from graph.base58 import ALPHABET, decode_base58check, encode_base58check

HASH_160 = st.binary(min_size=20, max_size=20)

# facts of BIP 173 and BIP 350
SEGWIT = [
    "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
    "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
    "BC1SW50QGDZ25J",
    "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
]
NOT_SEGWIT = [
    ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", "encoded as bech32m"),
    ("BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL", "encoded as bech32m"),
    ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh", "encoded as bech32"),
    ("bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4", "'o' at position 60"),
    ("BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R", "version 17"),
    ("bc1pw5dgrnzv", "1 bytes; version 1 takes 2 to 40"),
    ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav", "41 bytes"),
    ("BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", "version 0 takes 20 or 32"),
    ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf", "padding"),
    ("bc1gmk9yu", "too short"),
    ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "checksum"),
    ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3T4", "upper and lower case"),
    ("bc1" + "q" * 100, "at most 90"),
    ("tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "testnet"),
]
# facts of EIP 55
CHECKSUMMED = [
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0xde709f2102306220921060314715629080e2fb77",
]


@pytest.mark.parametrize("text", SEGWIT)
def test_segwit_vectors_are_lower_cased(text):
    assert canonical_address("btc", text) == text.lower()


@pytest.mark.parametrize(("text", "why"), NOT_SEGWIT)
def test_wrong_segwit_vectors_say_why(text, why):
    with pytest.raises(AddressError, match=why):
        canonical_address("btc", text)


@pytest.mark.parametrize(
    "text",
    [
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
        "1111111111111111111114oLvT2",
    ],
)
def test_base58_bitcoin_is_kept(text):
    assert canonical_address("btc", text) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "checksum does not match"),
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7Divf0a", "'0' at position 33"),
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7Div", "bytes"),
        ("11A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "26 bytes"),
        ("1" * 36, "at most 35"),
        ("", "is empty"),
        ("mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", "testnet"),
        ("2N2JD6wb56AfK4tfmM6PwdVmoYk2dCKf4Br", "testnet"),
        ("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "version byte 0x41"),
    ],
)
def test_wrong_base58_bitcoin_says_why(text, why):
    with pytest.raises(AddressError, match=why):
        canonical_address("btc", text)


@given(st.integers(0, 255), HASH_160)
def test_base58check_is_undone_by_its_inverse(version, digest):
    payload = bytes([version]) + digest

    assert decode_base58check(encode_base58check(payload)) == payload


@given(HASH_160, st.data())
def test_one_changed_character_breaks_a_base58_checksum(digest, data):
    text = encode_base58check(b"\x41" + digest)
    place = data.draw(st.integers(1, len(text) - 1))
    other = data.draw(st.sampled_from([c for c in ALPHABET if c != text[place]]))

    with pytest.raises(AddressError):
        canonical_address("trx", text[:place] + other + text[place + 1 :])


@given(st.sampled_from([t.lower() for t in SEGWIT]), st.data())
def test_one_changed_character_breaks_a_bech32_checksum(text, data):
    place = data.draw(st.integers(3, len(text) - 1))
    other = data.draw(st.sampled_from([c for c in "qpzry9x8gf2tvdw0s3jn54khce6mua7l" if c != text[place]]))

    with pytest.raises(AddressError):
        canonical_address("btc", text[:place] + other + text[place + 1 :])


@given(HASH_160)
def test_tron_takes_its_own_version_byte_only(digest):
    text = encode_base58check(b"\x41" + digest)

    assert canonical_address("trx", text) == text
    with pytest.raises(AddressError, match="version byte 0x00"):
        canonical_address("trx", encode_base58check(b"\x00" + digest))


@pytest.mark.parametrize("text", CHECKSUMMED)
def test_eip55_vectors_are_lower_cased(text):
    assert canonical_address("eth", text) == text.lower()
    assert canonical_address("eth", "0x" + text[2:].upper()) == text.lower()
    assert canonical_address("eth", text.upper()) == text.lower()


@given(HASH_160)
def test_eth_checksum_agrees_with_eth_utils(digest):
    checksummed = to_checksum_address(digest)

    assert canonical_address("eth", checksummed) == checksummed.lower()


@given(HASH_160, st.integers(2, 41))
def test_one_changed_case_breaks_an_eth_checksum(digest, place):
    text = to_checksum_address(digest)
    wrong = text[:place] + text[place].swapcase() + text[place + 1 :]
    one_case = wrong[2:] in (wrong[2:].lower(), wrong[2:].upper())

    if wrong == text or one_case:
        assert canonical_address("eth", wrong) == text.lower()
    else:
        with pytest.raises(AddressError, match="EIP-55"):
            canonical_address("eth", wrong)


@pytest.mark.parametrize("text", ["", "0x", "0x" + "a" * 39, "0x" + "g" * 40, "a" * 40, "0x" + "a" * 40 + "\n"])
def test_wrong_eth_says_what_is_right(text):
    with pytest.raises(AddressError, match="0x and 40 hexadecimal digits"):
        canonical_address("eth", text)


def test_account_is_stripped_and_normalised_but_keeps_case():
    assert canonical_address("acct", "  DE89 3704:0044 Cafe\u0301 ") == "DE89 3704:0044 Caf\u00e9"
    assert canonical_address("acct", "x" * 200) == "x" * 200


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "0 characters"),
        (" \t", "0 characters"),
        ("x" * 201, "201 characters"),
        ("a\x00b", "control"),
        ("a\nb", "control"),
        ("a\u202eb", "invisible"),
        ("a\u200bb", "invisible"),
        ("a\ud800b", "control"),
    ],
)
def test_wrong_account_says_why(text, why):
    with pytest.raises(AddressError, match=why):
        canonical_address("acct", text)


@given(st.text(min_size=1, max_size=60))
def test_canonical_account_is_canonical(text):
    try:
        once = canonical_address("acct", text)
    except AddressError:
        return
    assert canonical_address("acct", once) == once


def test_other_network_is_an_opaque_word():
    assert canonical_address("sol", " AbC ") == "AbC"
    with pytest.raises(AddressError, match="space"):
        canonical_address("sol", "a b")


@pytest.mark.parametrize("network", ["", "e", "ETH", "e th", "eth:", "x" * 13, "éth"])
def test_wrong_network_says_what_is_right(network):
    with pytest.raises(AddressError, match="2 to 12 lower-case"):
        canonical_address(network, "x")


@given(st.text(string.ascii_lowercase, min_size=2, max_size=12), st.text(string.printable, min_size=1))
def test_wallet_key_is_undone_by_its_inverse(network, text):
    try:
        address = canonical_address(network, text)
    except AddressError:
        return
    assert parse_wallet_key(wallet_key(network, address)) == (network, address)


def test_wallet_key_splits_at_its_first_colon_and_is_made_canonical():
    assert parse_wallet_key("acct:a:b") == ("acct", "a:b")
    assert parse_wallet_key("eth:" + CHECKSUMMED[0]) == ("eth", CHECKSUMMED[0].lower())
    with pytest.raises(AddressError, match="network:address"):
        parse_wallet_key("nothing")
