-- What is stored of the borrowers from p_first to p_last that bears on contact; one borrower is a range of one.

CREATE OR REPLACE FUNCTION outreach_blocks(p_first bigint, p_last bigint, p_at timestamptz)
RETURNS TABLE (borrower_id bigint, kind text, since timestamptz, until timestamptz, account_id bigint, channel text,
    purpose text, opens smallint, shuts smallint, weekdays text) LANGUAGE sql STABLE AS $$
    SELECT b.borrower_id, b.kind, b.since, coalesce(e.at, b.until), b.account_id, b.channel, b.purpose, b.opens, b.shuts,
        b.weekdays::text
    FROM borrowers_block b LEFT JOIN borrowers_block_end e ON e.block_id = b.id
    WHERE b.borrower_id BETWEEN p_first AND p_last AND coalesce(e.at, b.until, 'infinity') > p_at
$$;

CREATE OR REPLACE FUNCTION outreach_consents(p_first bigint, p_last bigint, p_channel text, p_purpose text)
RETURNS TABLE (borrower_id bigint, kind text, channel text, purpose text, given boolean, at timestamptz,
    until timestamptz, opens smallint, shuts smallint, id bigint) LANGUAGE sql STABLE AS $$
    SELECT DISTINCT ON (c.borrower_id, c.kind, c.channel, c.purpose) c.borrower_id, c.kind, c.channel, c.purpose, c.given,
        c.at, c.until, c.opens, c.shuts, c.id
    FROM borrowers_consent c
    WHERE c.borrower_id BETWEEN p_first AND p_last AND c.channel IN ('', p_channel) AND c.purpose IN ('', p_purpose)
    ORDER BY c.borrower_id, c.kind, c.channel, c.purpose, c.id DESC
$$;

-- contact_breaches.sql replaces outreach_attempts and outreach_unnoticed.
CREATE OR REPLACE FUNCTION outreach_attempts(p_first bigint, p_last bigint, p_since timestamptz)
RETURNS TABLE (borrower_id bigint, at timestamptz, channel text, outcome text, purpose text, account_id bigint,
    point_id bigint, relation text) LANGUAGE sql STABLE AS $$
    SELECT d.borrower_id, d.at, d.channel, coalesce(o.outcome, 'pending'), d.purpose, d.account_id, d.point_id, d.relation
    FROM borrowers_contact_decision d LEFT JOIN LATERAL (SELECT outcome FROM borrowers_contact_outcome
        WHERE decision_id = d.id ORDER BY id DESC LIMIT 1) o ON true
    WHERE d.borrower_id BETWEEN p_first AND p_last AND d.at >= p_since AND d.allowed
      AND o.outcome IS DISTINCT FROM 'not_made'
$$;

CREATE OR REPLACE FUNCTION outreach_inbound(p_first bigint, p_last bigint, p_since timestamptz)
RETURNS TABLE (borrower_id bigint, at timestamptz, channel text, outcome text, account_id bigint)
LANGUAGE sql STABLE AS $$
    SELECT i.borrower_id, i.at, i.channel, i.outcome, i.account_id FROM borrowers_inbound_contact i
    WHERE i.borrower_id BETWEEN p_first AND p_last AND i.at >= p_since
$$;

-- Accounts on which an arrangement stands, as the sealed days see it: agreed or cured.
CREATE OR REPLACE FUNCTION outreach_arranged(p_first bigint, p_last bigint, p_at timestamptz)
RETURNS TABLE (borrower_id bigint, account_id bigint) LANGUAGE sql STABLE AS $$
    SELECT c.borrower_id, a.account_id FROM servicing_account c JOIN servicing_arrangement a ON a.account_id = c.id
    JOIN LATERAL (SELECT s.state FROM servicing_arrangement_state s
        WHERE s.arrangement_id = a.id AND s.takes_back IS NULL AND s."on" <= p_at::date
          AND NOT EXISTS (SELECT FROM servicing_arrangement_state t
                          WHERE t.arrangement_id = a.id AND t.takes_back = s.id)
        ORDER BY s.id DESC LIMIT 1) now ON now.state IN ('agreed', 'cured')
    WHERE c.borrower_id BETWEEN p_first AND p_last
      AND NOT EXISTS (SELECT FROM servicing_act u WHERE u.account_id = c.id AND u.undoes = a.id)
$$;

-- Accounts with a disputed purchase that is not decided.
CREATE OR REPLACE FUNCTION outreach_disputed(p_first bigint, p_last bigint)
RETURNS TABLE (borrower_id bigint, account_id bigint) LANGUAGE sql STABLE AS $$
    SELECT DISTINCT c.borrower_id, t.account_id FROM servicing_account c
    JOIN servicing_act t ON t.account_id = c.id AND t.kind = 'dispute'
    WHERE c.borrower_id BETWEEN p_first AND p_last
      AND NOT EXISTS (SELECT FROM servicing_act u WHERE u.account_id = c.id AND u.undoes = t.id)
      AND NOT EXISTS (SELECT FROM servicing_act r
          WHERE r.account_id = c.id AND r.kind IN ('dispute_upheld', 'dispute_rejected')
            AND (r.body ->> 'act')::bigint = t.id
            AND NOT EXISTS (SELECT FROM servicing_act u WHERE u.account_id = c.id AND u.undoes = r.id))
$$;

