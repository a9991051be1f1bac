CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Milliseconds since the Unix epoch, as created_at.
    timestamp INTEGER NOT NULL,
    event_type TEXT NOT NULL,
    actor_pid INTEGER,
    actor_uid TEXT,
    -- The user who acted, or whose agent did: who may read the row.
    actor_user TEXT,
    action TEXT NOT NULL,
    target TEXT,
    args_sanitized TEXT,
    result_hash TEXT,
    metadata TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (timestamp);
CREATE INDEX audit_by_user ON audit (actor_user, id);
CREATE INDEX audit_by_pid ON audit (actor_pid, id);
