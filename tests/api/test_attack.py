"""Attacks: races on one satellite, a hostile machine under it, forged authority, odd bytes, an altered event log."""

import collections
import contextlib
import datetime
import gzip
import hashlib
import http.client
import io
import json
import os
import random
import re
import resource
import secrets
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import tarfile
import tempfile
import threading
import time
import unittest
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import carriage
import product as P
import satellite
from case import BASIC, CUWL, ENHANCED, UNKNOWN_TAG, Case
from parallel import registrations, send_all

JSON = {"Content-Type": "application/json"}

# What must be true of the database at every moment; each statement lists what is wrong.
INVARIANTS = {
    "pool.in_use is what instances that hold were granted": """
        SELECT va, entitlement, sum(pool), sum(used) FROM (
          SELECT virtual_account_id va, entitlement_id entitlement, in_use pool, 0 used FROM pool UNION ALL
          SELECT i.virtual_account_id, u.entitlement_id, 0, u.granted
          FROM usage u JOIN product_instance i ON i.id = u.instance_id WHERE i.holding = 1)
        GROUP BY va, entitlement HAVING sum(pool) <> sum(used)""",
    "a lot is the sum of its shares": """
        SELECT l.id, l.quantity, coalesce(sum(s.quantity), 0) shares
        FROM license_lot l LEFT JOIN lot_share s ON s.lot_id = l.id GROUP BY l.id HAVING l.quantity <> shares""",
    "who is gone holds nothing": """
        SELECT id, state FROM product_instance WHERE state <> 'REGISTERED' AND holding = 1""",
    "who is gone has no certificate": """
        SELECT i.id, i.state FROM product_instance i JOIN id_certificate c ON c.instance_id = i.id
        WHERE i.state <> 'REGISTERED' AND c.ended_at IS NULL""",
    "one certificate is current": """
        SELECT instance_id, count(*) FROM id_certificate WHERE state = 'CURRENT' AND ended_at IS NULL
        GROUP BY instance_id HAVING count(*) > 1""",
    "what is pointed at exists": "SELECT * FROM pragma_foreign_key_check",
}


def read_only(path):
    return contextlib.closing(sqlite3.connect("file:%s?mode=ro" % urllib.parse.quote(path), uri=True, timeout=10))


class Attack(Case):
    def invariants(self):
        with read_only(self.sat.satellite_database) as db:
            db.execute("BEGIN")
            for what, statement in INVARIANTS.items():
                self.assertEqual([], db.execute(statement).fetchall(), what)
        self.done(self.sat.ctl("verify"))

    def outcomes(self, threads):
        for thread in threads:
            if thread.error is not None or thread.answer is None:
                self.fail("unanswered: %r" % (thread.error,))
        return collections.Counter(t.answer.code or t.answer.status for t in threads)

    def same(self, product):
        """The same product with a connection of its own."""
        twin = product.twin(product.key)
        twin.identifier, twin.certificate = product.identifier, product.certificate
        twin.issuer, twin.chain = product.issuer, product.chain
        return twin

    def uses_taken(self, token):
        return self.sat.token_row(token)["uses"]

    def transfer(self, source, target, quantity, force=False):
        return self.sat.rest("POST", self.sat.path(source) + "/licenses/transfer", {"force": force, "licenses": [
            {"license": CUWL, "quantity": quantity, "targetVirtualAccount": target}]})


class Meanwhile:
    """Runs functions beside the messages, each on a thread; what they return, or raise, is kept."""

    def __init__(self, *functions):
        self.functions, self.results = functions, []

    def __call__(self, _threads):
        def run(function):
            try:
                self.results.append(function())
            except Exception as error:                               # kept for the test to judge
                self.results.append(error)
        running = [threading.Thread(target=run, args=(f,)) for f in self.functions]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join(60)