-- Of accounts about which no validation notice was sent, when collection first reached the borrower; what was not told
-- yet counts as having reached.
CREATE OR REPLACE FUNCTION outreach_unnoticed(p_first bigint, p_last bigint)
RETURNS TABLE (borrower_id bigint, account_id bigint, at timestamptz) LANGUAGE sql STABLE AS $$
    SELECT d.borrower_id, d.account_id, min(d.at) FROM borrowers_contact_decision d
    LEFT JOIN LATERAL (SELECT outcome FROM borrowers_contact_outcome
        WHERE decision_id = d.id ORDER BY id DESC LIMIT 1) o ON true
    WHERE d.borrower_id BETWEEN p_first AND p_last AND d.allowed AND d.purpose = 'collection'
      AND coalesce(o.outcome, 'pending') IN ('connected', 'sent', 'pending')
      AND NOT EXISTS (SELECT FROM borrowers_notice n WHERE n.borrower_id = d.borrower_id AND n.kind = 'validation'
          AND (n.account_id IS NULL OR n.account_id = d.account_id))
    GROUP BY d.borrower_id, d.account_id
$$;

-- Accounts of which a due has not been met for so long that the time to sue may be over somewhere (three years, the
-- shortest that is kept): the oldest such due's day (open dues lie oldest first), and the days of the payments after it that stand. What a person owned
-- in other ways is not looked at here: it could only make the time longer.
CREATE OR REPLACE FUNCTION outreach_running(p_first bigint, p_last bigint, p_at timestamptz)
RETURNS TABLE (borrower_id bigint, account_id bigint, missed_on date, paid_on text) LANGUAGE sql STABLE AS $$
    SELECT c.borrower_id, c.id, date '1970-01-01' + b.dues[1]::int, (SELECT string_agg(DISTINCT e.effective_day::text, ',')
        FROM ledger_entry e WHERE e.account_id = c.id AND e.kind = 4 AND e.reverses IS NULL
          AND e.effective_day > date '1970-01-01' + b.dues[1]::int
          AND NOT EXISTS (SELECT FROM ledger_entry r WHERE r.account_id = c.id AND r.reverses = e.id))
    FROM servicing_account c JOIN ledger_balance b ON b.account_id = c.id
    WHERE c.borrower_id BETWEEN p_first AND p_last
      AND b.dues[1] < (p_at - interval '3 years')::date - date '1970-01-01'
$$;

-- What the gate is told of one person, under the lock of the person's group: two who ask at once come one after the
-- other, so that no cap is passed. A volatile function: its query sees what was committed while it waited.
-- p_since: attempts from then on; p_at: what stands at that instant.
-- Planned once in a session, not on each call: of one person everything is found by its index, whatever is guessed.
CREATE OR REPLACE FUNCTION outreach_contact_facts(p_borrower bigint, p_channel text, p_purpose text, p_at timestamptz,
    p_since timestamptz) RETURNS json
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off AS $$
DECLARE
    is_old boolean;
    is_arranged boolean;
    is_disputed boolean;
    v_unnoticed json;
    v_running json;
    v_arranged json;
    v_disputed json;
BEGIN
    PERFORM pg_advisory_xact_lock(6, (p_borrower >> 10)::int);
    -- What few have is asked only of those who may have it.
    SELECT bool_or(b.dues[1] < (p_at - interval '3 years')::date - date '1970-01-01'),
        bool_or(EXISTS (SELECT FROM servicing_arrangement a WHERE a.account_id = c.id)),
        bool_or(EXISTS (SELECT FROM servicing_act t WHERE t.account_id = c.id AND t.kind = 'dispute'))
    INTO is_old, is_arranged, is_disputed
    FROM servicing_account c LEFT JOIN ledger_balance b ON b.account_id = c.id WHERE c.borrower_id = p_borrower;
    IF is_old THEN
        v_running := (SELECT json_agg(json_build_array(account_id, missed_on, paid_on))
            FROM outreach_running(p_borrower, p_borrower, p_at));
    END IF;
    IF is_arranged THEN
        v_arranged := (SELECT json_agg(account_id) FROM outreach_arranged(p_borrower, p_borrower, p_at));
    END IF;
    IF is_disputed THEN
        v_disputed := (SELECT json_agg(account_id) FROM outreach_disputed(p_borrower, p_borrower));
    END IF;
    IF EXISTS (SELECT FROM borrowers_contact_decision d WHERE d.borrower_id = p_borrower AND d.purpose = 'collection')
    THEN
        v_unnoticed := (SELECT json_agg(json_build_array(account_id, at))
            FROM outreach_unnoticed(p_borrower, p_borrower));
    END IF;
    RETURN (SELECT json_build_object(
        'residence', (SELECT json_build_array(r.place, r.zone) FROM borrowers_residence r
            WHERE r.borrower_id = p_borrower ORDER BY r.id DESC LIMIT 1),
        'points', (SELECT json_agg(json_build_array(p.id, p.kind, p.at_work,
                (SELECT s.state FROM borrowers_point_state s WHERE s.borrower_id = p_borrower AND s.point_id = p.id
                 ORDER BY s.id DESC LIMIT 1)) ORDER BY p.id)
            FROM borrowers_contact_point p WHERE p.borrower_id = p_borrower),
        'consents', (SELECT json_agg(json_build_array(kind, channel, purpose, given, at, until, opens, shuts, id))
            FROM outreach_consents(p_borrower, p_borrower, p_channel, p_purpose)),
        'blocks', (SELECT json_agg(json_build_array(kind, since, until, account_id, channel, purpose, opens, shuts,
            weekdays)) FROM outreach_blocks(p_borrower, p_borrower, p_at)),
        'attempts', (SELECT json_agg(json_build_array(at, channel, outcome, purpose, account_id, point_id, relation)
            ORDER BY at) FROM outreach_attempts(p_borrower, p_borrower, p_since)),
        'inbound', (SELECT json_agg(json_build_array(at, channel, outcome, account_id) ORDER BY at)
            FROM outreach_inbound(p_borrower, p_borrower, p_since)),
        'unnoticed', v_unnoticed,
        'running', v_running,
        'arranged', v_arranged,
        'disputed', v_disputed));
END $$;
