CREATE TABLE shared_mounts (
    -- Unique whatever its case: some disks do not tell cases apart.
    name TEXT PRIMARY KEY COLLATE NOCASE,
    owner_pid INTEGER NOT NULL,
    -- The user whose agent it was created for.
    owner TEXT NOT NULL,
    -- Milliseconds since the Unix epoch.
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE shared_mounted (
    pid INTEGER NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE REFERENCES shared_mounts (name) ON DELETE CASCADE,
    -- Relative to the agent's home.
    point TEXT NOT NULL,
    PRIMARY KEY (pid, name)
) STRICT, WITHOUT ROWID;
