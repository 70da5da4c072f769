-- What the contact gate is told of one person, under the lock of the person's group: two who ask at once come one after
-- the other, so that no cap is passed. A volatile function: its query sees what was committed while it waited.
-- p_since: attempts from then on; p_at: what stands at that instant.
CREATE FUNCTION outreach_contact_facts(p_borrower bigint, p_at timestamptz, p_since timestamptz) RETURNS json
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(6, (p_borrower >> 10)::int);
    RETURN (SELECT json_build_object(
        'residence', (SELECT json_build_array(r.place, r.zone) FROM borrowers_residence r
            WHERE r.borrower_id = p_borrower ORDER BY r.id DESC LIMIT 1),
        'points', (SELECT json_agg(json_build_array(p.id, p.kind, p.at_work,
                (SELECT s.state FROM borrowers_point_state s WHERE s.borrower_id = p_borrower AND s.point_id = p.id
                 ORDER BY s.id DESC LIMIT 1)) ORDER BY p.id)
            FROM borrowers_contact_point p WHERE p.borrower_id = p_borrower),
        'consents', (SELECT json_agg(json_build_array(c.kind, c.channel, c.purpose, c.given, c.at, c.until) ORDER BY c.id)
            FROM (SELECT DISTINCT ON (kind, channel, purpose) * FROM borrowers_consent
                  WHERE borrower_id = p_borrower ORDER BY kind, channel, purpose, id DESC) c),
        'blocks', (SELECT json_agg(json_build_array(b.kind, b.since, coalesce(e.at, b.until), b.account_id, b.channel,
                b.purpose, b.opens, b.shuts, b.weekdays) ORDER BY b.id)
            FROM borrowers_block b LEFT JOIN borrowers_block_end e ON e.block_id = b.id
            WHERE b.borrower_id = p_borrower AND coalesce(e.at, b.until, 'infinity') > p_at),
        'notices', (SELECT json_object_agg(n.kind, n.sent_at) FROM (SELECT kind, min(sent_at) AS sent_at
            FROM borrowers_notice WHERE borrower_id = p_borrower GROUP BY kind) n),
        'attempts', (SELECT json_agg(json_build_array(d.at, d.channel, coalesce(o.outcome, 'pending'), d.purpose,
                d.account_id, d.point_id, d.relation) ORDER BY d.at)
            FROM borrowers_contact_decision d LEFT JOIN LATERAL (SELECT outcome FROM borrowers_contact_outcome
                WHERE decision_id = d.id ORDER BY id DESC LIMIT 1) o ON true
            WHERE d.borrower_id = p_borrower AND d.allowed AND d.at >= p_since AND o.outcome IS DISTINCT FROM 'not_made'),
        'inbound', (SELECT json_agg(json_build_array(i.at, i.channel, i.outcome, i.account_id) ORDER BY i.at)
            FROM borrowers_inbound_contact i WHERE i.borrower_id = p_borrower AND i.at >= p_since),
        'first', (SELECT min(d.at) FROM borrowers_contact_decision d JOIN borrowers_contact_outcome o
                ON o.decision_id = d.id AND o.outcome IN ('connected', 'sent')
            WHERE d.borrower_id = p_borrower AND d.allowed AND d.purpose = 'collection'),
        'arranged', (SELECT json_agg(a.account_id ORDER BY a.id) FROM servicing_account c
            JOIN servicing_arrangement a ON a.account_id = c.id
            JOIN LATERAL (SELECT s.state FROM servicing_arrangement_state s
                WHERE s.arrangement_id = a.id AND s.takes_back IS NULL AND s."on" <= p_at::date
                  AND NOT EXISTS (SELECT FROM servicing_arrangement_state t
                                  WHERE t.arrangement_id = a.id AND t.takes_back = s.id)
                ORDER BY s.id DESC LIMIT 1) now ON now.state IN ('agreed', 'cured')
            WHERE c.borrower_id = p_borrower
              AND NOT EXISTS (SELECT FROM servicing_act u WHERE u.account_id = c.id AND u.undoes = a.id)),
        'disputed', (SELECT json_agg(DISTINCT t.account_id) FROM servicing_account c
            JOIN servicing_act t ON t.account_id = c.id AND t.kind = 'dispute'
            WHERE c.borrower_id = p_borrower
              AND NOT EXISTS (SELECT FROM servicing_act u WHERE u.account_id = c.id AND u.undoes = t.id)
              AND NOT EXISTS (SELECT FROM servicing_act r WHERE r.account_id = c.id
                  AND r.kind IN ('dispute_upheld', 'dispute_rejected') AND (r.body ->> 'act')::bigint = t.id
                  AND NOT EXISTS (SELECT FROM servicing_act u WHERE u.account_id = c.id AND u.undoes = r.id)))));
END $$;
