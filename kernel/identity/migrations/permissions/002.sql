-- SQLite cannot widen a check in place.
CREATE TABLE permission_policies_2 (
    id TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    action TEXT NOT NULL,
    resource TEXT NOT NULL,
    effect TEXT NOT NULL CHECK (effect IN ('allow', 'ask', 'deny')),
    -- Milliseconds since the Unix epoch.
    created_at INTEGER NOT NULL,
    -- A user that may not be there any more.
    created_by TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO permission_policies_2 (id, subject, action, resource, effect, created_at, created_by)
    SELECT id, subject, action, resource, effect, created_at, created_by FROM permission_policies;
DROP TABLE permission_policies;
ALTER TABLE permission_policies_2 RENAME TO permission_policies;
