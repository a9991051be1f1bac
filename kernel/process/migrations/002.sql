-- What of the journal people see, one row for each such entry, written with it.
CREATE TABLE trajectory (
    pid INTEGER NOT NULL,
    n INTEGER NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (pid, n)
);

-- What each agent's replies have used on each day (UTC), counted in the commit that journals the reply.
CREATE TABLE usage (
    pid INTEGER NOT NULL,
    day TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    owner TEXT NOT NULL,
    replies INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    -- Of replies whose price is known; how many others there were.
    cost_usd REAL NOT NULL,
    unpriced INTEGER NOT NULL,
    PRIMARY KEY (pid, day, provider, model)
) WITHOUT ROWID;
CREATE INDEX usage_by_owner ON usage (owner, day);
