-- Processes as records; what is searched by stands in columns of its own.
CREATE TABLE processes (
    pid INTEGER PRIMARY KEY,
    owner TEXT NOT NULL,
    state TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX processes_by_owner ON processes (owner, pid);

-- The next pid. It only grows, so that a pid is never given twice.
CREATE TABLE pid_counter (next INTEGER NOT NULL);
INSERT INTO pid_counter VALUES (2);

-- What people were asked by agents, and what they answered.
CREATE TABLE approvals (
    id TEXT PRIMARY KEY,
    pid INTEGER NOT NULL,
    call_id TEXT NOT NULL,
    state TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX approvals_by_pid ON approvals (pid);

-- Messages from people to agents. An agent reads on from the last one it has journalled.
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    pid INTEGER NOT NULL,
    content TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE INDEX messages_by_pid ON messages (pid, id);

-- The journal: every boundary an agent crossed, in order.
CREATE TABLE journal (
    pid INTEGER NOT NULL,
    n INTEGER NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (pid, n)
) WITHOUT ROWID;

-- Bytes that an agent's journal entries refer to by their hash, each kept once.
CREATE TABLE parts (
    pid INTEGER NOT NULL,
    hash TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (pid, hash)
) WITHOUT ROWID;

-- The timeline: what an agent thought, did and saw, for people.
CREATE TABLE timeline (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    pid INTEGER NOT NULL,
    step INTEGER NOT NULL,
    phase TEXT NOT NULL,
    tool TEXT,
    content TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE INDEX timeline_by_pid ON timeline (pid, id);
