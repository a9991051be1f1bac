-- How far a run had come when a snapshot of it was taken. A journal only grows, so its beginning is not copied: it is kept
-- for as long as a snapshot needs it.
CREATE TABLE process_snapshots (
    snapshot TEXT PRIMARY KEY,
    pid INTEGER NOT NULL,
    -- Entries of the journal.
    entries INTEGER NOT NULL,
    -- The newest line of the timeline.
    timeline INTEGER NOT NULL,
    -- The process as it was.
    record TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX process_snapshots_by_pid ON process_snapshots (pid);
