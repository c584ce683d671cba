"""Examples of attributions, made of the same Structs as the answers; `api.examples` takes them up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec.structs import asdict

from api.attributions import AttributionDetail, AttributionPage, AttributionView, ChangeView, CommittedView
from api.attributions_import import ImportedView, RejectedView
from api.wallet_attributions import RankedView, WalletAttributions
from graph.attribution_bodies import AttributionInput

SOON = datetime(2019, 3, 1, 12, 0, 1, tzinfo=UTC)
WALLET_KEY = "eth:0x098b716b8aaf21512996dc57eb0615e2383e2f96"

ATTRIBUTION_INPUT = AttributionInput(
    category="scam", source="police report 17", wallet=WALLET_KEY, actor="Fake exchange", confidence=0.9
)
ATTRIBUTION = AttributionView(
    id="att_0123456789abcdef0123456789",
    wallet=WALLET_KEY,
    category="scam",
    class_="illicit",
    source="police report 17",
    actor="Fake exchange",
    confidence=0.9,
    official=False,
    valid_from=None,
    valid_to=None,
    recorded_at=SOON,
    withdrawn_at=None,
    note=None,
    author="key_01hr4m8w4e3v9m7c2k5t6q8z0e",
    seq=18,
    withdrawn_seq=None,
    supersedes=None,
    in_force=True,
    review=False,
)
RANKED = RankedView(**asdict(ATTRIBUTION), standing="decides")
DETAIL = AttributionDetail(
    **asdict(ATTRIBUTION),
    changes=(ChangeView(seq=18, kind="recorded", at=SOON, actor="key_01hr4m8w4e3v9m7c2k5t6q8z0e", reason=None),),
)
IMPORTED = ImportedView(
    recorded=1,
    known=0,
    withdrawn=0,
    rejected=1,
    review={},
    rows=[
        RejectedView(3, "address: the EIP-55 checksum does not match; correct the case, or send it all in lower case")
    ],
    remarks=[],
    watermark=18,
    job="job_01hr4m8w4e3v9m7c2k5t6q8z0d",
)

ANSWERS: Mapping[str, object] = {
    "create_attributions": CommittedView(1, 0, 18, [ATTRIBUTION], (WALLET_KEY,), "job_01hr4m8w4e3v9m7c2k5t6q8z0d"),
    "import_attributions": IMPORTED,
    "list_attributions": AttributionPage([ATTRIBUTION], "WyJhdHRyaWJ1dGlvbnMiLDE4XQ"),
    "get_attribution": DETAIL,
    "withdraw_attribution": None,
    "list_wallet_attributions": WalletAttributions(WALLET_KEY, "scam", [RANKED]),
}
BODIES: Mapping[str, object] = {
    "create_attributions": ATTRIBUTION_INPUT,
    "import_attributions": "address,category,actor,source\n0x098b716b8aaf21512996dc57eb0615e2383e2f96,scam,,a report\n",
}
PARAMETERS: Mapping[str, object] = {"attribution": ATTRIBUTION.id}
