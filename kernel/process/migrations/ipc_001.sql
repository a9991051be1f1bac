-- What messages between agents have beyond those of people: each stands in `messages` as well, so that an agent reads
-- all that it is told in the order it came.
CREATE TABLE ipc_messages (
    -- Its id in `messages`.
    inbox INTEGER PRIMARY KEY,
    -- Who gets it.
    pid INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    from_pid INTEGER NOT NULL,
    channel TEXT NOT NULL,
    -- The sender's name for this sending: sent again, it is queued once.
    key TEXT,
    bytes INTEGER NOT NULL,
    -- Set in the commit that journals that it was read.
    delivered INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX ipc_messages_waiting ON ipc_messages (pid) WHERE delivered = 0;
CREATE INDEX ipc_messages_by_pid ON ipc_messages (pid);
CREATE UNIQUE INDEX ipc_messages_by_key ON ipc_messages (from_pid, key) WHERE key IS NOT NULL;