class Races(Attack):
    def test_the_last_use_of_a_token(self):
        for _ in range(3):
            token = self.sat.new_token(self.fresh(), uses=1)
            threads = send_all(registrations(self.sat, token, 25))
            self.assertEqual({"OK": 1, "TOKEN_EXHAUSTED": 24}, dict(self.outcomes(threads)))
            self.assertEqual(1, self.uses_taken(token))
        self.invariants()

    def test_one_registration_on_every_road(self):
        """The same bytes on SmartTransport and in Call Home envelopes, all at once: one answer, one use."""
        token = self.sat.new_token(uses=30)
        product = self.product()
        message = product.registration(token)
        pairs = [(kind(self.sat, key=product.key, serial=product.serial, uuid=product.uuid), message)
                 for kind in list(carriage.ROADS.values()) * 4]
        threads = send_all(pairs)
        self.assertEqual({"OK": 20}, dict(self.outcomes(threads)))
        self.assertEqual(1, len({t.answer.response for t in threads}))
        self.assertEqual(1, self.uses_taken(token))
        self.invariants()

    def test_everything_at_once_to_one_instance(self):
        """Reports, renewals, moves, deregistration and removal by an administrator: it ends, and nothing is left."""
        for seed in range(6):
            dice = random.Random(seed)
            place, other = self.fresh({"CUWL": 5}), self.fresh()
            token, there = self.sat.new_token(place, uses=50), self.sat.new_token(other, uses=50)
            product = self.registered(token)
            self.ok(product.authorize({CUWL: 3, BASIC: 2, UNKNOWN_TAG: 1}))
            pairs = []
            for _ in range(4):
                for build in (lambda p: p.authorization({CUWL: dice.randrange(9), ENHANCED: dice.randrange(4)}),
                              lambda p: p.message("RENEW_REGISTRATION", {"csr": None}),
                              lambda p: p.registration(dice.choice((token, there)), force=True)):
                    twin = self.same(product)
                    pairs.append((twin, build(twin)))
            twin = self.same(product)
            pairs.append((twin, twin.message("DEREGISTRATION")))
            dice.shuffle(pairs)
            meanwhile = Meanwhile(lambda: self.sat.rest("POST", "/product-instances/%s/remove" % product.identifier))
            threads = send_all(pairs, meanwhile)
            self.assertLessEqual(set(self.outcomes(threads)), {"OK", "CERTIFICATE_REVOKED", "ALREADY_REGISTERED"})
            self.assertIn(meanwhile.results[0].status, (200, 404), meanwhile.results)
            self.failed(product.authorize({CUWL: 1}), "CERTIFICATE_REVOKED", "the certificate that it began with")
            # a registration that came after its end has made another instance of the same product, with no usage
            new = self.device(product)
            self.assertTrue(new is None or new["productInstanceIdentifier"] != product.identifier, new)
        self.invariants()

    def test_token_revoked_during_registrations(self):
        for moment in (0, 0.02):
            place = self.fresh()
            token = self.sat.new_token(place, uses=100)

            def revoke():
                time.sleep(moment)
                return self.sat.rest("POST", self.sat.path(place) + "/tokens/revoke", {"tokens": [token]}).status
            meanwhile = Meanwhile(revoke)
            threads = send_all(registrations(self.sat, token, 40), meanwhile)
            outcomes = self.outcomes(threads)
            self.assertEqual([200], meanwhile.results)
            self.assertLessEqual(set(outcomes), {"OK", "TOKEN_REVOKED"})
            self.assertEqual(outcomes["OK"], self.uses_taken(token))
            self.assertEqual(outcomes["OK"], len(self.sat.devices(place)))
        self.invariants()

    def test_virtual_account_deleted_during_registrations(self):
        ends = collections.Counter()
        for _ in range(8):
            place = self.fresh()
            token = self.sat.new_token(place, uses=100)
            meanwhile = Meanwhile(lambda: self.sat.rest("POST", self.sat.path(place) + "/delete").status)
            threads = send_all(registrations(self.sat, token, 6), meanwhile)
            outcomes = self.outcomes(threads)
            if meanwhile.results == [200]:
                self.assertEqual({"TOKEN_REVOKED": 6}, dict(outcomes))
                self.assertEqual(404, self.sat.rest("GET", self.sat.path(place) + "/devices").status)
            else:
                self.assertEqual(([409], {"OK": 6}), (meanwhile.results, dict(outcomes)))
                self.assertEqual(6, len(self.sat.devices(place)))
            self.assertEqual(outcomes["OK"], self.uses_taken(token))
            ends[meanwhile.results[0]] += 1
        self.invariants()

    def test_transfers_against_usage(self):
        left, right = self.fresh({"CUWL": 20}), self.fresh()
        total = sum(self.counts(place, "CUWL")[0] for place in ("Default", left, right))
        tokens = [self.sat.new_token(place, uses=100) for place in (left, right)]
        dice = random.Random(6)
        pairs = []
        for product in [self.registered(tokens[0]) for _ in range(6)]:
            for _ in range(3):
                twin = self.same(product)
                pairs.append((twin, twin.authorization({CUWL: dice.randrange(6)})))
            for token in tokens:
                twin = self.same(product)
                pairs.append((twin, twin.registration(token, force=True)))
        dice.shuffle(pairs)

        def shift(source, target, force):
            return lambda: {self.transfer(source, target, n % 7 + 1, force).status for n in range(12)}
        meanwhile = Meanwhile(shift(left, right, True), shift(right, left, False), shift("Default", left, False),
                              shift(left, "Default", True))
        threads = send_all(pairs, meanwhile)
        self.assertLessEqual(set(self.outcomes(threads)), {"OK", "CERTIFICATE_REVOKED"})
        self.assertEqual([{200}] * 4, meanwhile.results)
        self.assertEqual(total, sum(self.counts(place, "CUWL")[0] for place in ("Default", left, right)))
        self.invariants()

    def test_account_switched_off_and_on(self):
        place = self.fresh()
        token = self.sat.new_token(place, uses=100)
        self.addCleanup(self.sat.rest, "POST", self.sat.path() + "/activate")

        def switch():
            return [self.sat.rest("POST", self.sat.path() + way).status for way in ("/deactivate", "/activate") * 5]
        threads = send_all(registrations(self.sat, token, 30), Meanwhile(switch))
        outcomes = self.outcomes(threads)
        self.assertLessEqual(set(outcomes), {"OK", "ACCOUNT_INACTIVE"})
        self.assertEqual(outcomes["OK"], self.uses_taken(token))
        self.assertEqual(outcomes["OK"], len(self.sat.devices(place)))
        self.invariants()


