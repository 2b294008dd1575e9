day = lambda y, m, d: datetime(y, m, d).date()
session.add_all([
    Artist(id=1, name="Orchid", country="Norway"),
    Artist(id=2, name="Pylon", country="France"),
    Artist(id=3, name="Quill", country="France"),
])
session.flush()
session.add_all([
    Album(id=1, title="Dawn", year=1998, genre="rock", artist_id=1),
    Album(id=2, title="Dusk", year=2005, genre="jazz", artist_id=1),
    Album(id=3, title="Noon", year=2015, genre="rock", artist_id=2),
])
session.flush()
t = [
    Track(id=1, title="One", seconds=200, plays=10, rating=4.0, album_id=1),
    Track(id=2, title="Two", seconds=300, plays=30, rating=None, album_id=1),
    Track(id=3, title="Three", seconds=100, plays=0, rating=2.0, album_id=2),
    Track(id=4, title="Four", seconds=400, plays=25, rating=5.0, album_id=3),
]
session.add_all(t)
session.add_all([
    Playlist(id=1, name="Morning", created_on=day(2024, 1, 5), tracks=[t[0], t[3]]),
    Playlist(id=2, name="Empty", created_on=day(2023, 7, 1)),
    Playlist(id=3, name="All", created_on=day(2024, 6, 1), tracks=list(t)),
])
