-- The guards as a database begins; guards_transfers.sql has those of entries, ledger_post and ledger_posting since.

-- Entries sum to zero, touch at least two control accounts, and are never changed nor removed.
ALTER TABLE ledger_entry
    ADD CONSTRAINT ledger_entry_zero CHECK (
        coalesce(principal, 0) + coalesce(interest, 0) + coalesce(fee, 0) + coalesce(penalty, 0)
        + coalesce(credit, 0) + coalesce(suspended, 0) + coalesce(accrued, 0) + coalesce(cash, 0)
        + coalesce(merchant, 0) + coalesce(take_on, 0) + coalesce(interest_income, 0)
        + coalesce(penalty_income, 0) + coalesce(fee_income, 0) + coalesce(adjustment, 0) + coalesce(disputed, 0)
        + coalesce(converted, 0) + coalesce(charged_off, 0) + coalesce(loss, 0) + coalesce(recovered, 0)
        + coalesce(suspense, 0) + coalesce(transfer, 0) + coalesce(funded, 0) + coalesce(funder, 0)
        + coalesce(funder_income, 0) = 0),
    ADD CONSTRAINT ledger_entry_two_sides CHECK (
        num_nonnulls(principal, interest, fee, penalty, credit, suspended, accrued, cash, merchant, take_on,
                     interest_income, penalty_income, fee_income, adjustment, disputed, converted, charged_off, loss,
                     recovered, suspense, transfer, funded, funder, funder_income) >= 2);

CREATE INDEX ledger_entry_read ON ledger_entry USING brin (((xid::text)::bigint), id);

-- Request keys are looked up whole: an index for how they begin would cost every payment an insert.
DO $$
DECLARE
    unused text;
BEGIN
    FOR unused IN SELECT indexname FROM pg_indexes WHERE tablename = 'ledger_request' AND indexname LIKE '%\_like' LOOP
        EXECUTE format('DROP INDEX %I', unused);
    END LOOP;
END $$;

-- The days on which something happens to an account: append-only, no key to keep on the hot path.
CREATE TABLE ledger_agenda (day date NOT NULL, account_id bigint NOT NULL);
CREATE INDEX ledger_agenda_day ON ledger_agenda (day, account_id);

ALTER TABLE ledger_balance
    SET (fillfactor = 80),
    ADD CONSTRAINT ledger_balance_dues CHECK (cardinality(dues) % 6 = 0),
    ADD CONSTRAINT ledger_balance_money CHECK (
        least(unbilled, bearing, "window", revolving, past_due, interest, fee, penalty, unbilled_fee, credit,
              accrued_interest, accrued_penalty, statement_left, suspended, apart, in_full, charged_off) >= 0),
    -- A loan's credit may wait for an installment, if nothing is past due. Of loans alone the next due day is not
    -- before the next day on which something happens: a line's statement comes after its due day.
    ADD CONSTRAINT ledger_balance_credit CHECK (
        credit = 0 OR unbilled + bearing + "window" + revolving + past_due + interest + fee + penalty = 0
        OR (due_on >= statement_on AND past_due = 0));

CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger_append_only: entry % is never changed nor removed; post a reversal', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();

-- SQL 1 of a payment: the shard's lock (shared), its open day, the request's first answer, the account's row; null
-- where there is no such account. One array, because PostgreSQL and psycopg read one value far sooner than thirty: the
-- open day's number, the first answer (0: none), whether that was for another body, product, terms, the fields of
-- kernel.columns.FIELDS, the dues. A function, because each of its statements sees what was committed before it began.
CREATE FUNCTION ledger_lock(wanted bigint, request text, request_body bytea) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    found_row bigint[];
    opened date;
    answered bigint;
    answered_body bytea;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1, (wanted / 50000)::int);
    SELECT ARRAY[
        product_id, terms_id, day, statement_on, due_on, limit_minor, unbilled, bearing, "window", revolving,
        past_due, interest, fee, penalty, unbilled_fee, credit, accrued_interest, interest_carry, accrued_penalty,
        penalty_carry, kept_unbilled, kept_window, paid_in_window, paid_bearing, statement_left, suspended,
        nonaccrual, apart, in_full, charged_off
    ] || dues INTO found_row FROM ledger_balance WHERE account_id = wanted FOR UPDATE;
    IF NOT FOUND THEN RETURN NULL; END IF;
    SELECT open_day INTO opened FROM ledger_shard WHERE shard = wanted / 50000;
    SELECT entry_id, body INTO answered, answered_body FROM ledger_request WHERE key = request;
    RETURN ARRAY[opened - date '1970-01-01', coalesce(answered, 0), (answered_body <> request_body)::int] || found_row;
END $$;