class Machine(Attack):
    """The satellite's process and files are treated badly while it runs."""

    def setUp(self):
        self.pid = int(self.sat.satellite_pid)
        self.addCleanup(self.revive)
        self.token = self.sat.new_token(self.fresh(), uses=1000)

    def revive(self):
        """What kills the satellite must fail one test only."""
        if self.sat.ctl("status").rc != 0 and not self.sat.attached:
            self.sat.start()
            self.sat.wait_healthy()

    def registered_serials(self):
        with read_only(self.sat.satellite_database) as db:
            return {r[0] for r in db.execute("SELECT udi_serial FROM product_instance WHERE state = 'REGISTERED'")}

    @contextlib.contextmanager
    def limit(self, kind, soft):
        before = resource.prlimit(self.pid, kind)
        resource.prlimit(self.pid, kind, (soft, before[1]))
        try:
            yield
        finally:
            resource.prlimit(self.pid, kind, before)

    def test_files_cannot_grow(self):
        """A limit like a full disk: products hear OK_TRY_AGAIN, reading goes on, and it heals by itself."""
        witness = self.registered(self.token)
        with self.limit(resource.RLIMIT_FSIZE, 4096):
            threads = send_all(registrations(self.sat, self.token, 10))
            self.assertEqual({"OK_TRY_AGAIN": 10}, dict(self.outcomes(threads)))
            self.assertEqual("OK_TRY_AGAIN", witness.authorize({CUWL: 1}).status)
            self.assertEqual(503, self.sat.rest("POST", self.sat.path("Default") + "/tokens", {}).status)
            self.done(self.sat.ctl("status"))
        self.assertEqual(1, self.uses_taken(self.token))
        again = send_all([(t.product, t.message) for t in threads])
        self.assertEqual({"OK": 10}, dict(self.outcomes(again)), "the same messages when there is room")
        self.ok(witness.authorize({CUWL: 0}))
        self.assertEqual(11, self.uses_taken(self.token))
        self.invariants()

    def test_database_held_by_another_process(self):
        """All who wait are told after the first one's two seconds, not one after the other; nothing is lost."""
        regs = registrations(self.sat, self.token, 12)
        hello = self.product()
        with contextlib.closing(sqlite3.connect(self.sat.satellite_database, isolation_level=None)) as db:
            db.execute("BEGIN EXCLUSIVE")

            def reads():
                began = time.monotonic()
                self.done(self.sat.ctl("status"))
                self.assertEqual("OK", hello.hello().status)
                return time.monotonic() - began
            meanwhile = Meanwhile(reads)
            began = time.monotonic()
            threads = send_all(regs, meanwhile)
            took = time.monotonic() - began
            db.execute("ROLLBACK")
        self.assertEqual({"OK_TRY_AGAIN": 12}, dict(self.outcomes(threads)))
        self.assertLess(took, 8)
        self.assertIsInstance(meanwhile.results[0], float, meanwhile.results)
        self.assertLess(meanwhile.results[0], 1.5, "reading does not wait")
        self.assertEqual({"OK": 12}, dict(self.outcomes(send_all(regs))))
        self.assertEqual(12, self.uses_taken(self.token))
        self.invariants()

    def test_no_descriptors_left(self):
        open_n = len(os.listdir("/proc/%d/fd" % self.pid))
        url = urllib.parse.urlsplit(self.sat.product_url)
        with self.limit(resource.RLIMIT_NOFILE, open_n + 6), contextlib.ExitStack() as stack:
            for _ in range(30):
                stack.enter_context(contextlib.closing(socket.create_connection((url.hostname, url.port), 5)))
            late = self.product()
            late.client.timeout = 0.5
            with contextlib.suppress(OSError, ssl.SSLError, http.client.HTTPException, P.BadAnswer):
                late.send(late.registration(self.token))
        self.ok(self.registered(self.token).authorize({CUWL: 0}), "when they are back")
        self.done(self.sat.ctl("status"))
        self.invariants()

    def test_reload_storm(self):
        over = threading.Event()

        def storm():
            while not over.wait(0.002):
                os.kill(self.pid, signal.SIGHUP)
        thread = threading.Thread(target=storm)
        thread.start()
        try:
            threads = send_all(registrations(self.sat, self.token, 40))
        finally:
            over.set()
            thread.join()
        self.assertEqual({"OK": 40}, dict(self.outcomes(threads)))
        self.assertEqual(self.pid, int(self.sat.satellite_pid))
        self.invariants()

    def test_ended_again_and_again(self):
        """SIGTERM and SIGKILL by turns in the middle of registrations: what was acknowledged is there."""
        acknowledged = []
        for number in (signal.SIGTERM, signal.SIGKILL):
            pid = int(self.sat.satellite_pid)

            def end(threads, number=number, pid=pid):
                deadline = time.monotonic() + 20
                while sum(t.answer is not None for t in threads) < 15 and time.monotonic() < deadline:
                    time.sleep(0.0005)
                os.kill(pid, number)
            threads = send_all(registrations(self.sat, self.token, 60), end)
            for thread in threads:
                if thread.answer is not None and thread.answer.status != "OK_TRY_AGAIN":
                    self.ok(thread.answer)
                    acknowledged.append(thread)
            deadline = time.monotonic() + 20
            while os.path.exists("/proc/%d/exe" % pid) and self.is_alive(pid) and time.monotonic() < deadline:
                time.sleep(0.02)
            self.sat.start()
            self.sat.wait_healthy()
            lost = {t.product.serial for t in acknowledged} - self.registered_serials()
            self.assertEqual(set(), lost)
        for thread in acknowledged[:5]:
            self.assertEqual(thread.answer.response, thread.product.send(thread.message).response)
        with read_only(self.sat.satellite_database) as db:
            mine = db.execute("SELECT count(*) FROM product_instance WHERE token_id = "
                              "(SELECT max(id) FROM registration_token)").fetchone()[0]
        self.assertEqual(mine, self.uses_taken(self.token))
        self.invariants()

    @staticmethod
    def is_alive(pid):
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"


