"""Private database servers for tests: PostgreSQL and MariaDB in a temporary folder.

    with postgresql() as url:      # postgresql://postgres@127.0.0.1:PORT/
    with mariadb() as url:         # mysql://root@127.0.0.1:PORT/

A server that runs as root is started under the user that its package made. Nothing of the
machine's own servers is touched.
"""

import contextlib
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import time


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def find(name, *folders):
    found = shutil.which(name)
    for pattern in folders:
        found = found or next(map(str, sorted(pathlib.Path("/").glob(pattern + "/" + name))), None)
    assert found, "%s is missing: tools/setup.sh test installs it" % name
    return found


def demote(user):
    """Keywords of Popen that run a program as `user`, where we are root."""
    if os.getuid() != 0:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def folder_of(user):
    folder = tempfile.mkdtemp(prefix="db", dir="/tmp")
    if os.getuid() == 0:
        entry = pwd.getpwnam(user)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(port, process, log):
    for _ in range(600):
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise AssertionError("the server does not start: " + pathlib.Path(log).read_text()[-2000:])


@contextlib.contextmanager
def running(command, port, folder, as_user):
    log = os.path.join(folder, "log")
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, cwd=folder, **as_user)
    try:
        wait_for(port, process, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def postgresql():
    where = "usr/lib/postgresql/*/bin"
    port, user = free_port(), demote("postgres")
    with folder_of("postgres") as folder:
        data = folder + "/data"
        initdb = [find("initdb", where), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **user)
        server = [find("postgres", where), "-D", data, "-p", str(port), "-k", folder, "-h", "127.0.0.1"]
        with running([*server, "-F"], port, folder, user):
            yield "postgresql://postgres@127.0.0.1:%d/" % port


@contextlib.contextmanager
def mariadb():
    port, user = free_port(), demote("mysql")
    with folder_of("mysql") as folder:
        data = folder + "/data"
        install = [find("mariadb-install-db"), "--no-defaults", "--datadir=" + data, "--skip-test-db"]
        install += ["--auth-root-authentication-method=normal"]
        subprocess.run(install, check=True, capture_output=True, cwd=folder, **user)
        server = [find("mariadbd", "usr/sbin"), "--no-defaults", "--datadir=" + data, "--port=%d" % port]
        server += ["--bind-address=127.0.0.1", "--socket=" + folder + "/s", "--skip-log-bin"]
        server += ["--innodb-flush-log-at-trx-commit=0", "--character-set-server=utf8mb4"]
        with running(server, port, folder, user):
            yield "mysql://root@127.0.0.1:%d/" % port
