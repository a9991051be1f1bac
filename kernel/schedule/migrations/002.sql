-- How far each user's triggers have heard what happened: the number of the last event that could have started something.
CREATE TABLE trigger_cursors (
    owner TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
