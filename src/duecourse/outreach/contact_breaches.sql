-- Attempts are contacts that the gate allowed, and those that were made for us although it refuses them.

CREATE OR REPLACE FUNCTION outreach_attempts(p_first bigint, p_last bigint, p_since timestamptz)
RETURNS TABLE (borrower_id bigint, at timestamptz, channel text, outcome text, purpose text, account_id bigint,
    point_id bigint, relation text) LANGUAGE sql STABLE AS $$
    SELECT d.borrower_id, d.at, d.channel, coalesce(o.outcome, 'pending'), d.purpose, d.account_id, d.point_id, d.relation
    FROM borrowers_contact_decision d LEFT JOIN LATERAL (SELECT outcome FROM borrowers_contact_outcome
        WHERE decision_id = d.id ORDER BY id DESC LIMIT 1) o ON true
    WHERE d.borrower_id BETWEEN p_first AND p_last AND d.at >= p_since AND d.allowed
      AND o.outcome IS DISTINCT FROM 'not_made'
    UNION ALL
    SELECT d.borrower_id, d.at, d.channel, coalesce(o.outcome, 'pending'), d.purpose, d.account_id, d.point_id, d.relation
    FROM borrowers_contact_breach b JOIN borrowers_contact_decision d ON d.id = b.decision_id
    LEFT JOIN LATERAL (SELECT outcome FROM borrowers_contact_outcome
        WHERE decision_id = d.id ORDER BY id DESC LIMIT 1) o ON true
    WHERE b.borrower_id BETWEEN p_first AND p_last AND b.at >= p_since AND NOT d.allowed
$$;

-- As in contact_facts.sql, of these attempts.
CREATE OR REPLACE FUNCTION outreach_unnoticed(p_first bigint, p_last bigint)
RETURNS TABLE (borrower_id bigint, account_id bigint, at timestamptz) LANGUAGE sql STABLE AS $$
    SELECT a.borrower_id, a.account_id, min(a.at) FROM outreach_attempts(p_first, p_last, '-infinity') a
    WHERE a.purpose = 'collection' AND a.outcome IN ('connected', 'sent', 'pending')
      AND NOT EXISTS (SELECT FROM borrowers_notice n WHERE n.borrower_id = a.borrower_id AND n.kind = 'validation'
          AND (n.account_id IS NULL OR n.account_id = a.account_id))
    GROUP BY a.borrower_id, a.account_id
$$;
