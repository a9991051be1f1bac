-- What is asked for after the password: a secret shared with an authenticator app.
CREATE TABLE second_factors (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- Sealed under the kernel's secret.
    secret BLOB NOT NULL,
    -- 0 until a code has shown that the app has the secret.
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    -- The newest time step whose code was used; no code of it or an older one counts again.
    last_step INTEGER NOT NULL,
    -- Hashes of the recovery codes that are left, 32 bytes each.
    recovery BLOB NOT NULL
) STRICT, WITHOUT ROWID;
