import datetime as dt
from typing import List

from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


playlist_track = Table(
    "playlist_track",
    Base.metadata,
    Column("playlist_id", ForeignKey("playlist.id"), primary_key=True),
    Column("track_id", ForeignKey("track.id"), primary_key=True),
)


class Artist(Base):
    __tablename__ = "artist"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    country: Mapped[str]
    albums: Mapped[List["Album"]] = relationship(back_populates="artist")


class Album(Base):
    __tablename__ = "album"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    year: Mapped[int]
    genre: Mapped[str]
    artist_id: Mapped[int] = mapped_column(ForeignKey("artist.id"))
    artist: Mapped[Artist] = relationship(back_populates="albums")
    tracks: Mapped[List["Track"]] = relationship(back_populates="album")


class Track(Base):
    __tablename__ = "track"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    seconds: Mapped[int]
    plays: Mapped[int] = mapped_column(default=0)
    rating: Mapped[float | None]
    album_id: Mapped[int] = mapped_column(ForeignKey("album.id"))
    album: Mapped[Album] = relationship(back_populates="tracks")
    playlists: Mapped[List["Playlist"]] = relationship(secondary=playlist_track, back_populates="tracks")


class Playlist(Base):
    __tablename__ = "playlist"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_on: Mapped[dt.date]
    tracks: Mapped[List[Track]] = relationship(secondary=playlist_track, back_populates="playlists")
