-- Signed calls that were taken, so that none is taken twice.
CREATE TABLE inbound_calls (
    inbound_id TEXT NOT NULL REFERENCES inbound_webhooks (id) ON DELETE CASCADE,
    -- SHA-256 of what a call is known by.
    name BLOB NOT NULL,
    -- Stands in the configuration of its agent.
    run TEXT NOT NULL,
    -- Absent until its agent is known to have started.
    pid INTEGER,
    taken_at INTEGER NOT NULL,
    PRIMARY KEY (inbound_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX inbound_calls_by_age ON inbound_calls (inbound_id, taken_at);
CREATE INDEX inbound_calls_by_run ON inbound_calls (run);
