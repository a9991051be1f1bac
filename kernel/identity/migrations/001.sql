CREATE TABLE users (
    id TEXT PRIMARY KEY,
    username TEXT NOT NULL UNIQUE COLLATE NOCASE,
    display_name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'user')),
    -- A PHC string: algorithm, parameters, salt and hash.
    password TEXT NOT NULL,
    -- Grows with every password change; tokens of older generations are dead.
    generation INTEGER NOT NULL,
    -- The one token that outlived the last password change.
    kept_token TEXT,
    -- Milliseconds since the Unix epoch.
    created_at INTEGER NOT NULL
) STRICT;

-- Names of deleted users: their homes may still be there.
CREATE TABLE retired_names (
    username TEXT PRIMARY KEY COLLATE NOCASE
) STRICT, WITHOUT ROWID;

CREATE TABLE revoked_tokens (
    jti TEXT PRIMARY KEY,
    -- Seconds since the Unix epoch; after it the token would be refused anyway.
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX revoked_tokens_by_expiry ON revoked_tokens (expires_at);
