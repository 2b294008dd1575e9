"""The field grammar against odd and hostile input: an error that names the field, exit 2, no code."""

import pytest

FIELDS = [
    ('metadata:str', 'metadata'),
    ('registry:int', 'registry'),
    ('query:str', 'query'),
    ('class:str', 'class'),
    ('def:int', 'def'),
    ('None:int', 'None'),
    ('1st:str', '1st'),
    ('a b:str', 'a b'),
    ('na-me:str', 'na-me'),
    ('x.y:int', 'x.y'),
    (':str', ''),
    ('name', 'name'),
    ('name:', 'name'),
    ('name:strr', 'strr'),
    ('name:str(', 'name'),
    ('name:str(abc)', 'name'),
    ('name:str(0)', 'name'),
    ('name:str(-5)', 'name'),
    ('name:str(99999999999999999999)', 'name'),
    ('total:decimal(2,5)', 'total'),
    ('total:decimal(0,0)', 'total'),
    ('total:decimal(10,2', 'total'),
    ('total:decimal(x,2)', 'total'),
    ('total:decimal(10,2)=abc', 'total'),
    ('n:int=1.5', 'n'),
    ('n:int=', 'n'),
    ('b:bool=maybe', 'b'),
    ('d:date=2024-13-01', 'd'),
    ('d:date=2024-02-30', 'd'),
    ('t:time=25:00', 't'),
    ('u:uuid=nope', 'u'),
    ('s:str(3)=abcd', 's'),
    ('e:enum()', 'e'),
    ('e:enum(a,a)', 'e'),
    ('e:enum(a,b)=c', 'e'),
    ('e:enum(,)', 'e'),
    ('e:enum', 'e'),
    ('n:int:uniq', 'uniq'),
    ('n:int:nul', 'nul'),
    ('n:int:unique:unique:bogus', 'bogus'),
    ('n:int:min()', 'n'),
    ('n:int:min(a)', 'n'),
    ('n:int:min(5):max(1)', 'n'),
    ('s:str:positive', 's'),
    ('n:smallint=70000', 'n'),
    ('a:->', 'a'),
    ('a:->user', 'a'),
    ('a:->1User', 'a'),
    ('a:<->', 'a'),
    ('a:->User:cascade:setnull', 'a'),
    ('x:array', 'x'),
    ('x:array(array(int))', 'x'),
    ('x:array(nope)', 'x'),
    ('__tablename__:str', '__tablename__'),
    ('__x:int', '__x'),
    ('self:int', 'self'),
    ('n:int:pk:null', 'n'),
    ('j:json={bad', 'j'),
    ('n:int:computed()', 'n'),
    ('n:int:column()', 'n'),
    ('a:->User:back(class)', 'a'),
    ('a:->User:lazy(foo)', 'a'),
    ('n:str:now', 'n'),
    ('ü:str', None),
    ('name:str;drop', 'name'),
    ('name:str\nx:int', 'name'),
    ('type:str:comment(', 'type'),
    ('n:int=1=2', 'n'),
    ('at:datetime=yesterday', 'at'),
    ('n:int:index:noindex', 'n'),
    ('l:interval=5', 'l'),
    ('f:float=nan', 'f'),
    ('b:bytes=xx', 'b'),
    ('b:bytes(-1)', 'b'),
    ('n:int:identity:computed("1")', 'n'),
    ('n:int:min(1)=0', 'n'),
    ('n:int:positive=0', 'n'),
    ('n:int:max(3)=4', 'n'),
    ('n:int=2147483648', 'n'),
    ('n:bigint=9223372036854775808', 'n'),
    ('d:decimal(4,2)=123', 'd'),
    ('tags:<->Tag:through(Tag)', 'tags'),
]
LISTS = [
    (['X', 'a:int', 'a:str'], 'a'),
    (['X', 'a:int', 'X', 'b:int'], 'X'),
    (['class', 'a:int'], 'class'),
    (['x', 'a:int'], 'x'),
    (['X', 'a:->Y', 'a_id:int'], 'a'),
    (['Base', 'a:int'], 'Base'),
    (['X(X)', 'a:int'], 'X'),
    (['X', '@unique(zz)', 'a:int'], 'zz'),
    (['X', '@bogus(a)', 'a:int'], 'bogus'),
    (['X', '@index()', 'a:int'], 'index'),
    (['X', '+bogus', 'a:int'], 'bogus'),
    (['X', '@check()', 'a:int'], 'check'),
    (['X=', 'a:int'], 'X'),
    (['A', 'b:->B', 'B', 'a:->A:back(b)'], None),
    (['X()', 'a:int'], 'X'),
    ([''], None),
    (['X', ''], None),
    (['X', 'a:int', '--bogus'], 'bogus'),
]
KEPT = [
    ("n:int:min(1):max(1)=1", "n: Mapped[int]"),
    ("n:smallint=-32768", "n: Mapped[int]"),
    ("d:decimal(4,2)=99.99", 'Decimal("99.99")'),
    ("n:int:column(a b)", '"a b"'),
    ("author:->User:setnull", "author_id: Mapped[int | None]"),
    ("dt:date", "dt: Mapped[date]"),
]


def run(aludel, folder, *words):
    return aludel.run("scaffold", "model", "--stdout", *words, cwd=folder)


@pytest.mark.parametrize("field,named", FIELDS)
def test_a_wrong_field_is_named(aludel, tmp_path, field, named):
    done = run(aludel, tmp_path, "Thing", "ok:int", field)
    assert done.code == 2 and not done.out, done
    assert done.err.startswith("aludel: error: ") and (named is None or named in done.err), done


@pytest.mark.parametrize("words,named", LISTS)
def test_a_wrong_list_is_refused(aludel, tmp_path, words, named):
    done = run(aludel, tmp_path, *words)
    assert done.code == 2 and not done.out and (named is None or named in done.err), done


@pytest.mark.parametrize("field,text", KEPT)
def test_what_is_odd_but_right_is_written(aludel, tmp_path, field, text):
    done = run(aludel, tmp_path, "Thing", field)
    assert done.code == 0 and text in done.out, done


def test_a_name_of_datetime_and_its_alias_are_both_taken(aludel, tmp_path):
    done = run(aludel, tmp_path, "Thing", "date:date", "dt:datetime")
    assert "import datetime as datetime_\n" in done.out and "date: Mapped[datetime_.date]" in done.out, done
    done = aludel.run("scaffold", "repository", "--stdout", "Thing", "time:int", "+soft_delete", cwd=tmp_path)
    assert "import datetime as dt\n" in done.out and "dt.datetime.now(dt.timezone.utc)" in done.out, done


def test_a_key_that_a_longer_index_begins_with_has_none_of_its_own(aludel, tmp_path):
    done = run(aludel, tmp_path, "Post", "author:->User", "at:date", "tag:->Tag", "@index(author_id,at)", "User", "Tag")
    assert "author_id: Mapped[int] = mapped_column(ForeignKey(\"users.id\"))\n" in done.out, done
    assert "tag_id: Mapped[int] = mapped_column(ForeignKey(\"tags.id\"), index=True)\n" in done.out, done
    (tmp_path / "models.py").write_text(done.out)
    assert aludel.run("check", ".", cwd=tmp_path).code == 0
