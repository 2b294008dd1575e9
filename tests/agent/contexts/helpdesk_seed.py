ago = lambda **k: now - timedelta(**k)
bug, billing, vip = Label(id=1, name="bug"), Label(id=2, name="billing"), Label(id=3, name="vip")
session.add_all([
    Team(id=1, name="Tier 1"), Team(id=2, name="Tier 2"), Team(id=3, name="Night"),
    Organisation(id=1, name="Acme", country="Germany"),
    Organisation(id=2, name="Acme Labs", country="France", parent_id=1),
    Organisation(id=3, name="Birch", country="France"),
    Organisation(id=4, name="Acme Labs South", country="Spain", parent_id=2),
    bug, billing, vip,
])
session.flush()
session.add_all([
    Agent(id=1, name="Rita", email="rita@desk.test", team_id=1),
    Agent(id=2, name="Sven", email="sven@desk.test", team_id=1, active=False),
    Agent(id=3, name="Tara", email="tara@desk.test", team_id=2),
    Agent(id=4, name="Uli", email="uli@temp.test"),
])
session.flush()
S, P, T, M = Status, Priority, Ticket, Message
session.add_all([
    T(id=1, subject="Login broken", status=S.open, priority=P.urgent, organisation_id=1, assignee_id=1, created_at=ago(days=20), labels=[bug, vip]),
    T(id=2, subject="Invoice wrong", status=S.solved, priority=P.normal, organisation_id=1, assignee_id=1, created_at=ago(days=15), solved_at=ago(days=12), rating=4, labels=[billing]),
    T(id=3, subject="Page slow", status=S.pending, priority=P.low, organisation_id=2, assignee_id=3, created_at=ago(days=6), labels=[bug]),
    T(id=4, subject="Cannot login", status=S.open, priority=P.normal, organisation_id=3, created_at=ago(hours=5)),
    T(id=5, subject="Refund please", status=S.solved, priority=P.urgent, organisation_id=3, assignee_id=3, created_at=ago(days=40), solved_at=ago(days=39), rating=2, labels=[billing, vip]),
])
session.flush()
session.add_all([
    M(id=1, ticket_id=1, agent_id=1, body="looking into it", sent_at=ago(days=19)),
    M(id=2, ticket_id=1, body="any news?", sent_at=ago(days=18)),
    M(id=3, ticket_id=1, agent_id=2, body="escalated", internal=True, sent_at=ago(days=17)),
    M(id=4, ticket_id=2, agent_id=1, body="fixed the invoice", sent_at=ago(days=12)),
    M(id=5, ticket_id=3, body="still slow", sent_at=ago(days=1)),
])