class Copy(Attack):
    """A satellite of its own on a copy of the shared one's database and seal key."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="atk-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.database, self.seal = os.path.join(self.folder, "satellite.db"), os.path.join(self.folder, "seal.key")
        with read_only(self.sat.satellite_database) as source, contextlib.closing(sqlite3.connect(self.database)) as copy:
            source.backup(copy)
        shutil.copy(os.path.join(os.path.dirname(self.sat.satellite_database), "seal.key"), self.seal)
        self.port = satellite.free_port_base()
        self.log = os.path.join(self.folder, "satellited.log")

    def launch(self, socket_name="c.sock", shift=0, as_nobody=False, *options):
        build = os.path.join(satellite.TOP, os.environ.get("BUILD_DIR") or "build")
        settings = ["name=copy", "state_dir=" + self.folder, "server_name=localhost,127.0.0.1",
                    "control_socket=" + os.path.join(self.folder, socket_name),
                    "product_listen=127.0.0.1:%d" % (self.port + shift),
                    "administration_listen=127.0.0.1:%d" % (self.port + shift + 1), *options]
        with open(self.log, "ab") as log:
            process = subprocess.Popen([os.path.join(build, "satellited")] + [w for s in settings for w in ("-o", s)],
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       preexec_fn=self.become_nobody if as_nobody else None)
        self.addCleanup(self.finish, process)
        return process

    @staticmethod
    def become_nobody():
        os.setgid(65534)
        os.setuid(65534)

    @staticmethod
    def finish(process):
        if process.poll() is None:
            process.kill()
        process.wait(20)

    def ctl(self, *arguments, socket_name="c.sock", **options):
        return self.sat.ctl(*arguments, socket_path=os.path.join(self.folder, socket_name), **options)

    def up(self, process, socket_name="c.sock"):
        deadline = time.monotonic() + 20
        while self.ctl("status", socket_name=socket_name).rc != 0:
            self.assertIsNone(process.poll(), self.logged())
            self.assertLess(time.monotonic(), deadline, self.logged())
            time.sleep(0.05)

    def logged(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def does_not_start(self, process, pattern):
        self.assertEqual(1, process.wait(20), self.logged())
        self.assertRegex(self.logged(), "cannot start: " + pattern)


class Start(Copy):
    def test_seal_key(self):
        with open(self.seal) as f:
            key = f.read()
        for what, change in (("altered", lambda: self.write(("1" if key[0] == "0" else "0") + key[1:])),
                             ("cut", lambda: self.write(key[:40])), ("empty", lambda: self.write("")),
                             ("open to all", lambda: (self.write(key), os.chmod(self.seal, 0o644))),
                             ("missing", lambda: os.unlink(self.seal))):
            with self.subTest(what):
                change()
                self.does_not_start(self.launch(), "(FILE_ERROR|DATABASE_CORRUPT): .*[Ss]eal(ed|) ")
        self.assertFalse(os.path.exists(self.seal), "none is made beside a database: it would open nothing")
        self.write(key)
        os.chmod(self.seal, 0o600)
        self.up(self.launch())

    def write(self, text):
        with open(self.seal, "w") as f:
            f.write(text)

    def test_second_process_on_one_database(self):
        """It does not even look at the database: a failing start must not renew certificates or migrate."""
        self.up(self.launch())
        before = self.done(self.ctl("verify"))
        self.does_not_start(self.launch("d.sock", 2, False, "server_name=elsewhere"), "CONFIG_INVALID: ")
        self.assertEqual(before, self.done(self.ctl("verify")))

    def test_after_a_kill_the_lock_is_gone(self):
        first = self.launch()
        self.up(first)
        self.finish(first)
        self.up(self.launch())

    def test_database_that_cannot_be_written(self):
        """As after a backup that root restored: a satellite that answers OK_TRY_AGAIN for ever must not start."""
        first = self.launch()
        self.up(first)
        self.finish(first)
        root = os.geteuid() == 0
        for suffix in ("", "-wal", "-shm"):
            os.chmod(self.database + suffix, 0o444)
        if root:
            os.chmod(self.folder, 0o777)
            for path in (self.seal, self.database + ".lock"):
                if os.path.exists(path):
                    os.chown(path, 65534, 65534)
            if not self.readable_by_nobody():
                self.skipTest("the program cannot be run by another user")
        self.does_not_start(self.launch("c.sock", 0, root), "DATABASE_ERROR: .*cannot be written")

    def readable_by_nobody(self):
        program = os.path.join(satellite.TOP, os.environ.get("BUILD_DIR") or "build", "satellited")
        return subprocess.run(["test", "-x", program], preexec_fn=self.become_nobody).returncode == 0

    def test_not_a_database(self):
        for content in (b"x" * 5000, b"SQLite format 3\0" + b"\xff" * 4080):
            with open(self.database, "wb") as f:
                f.write(content)
            self.does_not_start(self.launch(), "DATABASE_(CORRUPT|ERROR): ")

    def test_root_certificate(self):
        path = os.path.join(self.folder, "root.pem")
        for text in ("", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
            with open(path, "w") as f:
                f.write(text)
            self.does_not_start(self.launch("c.sock", 0, False, "root_certificate=" + path), "CERTIFICATE_INVALID: ")


class Events(Copy):
    """Somebody with the database in his hands alters the events."""

    def setUp(self):
        super().setUp()
        self.up(self.launch())
        self.db = sqlite3.connect(self.database, isolation_level=None, timeout=10)
        self.addCleanup(self.db.close)
        self.db.execute("DROP TRIGGER event_is_kept")
        self.db.execute("DROP TRIGGER event_is_final")
        self.db.execute("CREATE TEMP TABLE kept AS SELECT * FROM event")
        self.count = self.db.execute("SELECT count(*) FROM event").fetchone()[0]
        self.assertGreater(self.count, 12)
        self.head = self.db.execute("SELECT value FROM setting WHERE name = 'event_head'").fetchone()
        self.whole = self.done(self.ctl("verify"))

    def altered(self, *statements):
        """verify's answer to it; everything is put back."""
        for statement in statements:
            self.db.execute(statement)
        result = self.ctl("verify")
        self.db.execute("BEGIN")
        self.db.execute("DELETE FROM event")
        self.db.execute("INSERT INTO event SELECT * FROM kept")
        self.db.execute("UPDATE setting SET value = ? WHERE name = 'event_head'", self.head)
        self.db.execute("INSERT OR IGNORE INTO setting (name, value) VALUES ('event_head', ?)", self.head)
        self.db.execute("COMMIT")
        self.assertEqual(self.whole, self.done(self.ctl("verify")))
        return result

    def test_is_named(self):
        hidden = "(SELECT max(id) FROM event) + 1, 1, 'x', 'system', 'x', '', '', '', '{}', zeroblob(32)"
        for what, number, statements in (
                ("a text", 5, ["UPDATE event SET subject = subject || 'x' WHERE id = 5"]),
                ("the actor", 5, ["UPDATE event SET actor = 'x' WHERE id = 5"]),
                ("its kind", 5, ["UPDATE event SET actor_kind = 'client' WHERE id = 5"]),
                ("the address", 5, ["UPDATE event SET address = '192.0.2.1' WHERE id = 5"]),
                ("the account", 5, ["UPDATE event SET account = account || 'x' WHERE id = 5"]),
                ("a kind", 5, ["UPDATE event SET kind = 'x' || substr(kind, 2) WHERE id = 5"]),
                ("the detail", 5, ["UPDATE event SET detail = replace(detail, '}', ' }') WHERE id = 5"]),
                ("a time", 5, ["UPDATE event SET at = at + 1 WHERE id = 5"]),
                ("the newest", self.count, ["UPDATE event SET at = at + 1 WHERE id = %d" % self.count]),
                ("behind a NUL", 5, ["UPDATE event SET detail = detail || char(0) || 'x' WHERE id = 5"]),
                ("a member to its neighbour", 5, ["UPDATE event SET kind = kind || substr(actor, 1, 1), "
                                                  "actor = substr(actor, 2) WHERE id = 5"]),
                ("a hash", 5, ["UPDATE event SET hash = zeroblob(32) WHERE id = 5"]),
                ("a short hash", 5, ["UPDATE event SET hash = x'' WHERE id = 5"]),
                ("one is gone", 5, ["DELETE FROM event WHERE id = 5"]),
                ("the first is gone", 1, ["DELETE FROM event WHERE id = 1"]),
                ("two have changed places", 5, ["UPDATE event SET id = -5 WHERE id = 5",
                                                "UPDATE event SET id = 5 WHERE id = 6",
                                                "UPDATE event SET id = 6 WHERE id = -5"]),
                ("the others move up", 5, ["DELETE FROM event WHERE id = 5", "UPDATE event SET id = -id WHERE id > 5",
                                           "UPDATE event SET id = -id - 1 WHERE id < 0"]),
                ("one is added", self.count + 1, ["INSERT INTO event VALUES (%s)" % hidden]),
                ("one is added in front", -5, ["INSERT INTO event VALUES (%s)" % hidden.replace(
                    "(SELECT max(id) FROM event) + 1", "-5")])):
            with self.subTest(what):
                result = self.altered(*statements)
                self.refused(result, "CHAIN_BROKEN")
                self.assertIn("Event %d " % number, result.err)

    def test_says_what_became_of_it(self):
        up = "UPDATE event SET id = -id WHERE id %s", "UPDATE event SET id = -id %+d WHERE id < 0"
        columns = "at, kind, actor_kind, actor, address, account, subject, detail, hash"
        def swap(a, b):
            return ["UPDATE event SET id = -%d WHERE id = %d" % (a, a), "UPDATE event SET id = %d WHERE id = %d" % (a, b),
                    "UPDATE event SET id = %d WHERE id = -%d" % (b, a)]
        for text, statements in (
                ("Event 5 was exchanged with event 6.", swap(5, 6)),
                (r"Event 5 \(\S+\) is not the one that was written there: it is event 9, copied or moved.", swap(5, 9)),
                (r"Event 5 is missing: somebody removed it\.", ["DELETE FROM event WHERE id = 5"]),
                (r"Event 5 and those up to 7 are missing", ["DELETE FROM event WHERE id IN (5, 6, 7)"]),
                (r"Event 5 \(\S+\) was event 8: 3 before it were removed, and those behind renumbered\.",
                 ["DELETE FROM event WHERE id IN (5, 6, 7)", up[0] % "> 7", up[1] % -3]),
                (r"Event 5 \(x\.y\) was added, and those behind it renumbered\.",
                 [up[0] % "> 4", up[1] % 1,
                  "INSERT INTO event VALUES (5, 1, 'x.y', 'system', '', '', '', '', '{}', zeroblob(32))"]),
                (r"Event 5 \(\S+\) is not the one that was written there: it is event 3, copied or moved.",
                 [up[0] % "> 4", up[1] % 1, "INSERT INTO event (id, %s) SELECT 5, %s FROM event WHERE id = 3" % (
                     columns, columns)]),
                (r"Event %d \(\S+\) is not the one that was written there: it is event 3" % (self.count + 1),
                 ["INSERT INTO event (id, %s) SELECT %d, %s FROM event WHERE id = 3" % (
                     columns, self.count + 1, columns)]),
                (r"Event %d \(x\.y\) was added: this server wrote %d\." % (self.count + 1, self.count),
                 ["INSERT INTO event VALUES (%d, 1, 'x.y', 'system', '', '', '', '', '{}', zeroblob(32))" % (
                     self.count + 1)]),
                (r"were %d, and %d are left" % (self.count, self.count - 1),
                 ["DELETE FROM event WHERE id = %d" % self.count]),
                (r"not the one that this server wrote last", ["DELETE FROM setting WHERE name = 'event_head'"]),
                (r"not the one that this server wrote last",
                 ["UPDATE setting SET value = substr(value, 1, length(value) - 4) || '0000' WHERE name = 'event_head'"]),
                (r"There were 999, and \d+ are left|there were 999, and",
                 ["UPDATE setting SET value = '999 ' || substr(value, instr(value, ' ') + 1) WHERE name = 'event_head'"]),
                (r"Event 5 \(\S+\) was altered: it does not fit its hash\.",
                 ["UPDATE event SET hash = randomblob(32) WHERE id = 5"])):
            with self.subTest(text):
                result = self.altered(*statements)
                self.refused(result, "CHAIN_BROKEN")
                self.assertRegex(result.err, text)
                self.assertIn("newest good backup", result.err)

    def test_a_chain_made_anew(self):
        """Whoever computes all hashes again still has no key to seal the newest with."""
        rows = self.db.execute("SELECT * FROM event ORDER BY id").fetchall()
        before = bytes(32)
        for row in rows:
            texts = list(row[2:9])
            if row[0] == 5:
                texts[2] = "somebody else"
            block = before + b"%d:%d:" % (row[0], row[1])
            for text in texts:
                block += b"%d:" % len(text.encode()) + text.encode()
            before = hashlib.sha256(block).digest()
            self.db.execute("UPDATE event SET actor = ?, hash = ? WHERE id = ?", (texts[2], before, row[0]))
        result = self.altered()
        self.refused(result, "CHAIN_BROKEN")
        self.assertIn("not the one that this server wrote last", result.err)

    def test_the_newest_are_gone(self):
        self.refused(self.altered("DELETE FROM event WHERE id > %d" % (self.count - 3)), "CHAIN_BROKEN")

    def test_all_are_gone(self):
        self.refused(self.altered("DELETE FROM event"), "CHAIN_BROKEN")


