day = lambda y, m, d: datetime(y, m, d).date()
ago = lambda days: now - timedelta(days=days)
session.add_all([
    Farm(id=1, name="Hilltop", region="North", hectares=120.0),
    Farm(id=2, name="Riverside", region="South", hectares=45.5),
    Farm(id=3, name="Meadow", region="North", hectares=10.0),
])
session.flush()
session.add_all([
    Animal(id=1, tag_number="A1", species="cow", weight=600, born_on=day(2018, 3, 1), sold=False, farm_id=1),
    Animal(id=2, tag_number="A2", species="sheep", weight=80, born_on=day(2021, 5, 1), sold=True, farm_id=1),
    Animal(id=3, tag_number="B1", species="cow", weight=550, born_on=day(2022, 1, 9), sold=False, farm_id=2),
    Animal(id=4, tag_number="B2", species="goat", weight=60, born_on=day(2022, 8, 2), sold=False, farm_id=2),
])
session.flush()
session.add_all([
    Visit(id=1, animal_id=1, visited_at=ago(200), reason="checkup", cost=50),
    Visit(id=2, animal_id=1, visited_at=ago(5), reason=None, cost=120),
    Visit(id=3, animal_id=3, visited_at=ago(3), reason="injury", cost=300),
])
