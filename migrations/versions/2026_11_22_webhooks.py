"""Webhooks, the secrets that sign their messages, and what is to be delivered to each."""

from __future__ import annotations

from alembic import op

revision = "2026_11_22_webhooks"
down_revision = "2026_11_22_outbox"
branch_labels = None
depends_on = None

WEBHOOKS = """
CREATE TABLE webhooks (
    id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    url text NOT NULL,
    types text[] NOT NULL,
    in_flight integer NOT NULL CHECK (in_flight BETWEEN 1 AND 16),
    version integer NOT NULL DEFAULT 1,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    from_seq bigint NOT NULL,
    enabled boolean NOT NULL,
    disabled_at timestamptz,
    disabled_reason text,
    stopped_seq bigint,
    replay_after bigint,
    replay_to bigint,
    replay_sent boolean NOT NULL DEFAULT false,
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    paused_until timestamptz,
    ended_at timestamptz,
    CHECK (enabled OR stopped_seq IS NOT NULL OR ended_at IS NOT NULL),
    CHECK ((replay_after IS NULL) = (replay_to IS NULL))
);
CREATE INDEX webhooks_not_ended ON webhooks (id) WHERE ended_at IS NULL;
COMMENT ON TABLE webhooks IS 'Receivers of events. from_seq: only later events are for it; stopped_seq: while it is'
    ' disabled nothing later is queued; replay_*: what the relay queues from the audit log for it, page by page, those'
    ' delivered before again if replay_sent; failures: in a row, since failing_since.';

CREATE TABLE webhook_secrets (
    id text COLLATE "C" PRIMARY KEY,
    webhook text COLLATE "C" NOT NULL REFERENCES webhooks,
    secret text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX webhook_secrets_webhook ON webhook_secrets (webhook, id);
COMMENT ON TABLE webhook_secrets IS 'What messages are signed with, as it is: a signature takes the secret itself.';

CREATE TABLE deliveries (
    webhook text COLLATE "C" NOT NULL REFERENCES webhooks,
    seq bigint NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    claim bigint NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    first_at timestamptz,
    last_at timestamptz,
    last_status integer,
    last_error text,
    ended_at timestamptz,
    PRIMARY KEY (webhook, seq)
);
CREATE INDEX deliveries_due ON deliveries (webhook, due_at, seq) WHERE state = 'pending';
CREATE INDEX deliveries_state ON deliveries (webhook, state, seq);
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE state <> 'pending';
COMMENT ON TABLE deliveries IS 'One row for each event that a webhook is to have; due_at of one being sent is the end'
    ' of its lease, claim its fencing token. No reference to audit_events: it would cost a look-up for each row.';
"""

GRANTS = """
REVOKE ALL ON webhooks, webhook_secrets, deliveries FROM PUBLIC;
GRANT SELECT, INSERT ON webhooks, webhook_secrets, deliveries TO headwater_app;
GRANT UPDATE (name, url, types, in_flight, version, enabled, disabled_at, disabled_reason, stopped_seq, replay_after,
    replay_to, replay_sent, failures, failing_since, paused_until, ended_at) ON webhooks TO headwater_app;
GRANT DELETE ON webhook_secrets, deliveries TO headwater_app;
GRANT UPDATE (state, attempts, claim, due_at, first_at, last_at, last_status, last_error, ended_at)
    ON deliveries TO headwater_app;
"""


def upgrade() -> None:
    for statements in (WEBHOOKS, GRANTS):
        op.execute(statements)
