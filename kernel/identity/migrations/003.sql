-- Sign-ins that last, as people see them. What a token is good for is not decided here.
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The id of the token it has now.
    jti TEXT NOT NULL UNIQUE,
    -- Milliseconds since the Unix epoch.
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    -- Seconds since the Unix epoch.
    expires_at INTEGER NOT NULL,
    address TEXT,
    user_agent TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Tokens for programs.
CREATE TABLE api_tokens (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    -- The BLAKE3 hash of the token, which is as random as a key.
    hash BLOB NOT NULL UNIQUE,
    -- A JSON array.
    scopes TEXT NOT NULL,
    -- Milliseconds since the Unix epoch.
    created_at INTEGER NOT NULL,
    used_at INTEGER,
    -- Seconds since the Unix epoch.
    expires_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX api_tokens_by_user ON api_tokens (user_id);

-- What lets a user set a new password, one a user.
CREATE TABLE password_resets (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- The BLAKE3 hash of the token.
    hash BLOB NOT NULL UNIQUE,
    -- Seconds since the Unix epoch.
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Keys that sign tokens, beside the kernel's secret, which was the first.
CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    -- Sealed under the kernel's secret.
    secret BLOB NOT NULL,
    -- Seconds since the Unix epoch. The next one's is when it signs no more.
    created_at INTEGER NOT NULL
) STRICT;
