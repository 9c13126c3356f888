"""A cloud manager and a satellite that a test starts, kills and starts again by itself, quicker than tools/run: with accounts
that no file or code has bound yet, perhaps each in a network namespace of its own.

The rest is asked as of satellite.System: rest(), ctl(), licenses(), client() and so on.
"""

import contextlib
import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time

from cryptography.hazmat.primitives import serialization

import product as P
import satellite
import schema

ACCOUNT = "Demo Account"
PROGRAM = {"manager": "cloud-managerd", "satellite": "satellited"}


class Pair(satellite.System):
    """inside: name -> words in front of the program's command; hosts: name -> where it listens."""

    def __init__(self, state=None, inside=None, hosts=None, port_base=None):
        super().__init__(state or tempfile.mkdtemp(prefix="pair-"), port_base)
        self.own_state = state is None
        self.inside, self.running = inside or {}, {}
        self.more = {}      # name -> further lines of its configuration
        hosts = hosts or {}
        self.listen = {"product": "%s:%d" % (hosts.get("satellite", "127.0.0.1"), self.port_base),
                       "administration": "%s:%d" % (hosts.get("satellite", "127.0.0.1"), self.port_base + 1),
                       "manager": "%s:%d" % (hosts.get("manager", "127.0.0.1"), self.port_base + 2)}
        self.account = ACCOUNT
        self.name_all()

    def name_all(self):
        at = os.path.join
        self.endpoints = {
            "control_socket": at(self.state, "s.sock"), "manager_control_socket": at(self.state, "m.sock"),
            "product_url": "https://" + self.listen["product"], "manager_url": "https://" + self.listen["manager"],
            "admin_url": "https://" + self.listen["administration"],
            "ca_file": at(self.state, "ca.pem"), "root_file": at(self.state, "root.pem"),
            "satellite_database": at(self.state, "satellite", "satellite.db"),
            "manager_database": at(self.state, "manager", "satellite.db")}

    # life

    def start(self):
        for name in PROGRAM:
            self.begin(name)
        for name in PROGRAM:
            self.wait_for(name)
        if not os.path.exists(self.root_file):
            self.write_certificates()
        self.root = P.load_certificates(self.read(self.root_file).decode())[0]
        return self

    def begin(self, name):
        folder = os.path.join(self.state, name)
        lines = ["name = demo-" + name, "state_dir = " + folder,
                 "control_socket = " + (self.control_socket if name == "satellite" else self.manager_control_socket),
                 "server_name = localhost, 127.0.0.1, " + self.listen[
                     "product" if name == "satellite" else "manager"].rsplit(":", 1)[0]]
        lines += ["product_listen = " + self.listen["product"], "administration_listen = " + self.listen["administration"]] \
            if name == "satellite" else ["manager_listen = " + self.listen["manager"]]
        lines += self.more.get(name, ())
        path = os.path.join(self.state, name + ".conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")
        build = os.path.join(satellite.TOP, os.environ.get("BUILD_DIR") or "build")
        with open(os.path.join(self.state, name + ".log"), "ab") as log:
            self.running[name] = subprocess.Popen(
                [*self.inside.get(name, ()), os.path.join(build, PROGRAM[name]), "-c", path], cwd=self.state,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def wait_for(self, name):
        """Until it answers."""
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                if self.rest("GET", "/status", manager=name == "manager").status == 200:
                    return
            if self.running[name].poll() is not None or time.monotonic() > deadline:
                raise AssertionError("the %s does not start:\n%s" % (name, self.read(
                    os.path.join(self.state, name + ".log"))[-3000:].decode("utf-8", "replace")))
            time.sleep(0.01)

    def end(self, name, how=signal.SIGTERM):
        process = self.running.pop(name, None)
        if process is not None:
            process.send_signal(how)
            process.wait(30)
        return process.returncode if process else 0

    def stop(self, keep=False):
        for name in PROGRAM:
            self.end(name)
        found = self.sanitizer_findings()
        satellite.FINDINGS.extend(found)
        if self.own_state and not keep and not found and not os.environ.get("BLACKBOX_KEEP"):
            shutil.rmtree(self.state, ignore_errors=True)

    # set-up

    @staticmethod
    def read(path):
        with open(path, "rb") as f:
            return f.read()

    def write_certificates(self):
        def chain(*options):
            return self.command("certificate", "chain", *options, json_output=False)
        with open(self.ca_file, "w", encoding="utf-8") as f:
            f.write(chain() + chain("manager"))
        with open(self.root_file, "w", encoding="utf-8") as f:
            f.write(chain("manager", "--licensing"))

    def command(self, *words, **options):
        """satellitectl, at the manager if that is among the words; -> what it printed."""
        manager = "manager" in words
        result = self.ctl(*[w for w in words if w != "manager"], manager=manager, **options)
        if result.rc != 0:
            raise AssertionError(repr(result))
        return result.out

    def fingerprint(self):
        return hashlib.sha256(self.root.public_bytes(serialization.Encoding.DER)).hexdigest()

    def smart_account(self, name=ACCOUNT, places=("Site A", "Direct")):
        self.rest_ok("POST", "/accounts", {"name": name, "reservation": True}, manager=True)
        for place in places:
            self.rest_ok("POST", self.path(account=name) + "/virtual-accounts", {"name": place}, manager=True)

    def local_account(self, name=ACCOUNT, smart_account=None, place="Site A"):
        self.rest_ok("POST", "/accounts", {"name": name, "smartAccount": smart_account or name, "virtualAccount": place})

    def order(self, license_name, quantity, place="Site A", account=ACCOUNT):
        self.rest_ok("POST", "/orders", {"account": account, "virtualAccount": place, "license": license_name,
                                         "quantity": quantity}, manager=True)

    def code(self, place="Site A", account=ACCOUNT):
        return self.rest_ok("POST", self.path(place, account) + "/registration-codes", manager=True)[
            "registrationCode"]["code"]

    def connect(self, account=ACCOUNT, **settings):
        settings = dict({"managerUrl": self.manager_url, "managerCa": self.read(self.ca_file).decode()}, **settings)
        return self.rest_ok("POST", self.path(account=account) + "/sync/settings", settings)

    def ready(self):
        """Started, with the account authorized by files, and ten licenses ordered; stopped again if that fails."""
        try:
            self.start()
            self.smart_account()
            self.local_account()
            self.authorize_by_files()
            self.order("Enhanced", 10)
        except BaseException:
            self.stop()
            raise
        return self

    def authorize_by_files(self, account=ACCOUNT):
        asked = self.post_file(self.path(account=account) + "/sync/request-file").body
        answer = self.post_file("/satellites/authorize", asked, manager=True).body
        self.post_file("%s/sync/response-file?root_fingerprint=%s" % (self.path(account=account), self.fingerprint()), answer)

    def post_file(self, path, data=b"", manager=False):
        reply = self.send_file(path, data, manager)
        if reply.status != 200:
            raise AssertionError("%s: %r" % (path, reply))
        return reply

    def send_file(self, path, data=b"", manager=False):
        connection = satellite.UnixConnection(self.manager_control_socket if manager else self.control_socket, 60)
        try:
            connection.request("POST", "/api/v1" + path, body=data,
                               headers={"Content-Type": "application/gzip"} if data else {})
            response = connection.getresponse()
            reply = P.Reply(response.status, response.headers, response.read())
            schema.saw("POST", "/api/v1" + path, reply.status, reply.headers, reply.body)
            return reply
        finally:
            connection.close()

    # synchronization

    def sync_row(self, account=ACCOUNT):
        rows = self.rest_ok("GET", "/sync/status")["accounts"]
        return [row for row in rows if row["account"] == account][0]

    def begin_network(self, account=ACCOUNT, mode=None, code=None):
        """-> the newest number of the history when it began."""
        path, body = self.path(account=account), {"mode": mode}
        if code:
            path, body = path + "/sync/register", {"code": code, "rootFingerprint": self.fingerprint()}
        else:
            path += "/sync/start"
        return self.rest_ok("POST", path, body)["historyBefore"]

    def ended(self, before, account=ACCOUNT, within_s=60):
        """-> the row of the history of what began behind that number."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            row = self.sync_row(account)
            if row["running"] is None and row["newest"] and row["newest"]["id"] > before:
                return row["newest"]
            time.sleep(0.01)
        raise AssertionError("it does not end: %r" % self.sync_row(account))

    def by_network(self, account=ACCOUNT, **options):
        return self.ended(self.begin_network(account, **options), account)

    def by_files(self, account=ACCOUNT, mode="standard", new=False):
        """-> (request, answer, summary), as often as one side asks for it anew."""
        while True:
            request = self.rest("POST", self.path(account=account) + "/sync/request-file", {"mode": mode, "new": new})
            if request.status != 200:
                raise AssertionError(repr(request))
            answer = self.post_file("/satellites/answer", request.body, manager=True)
            summary = self.post_file(self.path(account=account) + "/sync/response-file", answer.body).json()
            if summary["kind"] != "resync":
                return request.body, answer.body, summary

    # the databases

    def rows(self, name, sql, *values):
        """Of the running satellite or manager, or of what it has left."""
        with contextlib.closing(sqlite3.connect(self.endpoints[name + "_database"], timeout=30)) as db:
            db.execute("PRAGMA query_only = 1")
            return db.execute(sql, values).fetchall()