-- SQL 2 of a payment: entries, the account's row, its next day on the agenda if it comes sooner, the request's key.
-- `entries` holds 31 numbers to an entry: kind, effective day, what it reverses, what it stands for (0: nothing),
-- channel, the two moves of what bears interest, and the control accounts in the order of ledger.chart (0: not touched).
CREATE FUNCTION ledger_post(account bigint, product bigint, money text, booked date, entries bigint[], fields bigint[],
                            left_dues bigint[], wake_on date, request text, request_body bytea)
    RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    posted bigint;
BEGIN
    FOR i IN 0 .. cardinality(entries) - 31 BY 31 LOOP
        INSERT INTO ledger_entry (
            account_id, product_id, currency, booked_day, kind, effective_day, reverses, stands_for, channel,
            bearing_interest, bearing_penalty,
            principal, interest, fee, penalty, credit, suspended, accrued, cash, merchant, take_on, interest_income,
            penalty_income, fee_income, adjustment, disputed, converted, charged_off, loss, recovered, suspense,
            transfer, funded, funder, funder_income
        ) VALUES (
            account, product, money, booked, entries[i + 1], date '1970-01-01' + entries[i + 2]::int,
            nullif(entries[i + 3], 0), nullif(entries[i + 4], 0), entries[i + 5], entries[i + 6], entries[i + 7],
            nullif(entries[i + 8], 0), nullif(entries[i + 9], 0), nullif(entries[i + 10], 0),
            nullif(entries[i + 11], 0), nullif(entries[i + 12], 0), nullif(entries[i + 13], 0),
            nullif(entries[i + 14], 0), nullif(entries[i + 15], 0), nullif(entries[i + 16], 0),
            nullif(entries[i + 17], 0), nullif(entries[i + 18], 0), nullif(entries[i + 19], 0),
            nullif(entries[i + 20], 0), nullif(entries[i + 21], 0), nullif(entries[i + 22], 0),
            nullif(entries[i + 23], 0), nullif(entries[i + 24], 0), nullif(entries[i + 25], 0),
            nullif(entries[i + 26], 0), nullif(entries[i + 27], 0), nullif(entries[i + 28], 0),
            nullif(entries[i + 29], 0), nullif(entries[i + 30], 0), nullif(entries[i + 31], 0)
        ) RETURNING id INTO posted;
    END LOOP;
    UPDATE ledger_balance SET
        day = fields[1], statement_on = fields[2], due_on = fields[3], limit_minor = fields[4], unbilled = fields[5],
        bearing = fields[6], "window" = fields[7], revolving = fields[8], past_due = fields[9],
        interest = fields[10], fee = fields[11], penalty = fields[12], unbilled_fee = fields[13],
        credit = fields[14], accrued_interest = fields[15], interest_carry = fields[16],
        accrued_penalty = fields[17], penalty_carry = fields[18], kept_unbilled = fields[19],
        kept_window = fields[20], paid_in_window = fields[21], paid_bearing = fields[22],
        statement_left = fields[23], suspended = fields[24], nonaccrual = fields[25],
        apart = fields[26], in_full = fields[27], charged_off = fields[28], dues = left_dues
    WHERE account_id = account;
    IF wake_on IS NOT NULL THEN INSERT INTO ledger_agenda (day, account_id) VALUES (wake_on, account); END IF;
    INSERT INTO ledger_request (key, body, entry_id) VALUES (request, request_body, posted);
    RETURN posted;
END $$;

-- Debits and credits, one row each, as an accountant reads them.
CREATE VIEW ledger_posting AS
SELECT e.id AS entry_id, e.account_id, e.kind, e.effective_day, e.booked_day, e.currency, side.control, side.amount
FROM ledger_entry e
CROSS JOIN LATERAL (VALUES
    ('principal', e.principal), ('interest', e.interest), ('fee', e.fee), ('penalty', e.penalty),
    ('credit', e.credit), ('suspended', e.suspended), ('accrued', e.accrued), ('cash', e.cash),
    ('merchant', e.merchant), ('take_on', e.take_on), ('interest_income', e.interest_income),
    ('penalty_income', e.penalty_income), ('fee_income', e.fee_income), ('adjustment', e.adjustment),
    ('disputed', e.disputed), ('converted', e.converted), ('charged_off', e.charged_off), ('loss', e.loss),
    ('recovered', e.recovered), ('suspense', e.suspense), ('transfer', e.transfer), ('funded', e.funded),
    ('funder', e.funder), ('funder_income', e.funder_income)
) AS side (control, amount)
WHERE side.amount IS NOT NULL;

-- Open dues with dates, oldest first.
CREATE VIEW ledger_due AS
SELECT b.account_id, i / 6 + 1 AS place, date '1970-01-01' + b.dues[i + 1]::int AS due_on, b.dues[i + 2] AS principal,
       b.dues[i + 3] AS interest, b.dues[i + 4] AS fee, b.dues[i + 5] AS penalty, b.dues[i + 6] AS asked
FROM ledger_balance b CROSS JOIN LATERAL generate_series(0, cardinality(b.dues) - 6, 6) AS i;

-- Account ids; a shard is account_id / 50000, for ever.
CREATE SEQUENCE servicing_account_id;
