"""One repository for every kind of row."""


class Repository(object):
    model = None

    def __init__(self, session):
        self.session = session

    def query(self):
        return self.session.query(self.model)

    def get(self, ident):
        return self.query().get(ident)

    def all(self):
        return self.query().order_by(self.model.id).all()

    def find(self, **values):
        return self.query().filter_by(**values).first()

    def page(self, number, size=20):
        query = self.query().order_by(self.model.id)
        return query.limit(size).offset((number - 1) * size).all()

    def count(self):
        return self.query().count()

    def add(self, row):
        self.session.add(row)
        self.session.flush()
        return row
