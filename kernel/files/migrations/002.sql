CREATE TABLE trash (
    -- Also the name of what was moved, in the folder `trash` of the data root.
    id TEXT PRIMARY KEY,
    -- The virtual path where it was.
    path TEXT NOT NULL,
    -- The user whose temporary files it was among, where it was there.
    tmp_of TEXT,
    -- The user whose place it was in; nobody's is an administrator's.
    owner TEXT,
    -- As clients know it: file, directory, symlink, pipe, device.
    kind TEXT NOT NULL,
    size INTEGER NOT NULL,
    -- Milliseconds since the Unix epoch.
    deleted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