class Texts(Attack):
    """Characters that are cut, turn the order of others, or cannot be seen."""

    def test_texts_that_are_cut_stay_utf8(self):
        """What is quoted in a signed answer is cut to a length; the answer must stay readable."""
        product = self.registered()
        long = "x" + "ä" * 100
        self.failed(self.product().register(long), "INVALID_TOKEN")
        self.failed(product.send(product.message(long)), "UNSUPPORTED_REQUEST")
        self.failed(product.authorize([(long, 1), (long, 2)]), "INVALID_REQUEST")
        self.failed(product.authorize({}, edit_header={"id_cert_serial_number": long}), "UNKNOWN_INSTANCE")
        product.identifier = long
        self.failed(product.authorize({}), "UNKNOWN_INSTANCE")
        taken = self.product(pid="UCM" + "ö" * 60, serial="y" + "ä" * 60)
        taken.hostname = "z" + "ü" * 120
        self.ok(taken.register(self.sat.new_token()))
        self.failed(taken.twin().register(self.sat.new_token()), "ALREADY_REGISTERED")

    def test_events_name_every_product(self):
        product = self.product(pid="x" + "ä" * 40, serial="y" + "ö" * 40)
        self.ok(product.register(self.sat.new_token()))
        for row in self.sat.rest_ok("GET", "/events?limit=5")["events"]:
            self.assertTrue(row.get("actor"), row)

    def test_names_that_only_seem_the_same(self):
        for hidden in ("\u200b", "\u200e", "\u202e", "\u2066", "\u2028", "\ufeff", "\U000e0041", "\x9b", "\x07"):
            with self.subTest(hidden=hex(ord(hidden))):
                for path, body in ((self.sat.path() + "/virtual-accounts", {"name": "Default" + hidden}),
                                   ("/users", {"name": "admin" + hidden, "password": "a long enough password",
                                               "role": "auditor"})):
                    reply = self.sat.rest("POST", path, body)
                    self.assertEqual((400, "NAME_INVALID"), (reply.status, reply.json()["error"]["name"]), reply)

    def test_host_names_on_the_terminal(self):
        place = self.fresh()
        token = self.sat.new_token(place, uses=20)
        for name in ("a\x1b[31mb", "a\x9b31mb", "a\u202eb", "a\u2066b", "a\nb", "a\rb", "a\x07b", "a\u200bb", "a\tb"):
            product = self.product()
            product.hostname = name
            self.ok(product.register(token))
        for arguments in (("instance", "list", "--account", self.sat.account, "--virtual-account", place),
                          ("event", "list"), ("instance", "show", product.serial)):
            result = self.sat.ctl(*arguments, json_output=False)
            self.assertEqual(0, result.rc, result)
            self.assertNotRegex(result.out, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066]", result)
            self.assertNotIn("a\nb", result.out)

    def test_numbers_in_texts_are_decimal(self):
        place = self.fresh()
        for quantity in ("0x10", " 5", "5 ", "inf", "nan", "1e400", "", "-", "5.5"):
            with self.subTest(quantity=quantity):
                reply = self.transfer("Default", place, quantity)
                self.assertEqual("ERROR", reply.json()["status"], reply)
        self.assertEqual("SUCCESS", self.transfer("Default", place, "5").json()["status"])
        self.assertEqual("SUCCESS", self.transfer(place, "Default", "5.0").json()["status"])


