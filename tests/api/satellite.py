"""Starts, asks and stops the system under test: tools/run, satellitectl, and the REST API over the control socket."""

import atexit
import http.client
import json
import os
import random
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse

import schema
from product import Client, Reply, load_certificates

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.environ.get("BLACKBOX_TOP") or os.path.dirname(os.path.dirname(HERE))
START_TIMEOUT_S = 600
FINDING = re.compile(r"ERROR: (Address|Leak|Thread|Memory)Sanitizer|runtime error: |Assertion .* failed|"
                     r"WARNING: ThreadSanitizer|stack smashing detected")
FINDINGS = []
VOLATILE = {"time", "timestamp", "uptime", "now"}


# Runs beside each other take their ports from ranges of their own, below those that the kernel gives to connections.
PORTS_FIRST, PORTS_EACH = 10000, 5500
NEXT_PORT = [PORTS_FIRST + random.randrange(PORTS_EACH)]
PORTS = [PORTS_FIRST]


def take_ports_of(worker):
    PORTS[0] = PORTS_FIRST + worker * PORTS_EACH
    NEXT_PORT[0] = PORTS[0] + random.randrange(PORTS_EACH)


def free_port_base(count=3):
    """A base such that base … base+count-1 can be bound now."""
    for _ in range(200):
        base = NEXT_PORT[0]
        if base + count > PORTS[0] + PORTS_EACH:
            base = PORTS[0]
        NEXT_PORT[0] = base + count
        held = []
        try:
            for port in range(base, base + count):
                s = socket.socket()
                held.append(s)
                s.bind(("127.0.0.1", port))
            return base
        except OSError:
            continue
        finally:
            for s in held:
                s.close()
    raise RuntimeError("no free ports")


