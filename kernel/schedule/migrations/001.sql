-- Jobs and triggers as records; what is searched by stands in columns of its own. They go with their owner.
CREATE TABLE cron_jobs (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- JSON text.
    record TEXT NOT NULL
) STRICT;
CREATE INDEX cron_jobs_by_owner ON cron_jobs (owner);

CREATE TABLE event_triggers (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- JSON text.
    record TEXT NOT NULL
) STRICT;
CREATE INDEX event_triggers_by_owner ON event_triggers (owner);

-- The agents that came of a trigger: those it started, and whatever these started in turn.
CREATE TABLE trigger_agents (
    trigger_id TEXT NOT NULL REFERENCES event_triggers (id) ON DELETE CASCADE,
    pid INTEGER NOT NULL,
    PRIMARY KEY (trigger_id, pid)
) STRICT, WITHOUT ROWID;