class Signatures(Attack):
    ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551        # of P-256

    def test_the_other_form_is_a_retry(self):
        """(r, n - s) fits as well: it is the same message, not a second one."""
        token = self.sat.new_token(uses=5)
        product = self.product()
        message = product.registration(token)
        signature = P.sign(product.key, message.request)
        r, s = decode_dss_signature(signature)
        answers = []
        for value in (signature, encode_dss_signature(r, self.ORDER - s)):
            message.body = P.envelope_bytes(message.request, value)
            answers.append(self.ok(product.send(message)).response)
        self.assertEqual(answers[0], answers[1])
        self.assertEqual(1, self.uses_taken(token))

    def test_encodings(self):
        product = self.registered()
        message = product.authorization({CUWL: 1})
        der = P.sign(product.key, message.request)
        r, s = decode_dss_signature(der)
        with self.unchanged():
            for what, value in (("raw", r.to_bytes(32, "big") + s.to_bytes(32, "big")), ("0, 0", encode_dss_signature(0, 0)),
                                ("s + n", encode_dss_signature(r, s + self.ORDER)), ("trailing", der + b"\x00"),
                                ("BER", b"\x30\x81" + der[1:])):
                with self.subTest(what):
                    message.body = P.envelope_bytes(message.request, value)
                    self.failed(product.send(message), "INVALID_SIGNATURE", what)

    def test_members_that_two_readers_see_differently(self):
        product = self.registered()
        with self.unchanged():
            for name in ('request_d\\u0061ta":"{}"', 'h\\u0065ader":{}', 'n\\u006fnce":"1"'):
                with self.subTest(name):
                    message = product.message("DEREGISTRATION", inner_text=lambda i: '{"%s,%s' % (name, P.compact(i)[1:]))
                    self.assertEqual(400, product.post(message.body).status)
            body = product.message("DEREGISTRATION").body
            self.assertEqual(400, product.post(body[:-1] + b',"requ\\u0065st":"{}"}').status)


class Bytes(Attack):
    """Requests whose end two readers see at different places must not hide a second request."""

    HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    def statuses(self, data):
        """Of all answers to these bytes."""
        seen = b""
        with contextlib.closing(self.sat.client(timeout=5)) as client, contextlib.closing(client.raw_socket()) as s:
            s.settimeout(2)
            s.sendall(data)
            with contextlib.suppress(OSError):
                while True:
                    more = s.recv(65536)
                    if not more:
                        break
                    seen += more
        return [int(n) for n in re.findall(rb"HTTP/1\.[01] (\d{3}) ", seen)]

    def request(self, *headers, body=b"", version=b"1.1", path=b"/SmartTransport"):
        return b"POST %s HTTP/%s\r\nHost: x\r\nContent-Type: application/json\r\n" % (path, version) + \
            b"".join(h + b"\r\n" for h in headers) + b"\r\n" + body

    def test_hidden_requests(self):
        hidden, n = self.HIDDEN, b"%d" % len(self.HIDDEN)
        chunked = b"0\r\n\r\n" + hidden
        for what, data in (
                ("both", self.request(b"Content-Length: " + n, b"Transfer-Encoding: chunked", body=chunked)),
                ("two lengths", self.request(b"Content-Length: 0", b"Content-Length: " + n, body=hidden)),
                ("a list", self.request(b"Content-Length: 0, 0", body=hidden)),
                ("plus", self.request(b"Content-Length: +0", body=hidden)),
                ("minus", self.request(b"Content-Length: -0", body=hidden)),
                ("hexadecimal", self.request(b"Content-Length: 0x0", body=hidden)),
                ("beyond 64 bits", self.request(b"Content-Length: 18446744073709551616", body=hidden)),
                ("white space before the colon", self.request(b"Content-Length : " + n, body=hidden)),
                ("tab before the colon", self.request(b"Content-Length\t: " + n, body=hidden)),
                ("encoding with white space", self.request(b"Transfer-Encoding : chunked", b"Content-Length: 0",
                                                           body=hidden)),
                ("two encodings", self.request(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity",
                                               body=chunked)),
                ("another encoding", self.request(b"Transfer-Encoding: xchunked", body=hidden)),
                ("a vertical tab", self.request(b"Transfer-Encoding: \x0bchunked", body=hidden)),
                ("encodings in one", self.request(b"Transfer-Encoding: identity, chunked", body=chunked))):
            with self.subTest(what):
                statuses = self.statuses(data)
                self.assertNotIn(200, statuses, "the hidden request was answered")
                self.assertTrue(statuses and set(statuses) <= {400, 411, 413}, statuses)

    def test_chunks_that_lie(self):
        chunked = b"Transfer-Encoding: chunked"
        for body in (b"-5\r\nhello\r\n0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n", b"3\r\nhello\r\n0\r\n\r\n",
                     b"10000000000000000\r\nhello", b" 5\r\nhello\r\n0\r\n\r\n"):
            with self.subTest(body):
                statuses = self.statuses(self.request(chunked, body=body + self.HIDDEN))
                self.assertTrue(statuses and 200 not in statuses, statuses)

    def test_paths(self):
        with contextlib.closing(self.sat.client()) as client:
            for path, status in (("/healthz%00", 400), ("/health%00z", 400), ("/%c0%afhealthz", 400), ("/%zz", 400),
                                 ("/x/../healthz", 404), ("/./healthz", 404), ("/%2fhealthz", 404), ("/healthz;x", 404),
                                 ("//healthz", 200), ("/%68ealthz", 200), ("https://other.example/healthz", 200),
                                 ("ftp://other.example/healthz", 400)):
                with self.subTest(path=path):
                    self.assertEqual(status, client.request("GET", path).status)


