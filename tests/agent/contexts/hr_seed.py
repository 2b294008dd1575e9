python, welding, sql = Skill(id=1, label="python"), Skill(id=2, label="welding"), Skill(id=3, label="sql")
D, E = Department, Employee
session.add_all([
    D(id=1, name="Engineering", city="Berlin", budget=500000),
    D(id=2, name="Sales", city="Paris", budget=200000),
    D(id=3, name="Legal", city="Berlin", budget=90000),
    welding,
])
session.flush()
day = lambda y, m, d: datetime(y, m, d).date()
session.add_all([
    E(id=1, name="Ada", email="ada@corp.test", salary=9000, hired_on=day(2012, 3, 1), title="CTO", department_id=1, skills=[python, sql]),
    E(id=2, name="Bob", email="bob@corp.test", salary=5000, hired_on=day(2019, 6, 1), title="Developer", department_id=1, manager_id=1, skills=[python]),
    E(id=3, name="Cleo", email="cleo@mail.test", salary=6000, hired_on=day(2021, 1, 15), department_id=1, manager_id=1, skills=[sql]),
    E(id=4, name="Dan", email="dan@corp.test", salary=4000, hired_on=day(2023, 9, 1), title="Seller", department_id=2),
    E(id=5, name="Eve", email="eve@mail.test", salary=3000, hired_on=day(2024, 2, 1), title="Seller", department_id=2, manager_id=4),
    E(id=6, name="Finn", email="finn@corp.test", salary=2500, hired_on=day(2024, 5, 1), manager_id=3),
])
