"""Backups: made while products are served, whole or not there, kept in number, fetched, restored."""

import hashlib
import os
import resource
import shutil
import signal
import subprocess
import threading
import time

from case import ENHANCED, Case
from pair import Pair

GOOD_NAME = "satellite-20200102T030405Z.db"


class Backups(Case):
    @classmethod
    def setUpClass(cls):
        cls.sat = Pair().ready()
        cls.folder = os.path.join(cls.sat.state, "satellite", "backups")

    @classmethod
    def tearDownClass(cls):
        cls.sat.stop()

    def setUp(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    # asking

    def make(self):
        return self.sat.rest_ok("POST", "/backups")["backup"]

    def rows(self, query=""):
        return self.sat.rest_ok("GET", "/backups" + query)["backups"]

    def files(self):
        return sorted(os.listdir(self.folder)) if os.path.isdir(self.folder) else []

    def path(self, row):
        return os.path.join(self.folder, row["name"])

    def configured(self, *lines):
        """Restarts the satellite with more lines, here and at the end without them."""
        def restart(more):
            self.sat.more["satellite"] = more
            self.sat.end("satellite")
            self.sat.begin("satellite")
            self.sat.wait_for("satellite")
        restart(lines)
        self.addCleanup(restart, ())

    def wait(self, count):
        deadline = time.monotonic() + 15
        while len(self.rows()) < count and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.rows()

    # making

    def test_made(self):
        self.assertEqual([], self.rows(), "no folder yet")
        row = self.make()
        self.assertRegex(row["name"], r"^satellite-\d{8}T\d{6}Z(-\d+)?\.db$")
        self.assertEqual((True, None), (row["ok"], row["fault"]))
        self.assertEqual([row], self.rows())
        self.assertEqual([row], self.rows("?check=true"))
        data = self.sat.read(self.path(row))
        self.assertEqual(hashlib.sha256(data).hexdigest(), row["sha256"])
        self.assertEqual(len(data), row["size"])
        self.assertEqual([0o600, 0o600, 0o700], [os.stat(p).st_mode & 0o777 for p in (
            self.path(row), self.path(row) + ".sha256", self.folder)])
        self.assertEqual([row["name"], row["name"] + ".sha256"], self.files())
        subprocess.run(["sha256sum", "-c", "--quiet", row["name"] + ".sha256"], cwd=self.folder, check=True)
        said = subprocess.run(["sqlite3", self.path(row), "PRAGMA integrity_check"], stdout=subprocess.PIPE, check=True)
        self.assertEqual(b"ok\n", said.stdout)
        self.assertNotIn(self.sat.read(os.path.join(self.sat.state, "satellite", "seal.key")).strip(), data)
        self.assertNotEqual(row["name"], self.make()["name"], "two in one second")

    def test_while_serving(self):
        product = self.registered()
        ended, answers = threading.Event(), []

        def ask():
            while not ended.is_set():
                answers.append(self.sat.rest("POST", "/backups"))
        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        longest = 0.0
        try:
            for i in range(40):
                began = time.monotonic()
                self.ok(product.authorize({ENHANCED: i % 5}))
                longest = max(longest, time.monotonic() - began)
        finally:
            ended.set()
            for thread in threads:
                thread.join(60)
        for reply in answers:
            self.assertIn(reply.status, (200, 409), reply)
            if reply.status == 409:
                self.assertEqual("BACKUP_RUNNING", reply.json()["error"]["name"])
        self.assertGreater([r.status for r in answers].count(200), 0)
        self.assertLess(longest, 5, "products wait for no backup")
        for row in self.rows("?check=true"):
            self.assertTrue(row["ok"], row)

    def test_kept(self):
        self.configured("backup_keep = 2")
        made = [self.make()["name"] for _ in range(2)]
        answer = self.sat.rest_ok("POST", "/backups")
        self.assertEqual(made[:1], answer["removed"])
        self.assertEqual([answer["backup"]["name"], made[1]], [r["name"] for r in self.rows()])
        self.assertEqual(4, len(self.files()))
        kinds = [(r["kind"], r["subject"]) for r in self.sat.rest_ok("GET", "/events?limit=10")["events"]]
        self.assertIn(("backup.create", answer["backup"]["name"]), kinds)
        self.assertIn(("backup.remove", made[0]), kinds)

    def test_every_day(self):
        self.configured("backup_at = 00:00", "backup_keep = 3")
        self.assertEqual(1, len(self.wait(1)), "today's was missed")
        self.configured("backup_at = 00:00")
        time.sleep(0.5)
        self.assertEqual(1, len(self.rows()), "one a day")
        answer = self.sat.rest_ok("GET", "/backups")
        self.assertRegex(answer["nextBackupDate"], "T00:00:00Z$")

    # failures

    def test_no_room(self):
        self.make()
        before = self.files()
        pid = self.sat.running["satellite"].pid
        old = resource.prlimit(pid, resource.RLIMIT_FSIZE, (60000, resource.RLIM_INFINITY))
        try:
            reply = self.sat.rest("POST", "/backups")
        finally:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, old)
        self.assertIn(reply.status, (500, 503), reply)
        self.assertEqual(before, self.files(), "nothing half")
        self.make()

    def test_left_over(self):
        """A process that was killed while it made one."""
        self.make()
        with open(os.path.join(self.folder, ".backup.Xy12ab"), "wb") as f:
            f.write(b"half")
        self.make()
        self.assertFalse([n for n in self.files() if n.startswith(".")])

    def test_damaged(self):
        altered, cut, bare = self.make(), self.make(), self.make()
        with open(self.path(altered), "r+b") as f:
            f.seek(altered["size"] - 100)
            f.write(b"x")
        os.truncate(self.path(cut), cut["size"] - 1000)
        os.unlink(self.path(bare) + ".sha256")
        for name in ("satellite-20200102T030405Z.txt", "satellite-2020.db", "manager-20200102T030405Z.db", "notes"):
            with open(os.path.join(self.folder, name), "wb"):
                pass
        faults = {r["name"]: r["fault"] for r in self.rows()}
        self.assertEqual({altered["name"], cut["name"], bare["name"]}, set(faults))
        self.assertIsNone(faults[altered["name"]], "not without reading it")
        self.assertIn("cut", faults[cut["name"]])
        self.assertIn("digest", faults[bare["name"]])
        faults = {r["name"]: r["fault"] for r in self.rows("?check=true")}
        self.assertIn("altered", faults[altered["name"]])

    def test_names(self):
        self.make()
        with open(os.path.join(self.sat.state, "satellite", GOOD_NAME), "wb") as f:
            f.write(b"outside")
        before = self.files()
        for name in ("..%2fsatellite.db", "..%2f" + GOOD_NAME, "%2e%2e", "x", ".backup.x", "satellite-20200102T030405Z.db",
                     "satellite-20200102T030405Z.db.sha256", "satellite-20200102T030405Z-1234.db", "a" * 300,
                     "satellite-2020010%D9%A2T030405Z.db"):
            with self.subTest(name):
                for reply in (self.sat.rest("GET", "/backups/" + name), self.sat.rest("POST", "/backups/%s/remove" % name)):
                    self.assertEqual((404, "BACKUP_UNKNOWN"), (reply.status, reply.json()["error"]["name"]))
        self.assertEqual(before, self.files())
        self.assertEqual(400, self.sat.rest("GET", "/backups?check=maybe").status)

    # fetching, removing

    def test_fetch(self):
        row = self.make()
        reply = self.sat.rest("GET", "/backups/" + row["name"])
        self.assertEqual(200, reply.status)
        self.assertEqual(self.sat.read(self.path(row)), reply.body)
        self.assertEqual(row["sha256"], reply.headers["X-Backup-Sha256"])
        self.assertIn(row["name"], reply.headers["Content-Disposition"])
        newest = self.sat.rest_ok("GET", "/events?limit=1")["events"][0]
        self.assertEqual(("backup.fetch", row["name"]), (newest["kind"], newest["subject"]))
        self.sat.rest_ok("POST", "/backups/%s/remove" % row["name"])
        self.assertEqual([], self.files())

    def test_manager(self):
        row = self.sat.rest_ok("POST", "/backups", manager=True)["backup"]
        self.assertTrue(row["name"].startswith("manager-"))
        self.assertEqual([row], self.sat.rest_ok("GET", "/backups?check=true", manager=True)["backups"])

    def test_ctl(self):
        name = self.done(self.sat.ctl("backup", "make"))["backup"]["name"]
        said = self.done(self.sat.ctl("backup", "list", json_output=False))
        self.assertIn(name, said)
        self.assertLessEqual(max(map(len, said.splitlines())), 80, said)
        self.assertIn("good", self.done(self.sat.ctl("backup", "list", "--check", json_output=False)))
        to = os.path.join(self.sat.state, "taken.db")
        self.assertIn("nobody else", self.done(self.sat.ctl("backup", "fetch", name, to, json_output=False)))
        self.assertEqual(self.sat.read(os.path.join(self.folder, name)), self.sat.read(to))
        self.assertEqual(0o600, os.stat(to).st_mode & 0o777)
        self.assertIn("seal key", self.done(self.sat.ctl("backup", "make", json_output=False)))
        self.done(self.sat.ctl("backup", "remove", name))
        self.refused(self.sat.ctl("backup", "fetch", name, to), "BACKUP_UNKNOWN")
        self.refused(self.sat.ctl("backup", "remove", "../satellite.db"), "BACKUP_UNKNOWN")

    # restoring, as satellited(8) says

    def test_restore(self):
        early = self.registered()
        self.ok(early.authorize({ENHANCED: 2}))
        row = self.make()
        late = self.registered()
        self.ok(early.authorize({ENHANCED: 5}))
        self.sat.end("satellite", signal.SIGKILL)
        home = os.path.dirname(self.sat.satellite_database)
        old = os.path.join(self.sat.state, "old")
        os.mkdir(old, 0o700)
        for name in os.listdir(home):
            if name.startswith("satellite.db"):
                shutil.move(os.path.join(home, name), old)
        shutil.copyfile(self.path(row), self.sat.satellite_database)
        os.chmod(self.sat.satellite_database, 0o600)
        self.sat.begin("satellite")
        self.sat.wait_for("satellite")
        self.done(self.sat.ctl("verify"))
        self.assertEqual(2, self.device(early)["licenseUsage"][0]["quantity"])
        self.ok(early.authorize({ENHANCED: 4}), "goes on, over the same trust")
        self.failed(late.authorize({ENHANCED: 1}), "UNKNOWN_INSTANCE", "came after the backup")
        self.ok(late.register(self.sat.new_token()), "and comes again")
        asked = self.sat.post_file(self.sat.path() + "/sync/request-file").body
        answer = self.sat.post_file("/satellites/answer", asked, manager=True).body
        self.sat.post_file(self.sat.path() + "/sync/response-file", answer)
        self.ok(early.authorize({ENHANCED: 3}))