class CtlResult:
    def __init__(self, arguments, rc, out, err):
        self.arguments, self.rc, self.out, self.err = arguments, rc, out, err

    def __repr__(self):
        return "satellitectl %s -> exit %d\nstdout: %s\nstderr: %s" % (
            " ".join(self.arguments), self.rc, self.out[:2000], self.err[:2000])

    def json(self):
        return json.loads(self.out)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class System:
    """One manager and one satellite under a state directory."""

    def __init__(self, state=None, port_base=None, environment=None):
        self.own_state = state is None
        self.state = state or tempfile.mkdtemp(prefix="blackbox-")
        self.port_base = port_base or free_port_base()
        self.environment = environment or {}
        self.endpoints, self.root, self.started, self.attached = {}, None, False, False

    # life

    def run_tool(self, *arguments, timeout=START_TIMEOUT_S):
        command = [os.path.join(TOP, "tools", "run"), "--state", self.state, *arguments]
        env = dict(os.environ, **self.environment)
        log = os.path.join(self.state, "blackbox-run.log")
        with open(log, "ab") as out:
            rc = subprocess.run(command, cwd=TOP, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                timeout=timeout).returncode
        if rc != 0:
            with open(log, "rb") as text:
                raise RuntimeError("%s ended with %d:\n%s" % (
                    " ".join(command), rc, text.read()[-4000:].decode("utf-8", "replace")))

    def start(self):
        self.run_tool("--port-base", str(self.port_base), "--detach")
        self.started = True
        self.read_endpoints()
        return self

    def attach(self):
        """Uses a system that somebody else started (and stops)."""
        self.own_state, self.attached = False, True
        self.read_endpoints()
        return self

    def read_endpoints(self):
        with open(os.path.join(self.state, "endpoints.json"), encoding="utf-8") as f:
            self.endpoints = json.load(f)
        with open(self.endpoints["root_file"], encoding="utf-8") as f:
            self.root = load_certificates(f.read())[0]
        self.account = self.endpoints.get("account", "Demo Account")
        if isinstance(self.account, dict):
            self.account = self.account["name"]

    def stop(self, keep=False):
        """keep=True leaves the state directory; without it the logs are read for findings first."""
        if self.started:
            self.run_tool("--stop", timeout=120)
            self.started = False
        FINDINGS.extend(self.sanitizer_findings())
        if self.own_state and not keep and not FINDINGS and not os.environ.get("BLACKBOX_KEEP"):
            shutil.rmtree(self.state, ignore_errors=True)

    def sanitizer_findings(self):
        """Lines of the daemons' logs that sanitizers, assertions and valgrind write."""
        found = []
        for folder, _, names in os.walk(self.state):
            for name in names:
                if not name.endswith(".log"):
                    continue
                with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as log:
                    found += ["%s: %s" % (os.path.join(folder, name), line.strip()) for line in log
                              if FINDING.search(line)]
        return found

    def __getattr__(self, name):
        try:
            return self.__dict__["endpoints"][name]
        except KeyError:
            raise AttributeError(name)

    # satellitectl

    def ctl(self, *arguments, json_output=True, manager=False, socket_path=None, options=True):
        build = os.path.join(TOP, os.environ.get("BUILD_DIR") or "build")
        program = os.environ.get("SATELLITECTL") or os.path.join(build, "satellitectl")
        path = socket_path or (self.manager_control_socket if manager else self.control_socket)
        command = (["-s", path] if options else []) + (["--json"] if json_output else []) + list(arguments)
        done = subprocess.run([program, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60)
        return CtlResult(command, done.returncode, done.stdout.decode("utf-8", "replace"),
                         done.stderr.decode("utf-8", "replace"))

    def ctl_any(self, *spellings, **options):
        """The first of several spellings of one command that is not a usage error; all tried are shown if none is."""
        results = []
        for arguments in spellings:
            result = self.ctl(*arguments, **options)
            if result.rc != 2:
                return result
            results.append(result)
        raise AssertionError("every spelling is a usage error:\n" + "\n".join(map(repr, results)))

    # REST over the control socket

    def rest(self, method, path, body=None, manager=False, prefix="/api/v1", headers=None):
        connection = UnixConnection(self.manager_control_socket if manager else self.control_socket, 60)
        head = dict(headers or {})
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            head.setdefault("Content-Type", "application/json")
        elif method == "POST":
            data = b""
        try:
            connection.request(method, prefix + path, body=data, headers=head)
            response = connection.getresponse()
            reply = Reply(response.status, response.headers, response.read())
            schema.saw(method, prefix + path, reply.status, reply.headers, reply.body)
            return reply
        finally:
            connection.close()

    def rest_ok(self, method, path, body=None, manager=False):
        reply = self.rest(method, path, body, manager)
        if reply.status != 200:
            raise AssertionError("%s %s with %s: %r" % (method, path, json.dumps(body), reply))
        return reply.json()

    def path(self, virtual_account=None, account=None):
        path = "/accounts/" + urllib.parse.quote(account or self.account, safe="")
        if virtual_account is not None:
            path += "/virtual-accounts/" + urllib.parse.quote(virtual_account, safe="")
        return path

    def new_token(self, virtual_account="Default", uses=10, days=30, export=False, description="black box",
                  manager=False):
        body = {"description": description, "expiresAfterDays": days, "numberofUses": uses,
                "exportControlled": "Allowed" if export else "Not Allowed"}
        return self.rest_ok("POST", self.path(virtual_account) + "/tokens", body, manager)["tokenInfo"]["token"]

    def tokens(self):
        return self.rest_ok("GET", self.path() + "/tokens?limit=-1")["tokens"]

    def token_row(self, token):
        for row in self.tokens():
            if row["token"] == token:
                return row
        raise AssertionError("token %s is not in the list" % token)

    def uses_left(self, token):
        return int(self.token_row(token)["usesRemaining"])

    def licenses(self, virtual_account=None, manager=False):
        body = {"limit": -1}
        if virtual_account is not None:
            body["virtualAccounts"] = [virtual_account]
        return self.rest_ok("POST", self.path() + "/licenses", body, manager)["licenses"]

    def devices(self, virtual_account=None):
        if virtual_account is not None:
            return self.rest_ok("GET", self.path(virtual_account) + "/devices?limit=-1")["devices"]
        return self.rest_ok("POST", self.path() + "/devices", {"limit": -1})["devices"]

    def snapshot(self):
        """What a refused message must not change."""
        def rows(values):
            return sorted(json.dumps(v, sort_keys=True) for v in values)
        status = {k: v for k, v in self.rest_ok("GET", "/status").items() if k not in VOLATILE}
        return {"status": status, "devices": rows(self.devices()), "licenses": rows(self.licenses()),
                "tokens": rows(self.tokens()),
                "virtual accounts": rows(self.rest_ok("GET", self.path() + "/virtual-accounts")["virtualAccounts"])}

    # the database, read-only

    def database_rows(self):
        """table -> number of rows."""
        uri = "file:%s?mode=ro" % urllib.parse.quote(self.satellite_database)
        with sqlite3.connect(uri, uri=True, timeout=10) as db:
            names = [r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {n: db.execute('SELECT count(*) FROM "%s"' % n.replace('"', '""')).fetchone()[0] for n in names}

    def admin_password(self):
        with open(self.admin_password_file, encoding="utf-8") as f:
            return f.read().strip()

    def client(self, url=None, timeout=30):
        return Client(url or self.product_url, self.ca_file, timeout)

    def wait_healthy(self, timeout_s=30):
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                if self.client(timeout=5).request("GET", "/healthz").status == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            if time.monotonic() > deadline:
                raise AssertionError("the satellite did not answer /healthz within %d s" % timeout_s)
            time.sleep(0.1)


SHARED = None


def system():
    """The one system that all test files share; BLACKBOX_STATE = state directory of a running one."""
    global SHARED
    if SHARED is None:
        state = os.environ.get("BLACKBOX_STATE")
        if state:
            SHARED = System(state).attach()
            base = urllib.parse.urlsplit(SHARED.product_url).port
            SHARED.port_base = base
        else:
            SHARED = System().start()
            atexit.register(shutdown)
    return SHARED


def shutdown(keep=False):
    global SHARED
    if SHARED is not None and SHARED.started and not SHARED.attached:
        stopping, SHARED = SHARED, None
        try:
            stopping.stop(keep)
        except (RuntimeError, subprocess.SubprocessError) as error:
            print("stopping: %s" % error, file=sys.stderr)
