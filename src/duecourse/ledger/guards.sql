-- Entries sum to zero, touch at least two control accounts, and are never changed nor removed.
ALTER TABLE ledger_entry
    ADD CONSTRAINT ledger_entry_zero CHECK (
        coalesce(principal, 0) + coalesce(interest, 0) + coalesce(fee, 0) + coalesce(penalty, 0)
        + coalesce(credit, 0) + coalesce(suspended, 0) + coalesce(accrued, 0) + coalesce(cash, 0)
        + coalesce(merchant, 0) + coalesce(take_on, 0) + coalesce(interest_income, 0)
        + coalesce(penalty_income, 0) + coalesce(fee_income, 0) + coalesce(adjustment, 0) = 0),
    ADD CONSTRAINT ledger_entry_two_sides CHECK (
        num_nonnulls(principal, interest, fee, penalty, credit, suspended, accrued, cash, merchant, take_on,
                     interest_income, penalty_income, fee_income, adjustment) >= 2);

CREATE INDEX ledger_entry_read ON ledger_entry USING brin (((xid::text)::bigint), id);

-- The days on which something happens to an account: append-only, no key to keep on the hot path.
CREATE TABLE ledger_agenda (day date NOT NULL, account_id bigint NOT NULL);
CREATE INDEX ledger_agenda_day ON ledger_agenda (day, account_id);

ALTER TABLE ledger_balance
    SET (fillfactor = 80),
    ADD CONSTRAINT ledger_balance_dues CHECK (cardinality(dues) % 6 = 0),
    ADD CONSTRAINT ledger_balance_money CHECK (
        least(unbilled, bearing, "window", revolving, past_due, interest, fee, penalty, unbilled_fee, credit,
              accrued_interest, accrued_penalty, statement_left, suspended) >= 0),
    ADD CONSTRAINT ledger_balance_credit CHECK (
        credit = 0 OR unbilled + bearing + "window" + revolving + past_due + interest + fee + penalty = 0);

CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger_append_only: entry % is never changed nor removed; post a reversal', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();

-- SQL 1 of a payment: the shard's lock (shared), its open day, the request's first answer, the account's row.
-- A function, because each of its statements sees what was committed before that statement began.
CREATE FUNCTION ledger_lock(wanted bigint, request text)
    RETURNS TABLE (open_day date, body bytea, entry_id bigint, balance ledger_balance)
    LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1, (wanted / 50000)::int);
    SELECT b.* INTO balance FROM ledger_balance b WHERE b.account_id = wanted FOR UPDATE;
    IF NOT FOUND THEN RETURN; END IF;
    SELECT s.open_day INTO open_day FROM ledger_shard s WHERE s.shard = wanted / 50000;
    SELECT r.body, r.entry_id INTO body, entry_id FROM ledger_request r WHERE r.key = request;
    RETURN NEXT;
END $$;

-- Debits and credits, one row each, as an accountant reads them.
CREATE VIEW ledger_posting AS
SELECT e.id AS entry_id, e.account_id, e.kind, e.effective_day, e.booked_day, e.currency, side.control, side.amount
FROM ledger_entry e
CROSS JOIN LATERAL (VALUES
    ('principal', e.principal), ('interest', e.interest), ('fee', e.fee), ('penalty', e.penalty),
    ('credit', e.credit), ('suspended', e.suspended), ('accrued', e.accrued), ('cash', e.cash),
    ('merchant', e.merchant), ('take_on', e.take_on), ('interest_income', e.interest_income),
    ('penalty_income', e.penalty_income), ('fee_income', e.fee_income), ('adjustment', e.adjustment)
) AS side (control, amount)
WHERE side.amount IS NOT NULL;

-- Open dues with dates, oldest first.
CREATE VIEW ledger_due AS
SELECT b.account_id, i / 6 + 1 AS place, date '1970-01-01' + b.dues[i + 1]::int AS due_on, b.dues[i + 2] AS principal,
       b.dues[i + 3] AS interest, b.dues[i + 4] AS fee, b.dues[i + 5] AS penalty, b.dues[i + 6] AS asked
FROM ledger_balance b CROSS JOIN LATERAL generate_series(0, cardinality(b.dues) - 6, 6) AS i;

-- Account ids; a shard is account_id / 50000, for ever.
CREATE SEQUENCE servicing_account_id;
