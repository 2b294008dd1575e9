ago = lambda **k: now - timedelta(**k)
day = lambda y, m, d: datetime(y, m, d).date()
session.add_all([
    Station(id=1, name="Airport", city="Lyon"), Station(id=2, name="Old Town", city="Nice"), Station(id=3, name="Port", city="Nice"),
])
session.flush()
session.add_all([
    Car(id=1, plate="AA-1", brand="Renault", model="Clio", seats=5, daily_rate=35, mileage=42000, station_id=1),
    Car(id=2, plate="AA-2", brand="Renault", model="Zoe", seats=4, daily_rate=50, mileage=12000, electric=True, station_id=1),
    Car(id=3, plate="BB-1", brand="Tesla", model="3", seats=5, daily_rate=95, mileage=30000, electric=True, station_id=2),
    Car(id=4, plate="CC-9", brand="Ford", model="Transit", seats=9, daily_rate=80, mileage=150000, retired_on=day(2024, 3, 1)),
    Driver(id=1, first_name="Ada", last_name="Moreau", email="ada@drive.test", birth_date=day(1980, 5, 5), country="France"),
    Driver(id=2, first_name="Ben", last_name="Kurz", email="ben@drive.test", birth_date=day(1999, 1, 9), country="Austria"),
    Driver(id=3, first_name="Cleo", last_name="Rossi", email="cleo@mail.test", birth_date=day(2001, 7, 30), country="Italy"),
])
session.flush()
R, P = Rental, Payment
session.add_all([
    R(id=1, car_id=1, driver_id=1, starts_at=ago(days=60), ends_at=ago(days=57), status="closed"),
    R(id=2, car_id=2, driver_id=1, starts_at=ago(days=20), ends_at=ago(days=18), status="closed"),
    R(id=3, car_id=1, driver_id=2, starts_at=ago(days=2), status="active"),
    R(id=4, car_id=3, driver_id=2, starts_at=ago(days=400), ends_at=ago(days=390), status="cancelled"),
])
session.flush()
session.add_all([
    P(id=1, rental_id=1, amount=105, method="card", paid_at=ago(days=57)),
    P(id=2, rental_id=2, amount=60, method="card", paid_at=ago(days=19)),
    P(id=3, rental_id=2, amount=40, method="cash", paid_at=ago(days=18)),
    P(id=4, rental_id=4, amount=20, method="cash", paid_at=ago(days=395)),
])
