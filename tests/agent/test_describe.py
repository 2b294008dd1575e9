"""Models from English: what each description becomes, and that it runs."""

import re
import subprocess

import pytest

# (description, what the field list must be)
PROMPTS = [
    (
        "User model with id, email unique, created_at and a one-to-many to posts; a post has title, body, "
        "tags (many to many)",
        "User email:str(320):unique created_at:datetime:now posts:<-Post "
        "Post title:str(200) body:text tags:<->Tag Tag name:str(100):unique",
    ),
    (
        "Each order belongs to a customer. A customer has a name and an optional phone. "
        "Orders have a total and a status (new, paid or shipped).",
        "Order customer:->Customer total:decimal(12,2) status:enum(new,paid,shipped) "
        "Customer name:str phone:str(32):null",
    ),
    (
        "Create two tables: authors (name up to 100 characters, birth date optional) and books (title, "
        "price decimal(8,2), published flag default false). Each book belongs to one author.",
        "Author name:str(100) birth_date:date:null "
        "Book title:str(200) price:decimal(8,2) published:bool=false author:->Author",
    ),
    (
        "Manager and Engineer inherit from Employee; an employee has a name and a salary.",
        "Manager(Employee) Engineer(Employee) Employee name:str salary:decimal(12,2)",
    ),
    (
        "Product: name (max 80 chars), sku unique, price must be positive, stock default 0",
        "Product name:str(80) sku:str(64):unique price:decimal(12,2):positive stock:int=0:min(0)",
    ),
    (
        "Model tickets. A ticket has a subject, a priority between 1 and 5, a status which can be open, "
        "in progress or closed, default open",
        "Ticket subject:str priority:int:min(1):max(5) status:enum(open,in progress,closed)=open",
    ),
    (
        "The combination of user and slug must be unique. A page has a slug, a title and belongs to a user.",
        "Page slug:str(255) title:str(200) user:->User @unique(user,slug) "
        "User email:str(320):unique name:str(255)",
    ),
    (
        "Please write a Customer class with first_name, last_name, email (unique, indexed), "
        "date_of_birth nullable, is_vip boolean default false and timestamps",
        "Customer first_name:str last_name:str email:str(320):unique:index date_of_birth:date:null "
        "is_vip:bool=false +timestamps",
    ),
    (
        "a file has a name, a size in bytes and belongs to a folder; folders are nested",
        "File name:str size:bigint:min(0) folder:->Folder Folder parent:->self:null name:str(255)",
    ),
    (
        "Deleting a customer deletes its orders. A customer has many orders; each order has a number unique.",
        "Customer orders:<-Order:cascade name:str(255) email:str(320):unique Order number:str:unique",
    ),
    (
        "Invoice model: number, issued_on date, amount Numeric(10, 2), currency 3 letters, "
        "notes nullable text, customer_id foreign key to customers",
        "Invoice number:str issued_on:date amount:decimal(10,2) currency:str(3) notes:text:null "
        "customer:->Customer Customer name:str(255) email:str(320):unique",
    ),
    (
        "create an association object between Student and Course with a grade",
        "Student name:str(255) email:str(320):unique Course title:str(200) description:text:null "
        "StudentCourse student:->Student:cascade:pk course:->Course:cascade:pk grade:decimal(4,2):null",
    ),
    (
        "A student can enroll in many courses and a course can have many students.",
        "Course students:<->Student:back(courses) title:str(200) description:text:null "
        "Student name:str(255) email:str(320):unique",
    ),
    (
        "single table inheritance for vehicles: Car and Truck",
        "Car(Vehicle:single) Truck(Vehicle:single) Vehicle name:str(255)",
    ),
    (
        "create a Booking model with room, from and to dates and a check constraint that to is after from",
        'Booking room:->Room from_date:date to_date:date @check("to_date > from_date") Room name:str(255)',
    ),
    (
        "Users can like many posts and posts can be liked by many users",
        "Post users:<->User:back(posts) title:str(200) body:text created_at:datetime:now "
        "User email:str(320):unique name:str(255)",
    ),
    (
        "Write a model Subscription: user, plan, starts_at, ends_at optional, is_active default true, "
        "unique per user and plan",
        "Subscription user:->User plan:->Plan starts_at:datetime ends_at:datetime:null is_active:bool=true "
        "@unique(user,plan) User email:str(320):unique name:str(255) Plan name:str(100) price:decimal(12,2)",
    ),
    (
        "define a Wallet model with balance numeric(18,8) not null default 0 and currency char(3)",
        "Wallet balance:decimal(18,8)=0 currency:str(3)",
    ),
    ("how would you model followers of users?", "User following:<->self:back(followers) "
     "email:str(320):unique name:str(255)"),
    (
        "Models. Deleting a post must delete its comments. Deleting a forum must delete its topics. "
        "A post has a title, a comment has a text, a forum has a city, a topic has a title.",
        "Post title:str(200) Comment text:text post:->Post:cascade Forum city:str(100) "
        "Topic title:str(200) forum:->Forum:cascade",
    ),
    ("We run a small bakery. A cake has a weight.", "Cake weight:float"),
    ("give me a model with UUID primary key and soft delete", "Item +uuid +soft_delete name:str(255)"),
]


