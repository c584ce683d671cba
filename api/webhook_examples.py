"""Examples of webhooks, made of the same Structs as the answers; their secret is none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec.structs import asdict

from api.webhook_bodies import (
    CreatedSecretView,
    CreatedWebhookView,
    DeliveryPage,
    DeliveryView,
    RedeliverInput,
    SecretPage,
    SecretView,
    TestedView,
    WebhookEdit,
    WebhookInput,
    WebhookPage,
)
from ledger.webhooks import Webhook

AT = datetime(2019, 3, 1, 12, tzinfo=UTC)
PERSON = "usr_01hr4m8w4e3v9m7c2k5t6q8z0g"
NOT_A_SECRET = "whsec_c2hvd24gb25jZSwgYW5kIG5vdCBhIHNlY3JldCBoZXJlIQ=="  # noqa: S105  # says so, in base64
WEBHOOK = Webhook(
    id="whk_01hr4m8w4e3v9m7c2k5t6q8z0k",
    name="case system",
    url="https://cases.example.com/headwater",
    types=["alert.*"],
    in_flight=1,
    version=1,
    created_by=PERSON,
    created_at=AT,
    enabled=True,
    disabled_at=None,
    disabled_reason=None,
    failures=0,
    failing_since=None,
    paused_until=None,
    catching_up=False,
    pending=0,
)
SECRET = SecretView(id="whs_01hr4m8w4e3v9m7c2k5t6q8z0m", created_by=PERSON, created_at=AT)
DELIVERY = DeliveryView(
    id="msg_01hr4m8w4e3v9m7c2k5t6q8z0k_42",
    seq=42,
    type="alert.opened",
    state="pending",
    attempts=1,
    first_at=AT,
    last_at=AT,
    last_status=503,
    last_error="answered 503",
    next_at=AT.replace(second=5),
    ended_at=None,
)

ANSWERS: Mapping[str, object] = {
    "create_webhook": CreatedWebhookView(**asdict(WEBHOOK), secret=NOT_A_SECRET),
    "list_webhooks": WebhookPage([WEBHOOK], None),
    "get_webhook": WEBHOOK,
    "edit_webhook": WEBHOOK,
    "end_webhook": None,
    "enable_webhook": WEBHOOK,
    "test_webhook": TestedView(delivered=True, status=204, ms=38.2, error=None),
    "list_webhook_secrets": SecretPage([SECRET], None),
    "create_webhook_secret": CreatedSecretView(**asdict(SECRET), secret=NOT_A_SECRET),
    "delete_webhook_secret": None,
    "list_webhook_deliveries": DeliveryPage([DELIVERY], None),
    "redeliver_webhook": WEBHOOK,
}
BODIES: Mapping[str, object] = {
    "create_webhook": WebhookInput(name=WEBHOOK.name, url=WEBHOOK.url, types=WEBHOOK.types),
    "edit_webhook": WebhookEdit(types=["alert.*", "case.closed"]),
    "redeliver_webhook": RedeliverInput(after=41),
}
PARAMETERS: Mapping[str, object] = {"webhook": WEBHOOK.id, "secret": SECRET.id}

# Those that answer 409 and do not take an Idempotency-Key: the last secret stays.
CONFLICTS = frozenset({"delete_webhook_secret"})
