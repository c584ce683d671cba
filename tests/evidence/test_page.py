"""The report: what is data stays data, long tables end in a count, and the PDF takes all of it."""

from __future__ import annotations

from evidence.page import MOST_ROWS, percent, table
from evidence.pdf import report_pdf
from evidence.picture import short
from evidence.replay import text


def test_texts_are_escaped_and_long_tables_say_how_much_is_left() -> None:
    told = table(("A", "B"), [("<i>", '"&')] * (MOST_ROWS + 7))

    assert "<i>" not in told and "&lt;i&gt;" in told
    assert "and 7 more" in told and told.count("<tr>") == MOST_ROWS + 2
    assert table(("A",), []) == '<p class="q">None.</p>'


def test_a_share_that_is_there_is_not_told_as_nothing() -> None:
    assert [percent(share) for share in (0.0, 0.00001, 0.5, 1.0)] == ["0.00 %", "< 0.01 %", "50.00 %", "100.00 %"]


def test_a_key_keeps_both_ends() -> None:
    assert short("eth:0x0123456789abcdef0123456789", 12) == "eth:0x…56789"
    assert short("acct:a") == "acct:a"


def test_the_pdf_takes_markup_as_text() -> None:
    page = f"<h1>*a* #panic(1) $x$</h1><p>&lt;b&gt;</p>{table(('A', 'B'), [('#x', 'y' * 80)] * (MOST_ROWS + 1))}"

    assert report_pdf(page).startswith(b"%PDF-")


def test_a_text_in_the_replay_is_never_code() -> None:
    assert text("acct:a") == "'acct:a'"
    for odd in ("a' DETACH DELETE n //", "a\\u0027", "a;b", "ü", "a\nb", ""):
        assert text(odd).startswith("'sha256:") and len(text(odd)) == 73
