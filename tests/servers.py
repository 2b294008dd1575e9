"""Private database servers for tests: PostgreSQL and MariaDB in a temporary folder, on free ports.

Started once for the test session that asks for them, and ended with it. Nothing of the
machine's own servers is touched. PostgreSQL does not run as root: there its own user runs it.
"""

import glob
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import time

import pytest


def find_program(*names):
    """The first of these programs, looked for where distributions put them."""
    for name in names:
        found = shutil.which(name)
        if found:
            return os.path.realpath(found)
        for pattern in ("/usr/lib/postgresql/*/bin/", "/usr/sbin/", "/opt/homebrew/opt/*/bin/"):
            for path in sorted(glob.glob(pattern + name), reverse=True):
                return path
    pytest.fail("%s is missing: tools/setup.sh test installs it" % names[0])


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """host, port, user, password, database; `url(driver)` is SQLAlchemy's."""

    def __init__(self, kind, port):
        self.kind, self.port = kind, port
        self.host, self.user, self.password, self.database = "127.0.0.1", "test", "test", "test"

    def url(self, driver):
        return "%s://%s:%s@%s:%d/%s" % (driver, self.user, self.password, self.host, self.port, self.database)


class Child:
    """A server process, ended by what ends it cleanly, and killed where that takes long."""

    def __init__(self, argv, log, user=None):
        self.log = log
        self.process = subprocess.Popen(argv, stdout=open(log, "ab"), stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, user=user, start_new_session=True)

    def wait_for(self, port):
        for _ in range(600):
            if self.process.poll() is not None:
                pytest.fail("the server ended: " + pathlib.Path(self.log).read_text(errors="replace")[-2000:])
            with socket.socket() as s:
                s.settimeout(1)
                if s.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)
        pytest.fail("the server does not answer: " + self.log)

    def end(self, signal):
        self.process.send_signal(signal)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def unprivileged():
    """The user that PostgreSQL runs as: ours, or its own where we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    pytest.fail("PostgreSQL does not run as root and there is no user postgres")


@pytest.fixture(scope="session")
def postgresql():
    initdb = find_program("initdb")
    programs = os.path.dirname(initdb)
    folder = tempfile.mkdtemp(prefix="aludel-pg-")
    user = unprivileged()
    if user is not None:
        os.chown(folder, user, -1)
    password = os.path.join(folder, "password")
    pathlib.Path(password).write_text("test\n")
    if user is not None:
        os.chown(password, user, -1)
    data = os.path.join(folder, "data")
    subprocess.run(
        [initdb, "-D", data, "-U", "test", "--pwfile", password, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"],
        check=True, capture_output=True, user=user, cwd=folder,
    )  # fmt: skip
    server = Server("postgresql", free_port())
    child = Child(
        [os.path.join(programs, "postgres"), "-D", data, "-p", str(server.port), "-k", folder, "-h", "127.0.0.1", "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=40"],
        os.path.join(folder, "log"), user,
    )  # fmt: skip
    try:
        child.wait_for(server.port)
        subprocess.run([os.path.join(programs, "createdb"), "-h", "127.0.0.1", "-p", str(server.port), "-U", "test", "test"], check=True, env=dict(os.environ, PGPASSWORD="test"), cwd="/")
        yield server
    finally:
        child.end(2)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def mariadb():
    install = find_program("mariadb-install-db", "mysql_install_db")
    daemon = find_program("mariadbd", "mysqld")
    client = find_program("mariadb", "mysql")
    folder = tempfile.mkdtemp(prefix="aludel-my-")
    data = os.path.join(folder, "data")
    as_root = ["--user=root"] if os.geteuid() == 0 else []
    subprocess.run(
        [install, "--no-defaults", "--datadir=" + data, "--auth-root-authentication-method=normal", "--skip-test-db", "--innodb-log-file-size=4M", *as_root],
        check=True, capture_output=True,
    )  # fmt: skip
    server = Server("mariadb", free_port())
    sock = os.path.join(folder, "s")
    child = Child(
        [daemon, "--no-defaults", "--datadir=" + data, "--port=%d" % server.port, "--socket=" + sock, "--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync", "--innodb-doublewrite=0",
         "--innodb-buffer-pool-size=16M", "--innodb-log-file-size=4M", "--sql-mode=STRICT_TRANS_TABLES,ONLY_FULL_GROUP_BY", *as_root],
        os.path.join(folder, "log"),
    )  # fmt: skip
    try:
        child.wait_for(server.port)
        subprocess.run(
            [client, "--no-defaults", "--socket=" + sock, "-u", "root", "-e",
             "CREATE DATABASE test; CREATE USER test@'%' IDENTIFIED BY 'test'; CREATE USER test@localhost IDENTIFIED BY 'test'; GRANT ALL ON test.* TO test@'%'; GRANT ALL ON test.* TO test@localhost"],
            check=True,
        )  # fmt: skip
        yield server
    finally:
        child.end(15)
        shutil.rmtree(folder, ignore_errors=True)
