-- The organisation that paid as well: the agent's own, or the nearest one of the agents above it.
ALTER TABLE usage ADD COLUMN org TEXT;
UPDATE usage SET org = (SELECT record ->> '$.config.orgId' FROM processes WHERE processes.pid = usage.pid);
CREATE INDEX usage_by_org ON usage (org, day) WHERE org IS NOT NULL;
CREATE INDEX usage_by_day ON usage (day);

-- What all agents of a user, or in an organisation, may use on one day.
CREATE TABLE budgets (
    -- `user` or `org`.
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