def words_of(text):
    """The words of a printed field list, without the shell's quotes."""
    return [a or b for a, b in re.findall(r"'([^']*)'|(\S+)", text)]


@pytest.fixture(scope="module")
def described(aludel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("described")
    for i, (text, _) in enumerate(PROMPTS):
        done = aludel.run("scaffold", "model", "--stdout", "--describe", text)
        assert done.code == 0, (text, done)
        (folder / f"m{i}.py").write_text(done.out)
    return folder


@pytest.mark.parametrize("text, expected", PROMPTS, ids=range(len(PROMPTS)))
def test_descriptions_become_field_lists(aludel, tmp_path, text, expected):
    done = aludel.run("scaffold", "model", "--describe", text, cwd=tmp_path)
    assert done.code == 0, done
    found = re.search(r"aludel scaffold model (.*)", done.out).group(1)
    assert " ".join(words_of(found)) == expected
    assert "not understood" not in done.out


@pytest.mark.parametrize(
    "text, fields",
    [
        (
            "I'm building a blog app with authors who have a pen name and articles that have a headline. "
            "Articles belong to authors.",
            ["pen_name", "headline"],
        ),
        ("We run several gyms with a city and a motto. A member has an email and belongs to a gym.", ["city", "motto"]),
    ],
)
def test_what_is_said_beside_the_purpose_is_read(aludel, tmp_path, text, fields):
    done = aludel.run("scaffold", "model", "--describe", text, cwd=tmp_path)
    assert done.code == 0 and all(f" {name}:" in done.out for name in fields), done


def test_described_models_configure(described, sa20):
    code = (
        "import sys, importlib, sqlalchemy as sa\n"
        "from sqlalchemy.orm import configure_mappers\n"
        "for name in sys.argv[1:]:\n"
        "    m = importlib.import_module(name)\n"
        "    m.Base.registry.configure()\n"
        "    m.Base.metadata.create_all(sa.create_engine('sqlite://'))\n"
    )
    names = [p.stem for p in sorted(described.glob("*.py"))]
    done = subprocess.run([sa20, "-W", "error", "-c", code, *names], cwd=described, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_is_not_understood_is_said(aludel, tmp_path):
    done = aludel.run("scaffold", "model", "--describe", "a Lamp model with wattage. Frobnicate zorbulators quickly", cwd=tmp_path)
    assert done.code == 0 and "not understood and left out: frobnicate" in done.out, done
    done = aludel.run("scaffold", "model", "--describe", "what a nice day", cwd=tmp_path)
    assert done.code == 2 and "no model was found" in done.err


HOSTILE = ["(" * 5000, "a " * 30000, "User has many " * 3000, "\xff" * 100, "User(a(b(c(d", "a b model, " * 3000]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_descriptions_end(aludel, tmp_path, text):
    done = aludel.run("scaffold", "model", "--stdout", "--describe", text, timeout=20)
    assert done.code in (0, 2)