class Rest(Attack):
    SYSTEM = (("/accounts", {"name": "x", "smartAccount": "x", "virtualAccount": "x"}), ("/clock/accept", {}),
              ("/tokens/revoke", {"tokens": ["x"]}),
              ("/users", {"name": "x", "password": "a long enough password", "role": "system-administrator"}),
              ("{account}/activate", {}), ("{account}/deactivate", {}), ("{account}/tokens/revoke", {"tokens": ["x"]}),
              ("{account}/sync/request-file", {}), ("{account}/sync/response-file", {}),
              ("{account}/sync/start", {}), ("{account}/sync/cancel", {}), ("{account}/sync/register", {"code": "x"}),
              ("{account}/sync/settings", {"managerUrl": "https://x.example"}),
              ("{account}/virtual-accounts", {"name": "x"}), ("{va}/delete", {}), ("{va}/tokens", {}),
              ("{va}/tokens/revoke", {"tokens": ["x"]}), ("{va}/devices/remove", {"productInstanceRemoveRequests": []}),
              ("{va}/licenses/transfer", {"licenses": []}), ("/product-instances/x/remove", {}))

    def test_auditor_changes_nothing(self):
        password = secrets.token_hex(12)
        name = "auditor " + secrets.token_hex(4)
        self.sat.rest_ok("POST", "/users", {"name": name, "password": password, "role": "auditor"})
        with contextlib.closing(self.sat.client(self.sat.admin_url)) as client:
            reply = client.request("POST", "/oauth/token", json.dumps({
                "grant_type": "password", "username": name, "password": password}), JSON)
            self.assertEqual(200, reply.status, reply)
            head = dict(JSON, Authorization="Bearer " + reply.json()["access_token"])
            self.assertEqual(200, client.request("GET", "/api/v1/status", headers=head).status)
            with self.unchanged():
                for path, body in self.SYSTEM:
                    path = path.replace("{account}", self.sat.path()).replace("{va}", self.sat.path("Default"))
                    for prefix in ("/api/v1", "/backend//api/v1/", "/api/v1/../v1", "/%61pi/v1"):
                        with self.subTest(path=prefix + path):
                            status = client.request("POST", prefix + path, json.dumps(body), head).status
                            self.assertIn(status, (404,) if ".." in prefix else (403,))

    def test_through_another_account(self):
        other = "Other " + secrets.token_hex(4)
        self.sat.rest_ok("POST", "/accounts", {"name": other, "smartAccount": other, "virtualAccount": "v"})
        token = self.sat.new_token()
        product = self.registered(token)
        row = self.device(product)
        with self.unchanged():
            for place in (self.sat.path(account=other), self.sat.path("Default", other), self.sat.path("Branch")):
                reply = self.sat.rest("POST", place + "/tokens/revoke", {"tokens": [token]})
                self.assertEqual("ERROR", reply.json()["status"], reply)
            for place in (self.sat.path("Default", other), self.sat.path("Branch")):
                reply = self.sat.rest("POST", place + "/devices/remove", {"productInstanceRemoveRequests": [
                    {"sudi": row["sudi"], "productTagName": row["productTagName"]}]})
                self.assertEqual("ERROR", reply.json()["status"], reply)
            reply = self.sat.rest("POST", self.sat.path("Default", other) + "/licenses/transfer", {"licenses": [
                {"license": CUWL, "quantity": 1, "targetVirtualAccount": "Branch"}]})
            self.assertEqual("ERROR", reply.json()["status"], reply)

    def test_members_that_are_not_the_caller_s(self):
        made = self.sat.rest_ok("POST", self.sat.path("Default") + "/tokens", {
            "description": "x", "expiresAfterDays": 1, "numberofUses": 1, "uses": -5, "createdBy": "x", "token": "A" * 48,
            "virtual_account_id": 1, "status": "x", "expires_at": 1})["tokenInfo"]
        self.assertEqual((1, 0, "ACTIVE"), (made["usesRemaining"], made["uses"], made["status"]))
        self.assertNotEqual("A" * 48, made["token"])
        self.assertNotEqual("x", made["createdBy"])


