"""What the documents tell of the stream, and what a plain GET of its path is answered."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from api.errors import UpgradeRequired
from api.event_views import MOST_OF_A_TYPE
from api.stream_callers import MOST_TYPES
from api.stream_closing import CODES
from api.stream_feed import AlertEvent

OPERATION = "stream_alerts"

TypesOfAlerts = Annotated[
    str | None,
    QueryParameter(
        max_length=MOST_TYPES * MOST_OF_A_TYPE,
        description="Only events of these types, with commas: `alert.opened,alert.changed`",
    ),
]
After = Annotated[
    int | None,
    QueryParameter(ge=0, le=2**63 - 1, description="Resume after this `seq`; without it, from now on"),
]
DESCRIPTION = "\n\n".join(
    (
        "Open a WebSocket here. A key goes into `Authorization` or `X-API-Key`, a signed-in browser sends its cookie; a"
        ' page with a key sends a first message `{"authorization": "Bearer hw_…"}` within 5 seconds, which may hold'
        " `after` and `types` too. A key never goes into the URL.",
        'The first answer is `{"type": "stream.opened", "after": 17, "head": 17}`. Then each event about an alert'
        " follows as one text message, a CloudEvent with the alert as it is now: those after `after`, or after the"
        " header `Last-Event-ID`, in order and without a gap, and then each as it is committed. At least every 15"
        ' seconds something is said: `{"type": "stream.at", "seq": 42}` where nothing happened, which is a place to'
        " resume from too.",
        "Codes of a close: " + "; ".join(f"`{code}` {text}" for code, text in CODES.items()) + ".",
    )
)


@get("/alerts/stream", operation_id=OPERATION, summary="Alerts as they come, over a WebSocket", description=DESCRIPTION)
async def get_stream(after: After = None, types: TypesOfAlerts = None) -> AlertEvent:
    """Refuse what is no WebSocket: 426."""
    raise UpgradeRequired("open a WebSocket at this path")
