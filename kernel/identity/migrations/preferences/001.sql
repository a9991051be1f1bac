CREATE TABLE preferences (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    -- JSON text.
    value TEXT NOT NULL,
    rev INTEGER NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;

-- The newest revision each user was given, so that none is given twice, also after its preference is deleted.
CREATE TABLE preference_revs (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    newest INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
