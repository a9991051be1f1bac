CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    -- JSON: a list of patterns.
    events TEXT NOT NULL,
    -- JSON: an object.
    filters TEXT,
    -- The secret and the headers.
    sealed BLOB NOT NULL,
    enabled INTEGER NOT NULL,
    disabled_because TEXT,
    retry_count INTEGER NOT NULL,
    timeout_ms INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_triggered INTEGER,
    -- Deliveries given up since the last one that succeeded.
    failure_count INTEGER NOT NULL,
    -- Events up to this number are not for it.
    since INTEGER NOT NULL
) STRICT;
CREATE INDEX webhooks_owner ON webhooks (owner);

-- Deliveries still to be made.
CREATE TABLE webhook_queue (
    id TEXT PRIMARY KEY,
    webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    -- The number of the event.
    seq INTEGER NOT NULL,
    event_type TEXT NOT NULL,
    payload TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    UNIQUE (webhook_id, seq)
) STRICT;
CREATE INDEX webhook_queue_due ON webhook_queue (webhook_id, next_at, seq);
CREATE INDEX webhook_queue_size ON webhook_queue (webhook_id, bytes);

CREATE TABLE webhook_logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_type TEXT NOT NULL,
    payload TEXT NOT NULL,
    status_code INTEGER,
    response_body TEXT,
    duration_ms INTEGER NOT NULL,
    success INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_logs_of ON webhook_logs (webhook_id, id);

CREATE TABLE webhook_dlq (
    id TEXT PRIMARY KEY,
    webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_type TEXT NOT NULL,
    payload TEXT NOT NULL,
    error TEXT,
    attempts INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    retried_at INTEGER
) STRICT;
CREATE INDEX webhook_dlq_of ON webhook_dlq (webhook_id, created_at);

-- The number of the last event that deliveries were made of.
CREATE TABLE webhook_cursor (seq INTEGER NOT NULL) STRICT;

CREATE TABLE inbound_webhooks (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- SHA-256 of the token.
    token_hash BLOB NOT NULL UNIQUE,
    -- JSON.
    agent_config TEXT NOT NULL,
    transform TEXT,
    -- What callers sign with.
    sealed BLOB,
    last_triggered INTEGER,
    trigger_count INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX inbound_webhooks_owner ON inbound_webhooks (owner);
