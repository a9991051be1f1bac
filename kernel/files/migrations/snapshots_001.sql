CREATE TABLE snapshots (
    id TEXT PRIMARY KEY,
    -- The agent it was taken of, and the user and organisation of that.
    pid INTEGER NOT NULL,
    owner TEXT NOT NULL,
    org TEXT,
    -- Milliseconds since the Unix epoch.
    taken_at INTEGER NOT NULL,
    description TEXT NOT NULL,
    -- Bytes of all it holds.
    size INTEGER NOT NULL,
    -- Entries of the home that could not be kept.
    left_out INTEGER NOT NULL,
    -- What else it holds, by name, as JSON.
    parts TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What was in the home.
CREATE TABLE snapshot_entries (
    snapshot TEXT NOT NULL REFERENCES snapshots (id) ON DELETE CASCADE,
    -- Relative to the home. A directory stands before what is in it.
    path TEXT NOT NULL,
    -- file, directory or link.
    kind TEXT NOT NULL,
    -- Permission bits.
    mode INTEGER NOT NULL,
    size INTEGER NOT NULL,
    -- Nanoseconds since the Unix epoch, where known.
    modified INTEGER,
    -- Of a file: SHA-256 of its content, which is kept under that name. Of a link: where it leads.
    content TEXT,
    PRIMARY KEY (snapshot, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX snapshot_entries_by_content ON snapshot_entries (content) WHERE kind = 'file';

-- Agents whose home is being filled and that are not in the process table yet.
CREATE TABLE snapshot_homes (pid INTEGER PRIMARY KEY) STRICT;
