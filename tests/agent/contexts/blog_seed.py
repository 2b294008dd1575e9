ago = lambda days: now - timedelta(days=days)
session.add_all([
    User(id=1, username="ann", email="ann@x.test", is_active=True, joined_at=ago(800)),
    User(id=2, username="ben", email="ben@x.test", is_active=False, joined_at=ago(300)),
    User(id=3, username="cat", email="cat@y.test", is_active=True, joined_at=ago(5)),
])
session.flush()
session.add_all([
    Post(id=1, title="Python tips", body="short", published=True, views=100, created_at=ago(400), author_id=1),
    Post(id=2, title="SQL joins", body=None, published=True, views=50, created_at=ago(20), author_id=1),
    Post(id=3, title="Draft on python", body="x", published=False, views=0, created_at=ago(3), author_id=2),
    Post(id=4, title="Gardening", body="long", published=True, views=50, created_at=ago(1), author_id=2),
])
session.flush()
session.add_all([
    Comment(id=1, text="nice", created_at=ago(399), post_id=1, user_id=2),
    Comment(id=2, text="spam offer", created_at=ago(10), post_id=1, user_id=3),
    Comment(id=3, text="hm", created_at=ago(2), post_id=2, user_id=3),
])
