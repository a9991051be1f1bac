-- What administrators set for the whole kernel while it runs. Never a secret.
CREATE TABLE kernel_settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
