-- SHA-256 over the hash of the row before and the canonical form of this one (docs/wire.md, The audit log). Rows of an
-- earlier version get theirs at the next start.
ALTER TABLE audit ADD COLUMN hash BLOB;

-- Where the chain begins and ends.
CREATE TABLE audit_chain (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    -- The last row that retention has removed; 0 and zeros before it has removed any.
    anchor_id INTEGER NOT NULL,
    anchor_hash BLOB NOT NULL,
    -- The newest row.
    head_id INTEGER NOT NULL,
    head_hash BLOB NOT NULL,
    -- The newest row that was there before the chain was.
    adopted_id INTEGER NOT NULL,
    -- HMAC-SHA256 over the above, by a key made from the kernel's secret; empty until the rows of an earlier version have
    -- their hashes.
    seal BLOB NOT NULL
) STRICT;
INSERT INTO audit_chain VALUES (1, 0, zeroblob(32), 0, zeroblob(32), 0, x'');

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit WHEN OLD.hash IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'rows of the audit log are not changed');
END;
-- INSERT OR REPLACE would remove a row without asking the trigger below.
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'rows of the audit log are not replaced');
END;
-- Retention moves the anchor first.
CREATE TRIGGER audit_goes_by_retention BEFORE DELETE ON audit
WHEN OLD.id > coalesce((SELECT anchor_id FROM audit_chain), 0)
BEGIN
    SELECT RAISE(ABORT, 'rows of the audit log are removed by retention alone');
END;
CREATE TRIGGER audit_chain_goes_on BEFORE UPDATE ON audit_chain
WHEN NEW.anchor_id < OLD.anchor_id OR NEW.head_id < OLD.head_id
BEGIN
    SELECT RAISE(ABORT, 'the chain of the audit log only goes on');
END;
CREATE TRIGGER audit_chain_stays BEFORE DELETE ON audit_chain
BEGIN
    SELECT RAISE(ABORT, 'the chain of the audit log stays');
END;
