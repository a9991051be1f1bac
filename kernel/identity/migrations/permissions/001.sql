CREATE TABLE permission_policies (
    id TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    action TEXT NOT NULL,
    resource TEXT NOT NULL,
    effect TEXT NOT NULL CHECK (effect IN ('allow', 'deny')),
    -- Milliseconds since the Unix epoch.
    created_at INTEGER NOT NULL,
    -- A user that may not be there any more.
    created_by TEXT
) STRICT, WITHOUT ROWID;
