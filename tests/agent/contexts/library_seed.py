ago = lambda **k: now - timedelta(**k)
day = lambda y, m, d: datetime(y, m, d).date()
session.add_all([
    Author(id=1, name="Ursula Berg", country="Norway", born=1950),
    Author(id=2, name="Tom Ash", country="Ireland", born=1971),
    Author(id=3, name="Ida Falk", country="Norway", born=1988),
    Author(id=4, name="Nils Orr", born=1960),
    Branch(id=1, name="Central", city="Oslo"),
    Branch(id=2, name="Harbour", city="Bergen"),
    Branch(id=3, name="Hill", city="Oslo"),
])
session.flush()
a = {x.id: x for x in session.query(Author)}
session.add_all([
    Book(id=1, title="Deep Water", isbn="1000000000001", genre="crime", pages=320, published_year=2001, authors=[a[1]]),
    Book(id=2, title="Cold Harbour", isbn="1000000000002", genre="crime", pages=210, published_year=2015, authors=[a[1], a[2]]),
    Book(id=3, title="Stars at Noon", isbn="1000000000003", genre="fantasy", pages=540, published_year=2019, authors=[a[2]]),
    Book(id=4, title="Quiet Roads", isbn="1000000000004", genre="travel", pages=180, published_year=1998, authors=[a[3]]),
    Book(id=5, title="The Water Index", isbn="1000000000005", genre="fantasy", pages=410, published_year=2022),
    Member(id=1, name="Ann", email="ann@read.test", city="Oslo", joined_at=ago(days=700)),
    Member(id=2, name="Bo", email="bo@read.test", city="Bergen", joined_at=ago(days=40), blocked=True),
    Member(id=3, name="Cora", email="cora@mail.test", city="Oslo", joined_at=ago(days=5)),
    Member(id=4, name="Dag", email="dag@mail.test", city="Voss", joined_at=ago(days=200)),
])
session.flush()
C, L = Copy, Loan
session.add_all([
    C(id=1, book_id=1, branch_id=1, condition="good", acquired_on=day(2010, 1, 1)),
    C(id=2, book_id=1, branch_id=2, condition="worn", acquired_on=day(2012, 5, 1)),
    C(id=3, book_id=2, branch_id=1, condition="good", acquired_on=day(2016, 2, 2)),
    C(id=4, book_id=3, branch_id=2, condition="new", acquired_on=day(2020, 3, 3)),
    C(id=5, book_id=4, branch_id=1, condition="worn", acquired_on=day(2000, 4, 4)),
])
session.flush()
session.add_all([
    L(id=1, copy_id=1, member_id=1, loaned_at=ago(days=100), due_on=ago(days=70).date(), returned_at=ago(days=75), fine=0),
    L(id=2, copy_id=2, member_id=1, loaned_at=ago(days=50), due_on=ago(days=20).date(), fine=30),
    L(id=3, copy_id=3, member_id=2, loaned_at=ago(days=10), due_on=(now + timedelta(days=20)).date(), fine=0),
    L(id=4, copy_id=4, member_id=1, loaned_at=ago(days=3), due_on=(now + timedelta(days=27)).date(), fine=0),
    L(id=5, copy_id=1, member_id=3, loaned_at=ago(days=2), due_on=(now + timedelta(days=28)).date(), returned_at=ago(days=1), fine=5),
])