class Forgery(Attack):
    """Authorization files that are right but for one thing, made with the keys of the demonstration itself."""

    @staticmethod
    def keys(folder):
        """purpose -> (key, certificate), opened with the seal key."""
        with open(os.path.join(folder, "seal.key")) as f:
            seal = AESGCM(bytes.fromhex(f.read().strip()))
        found = {}
        with read_only(os.path.join(folder, "satellite.db")) as db:
            for purpose, box, der in db.execute("SELECT purpose, key_box, certificate FROM authority"):
                key = None
                if box:
                    pem = seal.decrypt(box[1:13], box[13:], bytes([1]) + purpose.encode())
                    key = serialization.load_pem_private_key(pem, None)
                found[purpose] = (key, x509.load_der_x509_certificate(der) if der else None)
        return found

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="atk-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.manager = self.keys(os.path.join(self.sat.state, "manager"))
        self.satellite = self.keys(os.path.join(self.sat.state, "satellite"))
        self.account = "Forged " + secrets.token_hex(4)
        self.sat.rest_ok("POST", "/accounts", {"name": self.account, "smartAccount": self.sat.account,
                                               "virtualAccount": self.account})
        self.sat.rest_ok("POST", self.sat.path() + "/virtual-accounts", {"name": self.account}, manager=True)
        asked, given = (os.path.join(self.folder, n) for n in ("asked.sync", "given.sync"))
        self.done(self.sat.ctl("sync", "export", asked, "--account", self.account))
        self.done(self.sat.ctl("satellite", "authorize", asked, given, manager=True))
        with open(given, "rb") as f:
            self.true = f.read()
        with tarfile.open(fileobj=io.BytesIO(self.true)) as tar:
            self.members = [(m.name, tar.extractfile(m).read()) for m in tar.getmembers()]
        self.manifest, self.parts = json.loads(self.members[0][1]), self.members[2:]

    def pack(self, members, behind=b""):
        raw = io.BytesIO()
        with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for name, data in members:
                info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        return gzip.compress(raw.getvalue() + behind, 1)

    def offer(self, data):
        path = os.path.join(self.folder, "offered.sync")
        with open(path, "wb") as f:
            f.write(data)
        return self.sat.ctl("sync", "import", path, "--account", self.account)

    def sign(self, text, signers, certs=(), more=()):
        builder = pkcs7.PKCS7SignatureBuilder().set_data(text)
        for key, cert in signers:
            builder = builder.add_signer(cert, key, hashes.SHA256())
        for cert in certs:
            builder = builder.add_certificate(cert)
        options = {pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary, *more}
        if pkcs7.PKCS7Options.NoAttributes not in options:
            options.add(pkcs7.PKCS7Options.NoCapabilities)
        return builder.sign(serialization.Encoding.DER, list(options))

    def signed(self, *signers, certs=(), more=(), parts=None, **change):
        """The file with these parts and manifest members, signed so."""
        parts = self.parts if parts is None else parts
        listed = [{"name": name, "records": data.count(b"\n") if name.endswith(".ndjson") else 0, "bytes": len(data),
                   "sha256": hashlib.sha256(data).hexdigest()} for name, data in parts]
        text = P.compact(dict(self.manifest, parts=listed, **change)).encode()
        return self.pack([("manifest.json", text), ("manifest.p7s", self.sign(text, signers, certs, more)), *parts])

    def issue(self, issuer, subject=None, ca=False, use=(ExtendedKeyUsageOID.EMAIL_PROTECTION,), serial=None):
        """-> (key, certificate); issuer (key, certificate), or None for a self-signed one."""
        key, now = P.new_key(), datetime.datetime.utcnow()
        subject = subject or x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody")])
        builder = x509.CertificateBuilder().subject_name(subject).public_key(key.public_key()).issuer_name(
            issuer[1].subject if issuer else subject).serial_number(serial or x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(
            now + datetime.timedelta(days=300))
        builder = builder.add_extension(x509.BasicConstraints(ca, 0 if ca else None), True).add_extension(
            x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False), True)
        if use:
            builder = builder.add_extension(x509.ExtendedKeyUsage(use), False)
        signer = issuer[0] if issuer else key
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False)
        return key, builder.sign(signer, hashes.SHA256())

    def test_signers(self):
        root, signer, issuing = (self.manager[n] for n in ("root", "manager-signer", "issuing-ca"))
        sub_ca, own = self.satellite["sub-ca"], self.satellite["satellite-signer"]
        member = self.registered()
        product = (member.key, member.certificate)
        other_root = self.issue(None, root[1].subject, ca=True, use=())
        sub_sub = self.issue(sub_ca, sub_ca[1].subject, ca=True, use=())
        posing = self.issue(other_root, signer[1].subject, serial=signer[1].serial_number)
        option = pkcs7.PKCS7Options
        files = {
            "a product": self.signed(product, certs=[member.issuer]),
            "a product beside the manager": self.signed(signer, product),
            "the manager beside a product": self.signed(product, signer),
            "the manager twice": self.signed(signer, signer),
            "no signed attributes": self.signed(signer, more=[option.NoAttributes]),
            "no certificates": self.signed(signer, more=[option.NoCerts]),
            "a certificate more": self.signed(signer, certs=[member.certificate]),
            "the satellite itself": self.signed(own, certs=[sub_ca[1]]),
            "its sub-CA": self.signed(sub_ca), "the root": self.signed(root),
            "issued by a product": self.signed(self.issue(product), certs=[member.certificate, member.issuer]),
            "issued by the sub-CA in the manager's name": self.signed(self.issue(sub_ca, signer[1].subject),
                                                                      certs=[sub_ca[1]]),
            "issued by the manager's issuing CA": self.signed(self.issue(issuing), certs=[issuing[1]]),
            "below a CA below the sub-CA": self.signed(self.issue(sub_sub), certs=[sub_sub[1], sub_ca[1]]),
            "another root of the same name": self.signed(posing, certs=[other_root[1]]),
            "the manager's certificate, another key": self.signed(posing, certs=[signer[1]]),
            "a CA as the signer": self.signed(self.issue(root, ca=True)),
            "without a use": self.signed(self.issue(root, use=())),
        }
        for name in ("CLIENT_AUTH", "SERVER_AUTH", "ANY_EXTENDED_KEY_USAGE"):
            files["for " + name] = self.signed(self.issue(root, use=[getattr(ExtendedKeyUsageOID, name)]))
        with self.unchanged():
            for what, data in files.items():
                with self.subTest(what):
                    self.refused(self.offer(data), ("SYNC_UNTRUSTED", "CERTIFICATE_INVALID"))
        self.done(self.offer(self.signed(signer)))

    def test_contents(self):
        signer = self.manager["manager-signer"]
        lot = {"id": "11111111-2222-4333-8444-555555555555", "tag": CUWL, "count": 5, "license_type": "PERPETUAL",
               "start_at": 0, "end_at": None, "subscription_id": ""}
        with read_only(self.sat.satellite_database) as db:
            taken = db.execute("SELECT uuid FROM license_lot").fetchone()[0]

        def with_part(part, text):
            return self.signed(signer, parts=[(n, text if n == part else d) for n, d in self.parts])

        def lots(*rows):
            return with_part("license_lots.ndjson", b"".join(P.compact(r).encode() + b"\n" for r in rows))
        files = {
            "a lot twice": lots(lot, lot), "of another account": lots(dict(lot, id=taken)),
            "less than none": lots(dict(lot, count=-1)), "2^31": lots(dict(lot, count=2 ** 31)),
            "2^63": lots(dict(lot, count=2 ** 63)), "unknown tag": lots(dict(lot, tag="nothing")),
            "an escape sequence": lots(dict(lot, subscription_id="\x1b[31m")),
            "no account": with_part("account.ndjson", b""),
            "two accounts": with_part("account.ndjson", dict(self.parts)["account.ndjson"] * 2),
            "a chain of others": with_part("chain.pem", P.pem(self.issue(None, ca=True)[1]).encode() * 2),
            "another satellite": self.signed(signer, satellite=lot["id"]),
            "another account": self.signed(signer, account=self.sat.account),
            "another question": self.signed(signer, request_sha256="00" * 32),
            "over already": self.signed(signer, authority_valid_until=1),
            "for ever": self.signed(signer, authority_valid_until=2 ** 63 - 1),
            "a response": self.signed(signer, kind="response"),
        }
        with self.unchanged():
            for what, data in files.items():
                with self.subTest(what):
                    self.refused(self.offer(data))

    def test_archives(self):
        def special(name, kind, link=""):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, link
            return info
        m = self.members
        files = {
            "a symbolic link": self.pack(m[:2] + [(special("account.ndjson", tarfile.SYMTYPE, "/etc/passwd"), b"")] + m[3:]),
            "a hard link": self.pack(m[:2] + [(special("account.ndjson", tarfile.LNKTYPE, "/etc/passwd"), b"")] + m[3:]),
            "a device": self.pack(m[:2] + [(special("account.ndjson", tarfile.CHRTYPE), b"")] + m[3:]),
            "a path outside": self.pack(m + [("../../outside", b"x")]), "from the root": self.pack(m + [("/outside", b"x")]),
            "a part twice": self.pack(m + [m[2]]), "the manifest twice": self.pack(m + [m[0]]),
            "another order": self.pack(m[:2] + [m[3], m[2]] + m[4:]), "a part less": self.pack(m[:-1]),
            "something behind": self.pack(m) + b"x", "a second archive": self.pack(m) + self.pack([("x", b"y")]),
            "inside, behind the end": self.pack(m, b"x" * 512), "a bomb behind the end": self.pack(m, bytes(64 << 20)),
            "a bomb": self.pack(m[:2] + [("account.ndjson", bytes(64 << 20))]),
        }
        with self.unchanged():
            for what, data in files.items():
                with self.subTest(what):
                    began = time.monotonic()
                    self.refused(self.offer(data))
                    self.assertLess(time.monotonic() - began, 5)
        self.assertFalse(os.path.exists("/outside"))
        self.done(self.offer(self.true))
        self.refused(self.offer(self.true), "SYNC_OUT_OF_ORDER")


if __name__ == "__main__":
    unittest.main()
