"""A moved clock, with a system of its own whose satellite is started again under libfaketime (feasibility.md item 4).

Left out where libfaketime is missing, where the program cannot be preloaded (static sanitizers), or BLACKBOX_TIME=0.
"""

import glob
import os
import signal
import subprocess
import time
import unittest

import product as P
from case import CUWL, Case
from satellite import System


class Moved(Case):
    @classmethod
    def setUpClass(cls):
        if os.environ.get("BLACKBOX_TIME") == "0":
            raise unittest.SkipTest("BLACKBOX_TIME=0")
        found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        if not found:
            raise unittest.SkipTest("libfaketimeMT.so.1 is not installed")
        cls.library = found[0]
        cls.sat = System().start()
        cls.addClassCleanup(cls.end)
        cls.daemon = None
        cls.pid = int(cls.sat.satellite_pid)
        with open("/proc/%d/cmdline" % cls.pid, "rb") as f:
            cls.command = f.read().rstrip(b"\0").decode().split("\0")
        cls.folder = os.readlink("/proc/%d/cwd" % cls.pid)
        cls.program = os.readlink("/proc/%d/exe" % cls.pid)

    @classmethod
    def end(cls):
        cls.stop_satellite()
        try:
            cls.sat.stop()
        except (RuntimeError, subprocess.SubprocessError):
            os.kill(int(cls.sat.manager_pid), signal.SIGTERM)

    @classmethod
    def stop_satellite(cls):
        if cls.daemon is not None:
            cls.daemon.terminate()
            try:
                cls.daemon.wait(20)
            except subprocess.TimeoutExpired:
                cls.daemon.kill()
            cls.daemon = None
        elif getattr(cls, "pid", 0):
            os.kill(cls.pid, signal.SIGTERM)
            deadline = time.monotonic() + 20
            while os.path.exists("/proc/%d/exe" % cls.pid) and time.monotonic() < deadline:
                try:
                    os.readlink("/proc/%d/exe" % cls.pid)
                except OSError:
                    break
                time.sleep(0.05)
            cls.pid = 0

    def preload(self):
        libraries = subprocess.run(["ldd", self.program], stdout=subprocess.PIPE, check=True).stdout.decode()
        for line in libraries.splitlines():
            if "libasan" in line:
                return "%s %s" % (line.split()[2], self.library)
        with open(self.program, "rb") as f:
            if b"__asan_init" in f.read():
                self.skipTest("static AddressSanitizer hangs under libfaketime")
        return self.library

    def start_at(self, days):
        self.start_with(FAKETIME="+%dd" % days)

    def start_with(self, **faketime):
        preload = self.preload()
        self.stop_satellite()
        env = dict(os.environ, LD_PRELOAD=preload, FAKETIME_DONT_FAKE_MONOTONIC="1", ASAN_OPTIONS="detect_leaks=0",
                   **faketime)
        log_name = os.path.join(self.sat.state, "blackbox-time.log")
        with open(log_name, "ab") as log:
            type(self).daemon = subprocess.Popen([self.program] + self.command[1:], cwd=self.folder, env=env,
                                                 stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.daemon.poll() is None:
            try:
                if self.client().request("GET", "/healthz").status in (200, 503):
                    return
            except OSError:
                time.sleep(0.1)
        with open(log_name, "rb") as log:
            self.skipTest("the satellite does not start with %s: %s" % (
                faketime, log.read()[-1500:].decode("utf-8", "replace")))

    def client(self):
        return P.Client(self.sat.product_url, self.sat.ca_file, any_time=True)

    def moved(self, product, days):
        product.client.close()
        product.client = self.client()
        product.clock_offset = days * P.DAY_MS
        return product

    def test_a_year(self):
        """Token, authorization, authority and certificate run out one after the other."""
        place = self.fresh({"CUWL": 5})
        day = self.sat.new_token(place, uses=20, days=1)
        year = self.sat.new_token(place, uses=20, days=365)
        user, idle, leaver = self.registered(day), self.registered(year), self.registered(year)
        self.ok(user.authorize({CUWL: 2}))
        self.ok(idle.authorize({CUWL: 3}))
        uses = self.sat.uses_left(day)
        serial = user.certificate_serial

        days = 2
        self.start_at(days)
        newcomer = self.moved(self.product(), days)
        self.failed(newcomer.register(day), "TOKEN_EXPIRED")
        self.failed(newcomer.register("no-such-token"), "INVALID_TOKEN")
        self.moved(user, days)
        self.ok(user.register(day), "same key and same token, expired since")
        self.assertEqual(serial, user.certificate_serial)
        self.assertEqual(uses, self.sat.uses_left(day), "no use was taken")
        self.ok(user.authorize({CUWL: 2}))
        self.ok(newcomer.register(year))
        self.assertEqual((5, 5), self.counts(place, "CUWL")[:2])

        days = 91
        self.start_at(days)
        self.assertEqual((5, 2), self.counts(place, "CUWL")[:2], "who was silent for 90 days uses nothing")
        late = self.moved(self.product(), days)
        self.failed(late.register(year), "SYNC_EXPIRED")
        self.moved(user, days)
        self.failed(user.authorize({CUWL: 2}), "SYNC_EXPIRED")
        self.failed(user.renew(adopt=False), "SYNC_EXPIRED")
        self.ok(self.moved(leaver, days).deregister(), "deregistration always works")

        days = 93
        self.start_at(days)
        self.assertEqual((5, 0, "In Compliance"), self.counts(place, "CUWL"), "a FAILED answer is no contact")

        days = 366
        self.start_at(days)
        self.failed(self.moved(idle, days).authorize({CUWL: 1}), "CERTIFICATE_EXPIRED")
        self.done(self.sat.ctl("verify"))

    def set_clock(self, text):
        with open(self.clock_file + ".new", "w", encoding="ascii") as f:
            f.write(text + "\n")
        os.rename(self.clock_file + ".new", self.clock_file)

    def status_of(self, product, place):
        return self.device(product, place)["status"]

    def test_a_clock_that_jumps(self):
        """Neither expiry nor revival by a jump of the running clock; it ends by itself or by `clock accept`."""
        self.clock_file = os.path.join(self.sat.state, "clock")
        self.set_clock("+0")
        self.start_with(FAKETIME_TIMESTAMP_FILE=self.clock_file, FAKETIME_NO_CACHE="1")
        place = self.fresh({"CUWL": 5})
        token = self.sat.new_token(place, uses=20)
        one = self.product()
        self.moved(one, 0)
        self.ok(one.register(token))
        self.ok(one.authorize({CUWL: 2}))
        self.set_clock("+91d")
        self.assertEqual("Authorized", self.status_of(one, place), "a jump expires nothing")
        self.assertEqual((5, 2), self.counts(place, "CUWL")[:2])
        clock = self.done(self.sat.ctl("status"))["clock"]
        self.assertTrue(clock["frozen"], clock)
        self.assertNotEqual(clock["believed"][:10], clock["shown"][:10], "both times are told")
        self.ok(one.authorize({CUWL: 2}), "a product with the right time is served")
        newcomer = self.moved(self.product(), 0)
        self.assertEqual("OK_TRY_AGAIN", newcomer.send(newcomer.registration(token)).status, "no certificate meanwhile")
        self.set_clock("+0")
        self.assertFalse(self.done(self.sat.ctl("status"))["clock"]["frozen"], "right again: believed again")
        self.ok(newcomer.register(token))
        self.set_clock("+91d")
        self.assertTrue(self.done(self.sat.ctl("status"))["clock"]["frozen"])
        self.done(self.sat.ctl("clock", "accept"))
        self.assertFalse(self.done(self.sat.ctl("status"))["clock"]["frozen"])
        self.assertEqual("Authorization Expired", self.status_of(one, place))
        self.assertEqual((5, 0), self.counts(place, "CUWL")[:2])
        kinds = [event["kind"] for event in self.done(self.sat.ctl("event", "list", "--limit", "50"))["events"]]
        self.assertIn("clock.accept", kinds)
        self.assertIn("clock.jump", kinds)
        # Started behind the last seen time: what expired stays expired.
        self.set_clock("+0")
        self.start_with(FAKETIME_TIMESTAMP_FILE=self.clock_file, FAKETIME_NO_CACHE="1")
        self.assertTrue(self.done(self.sat.ctl("status"))["clock"]["frozen"], "the clock stands behind")
        self.assertEqual("Authorization Expired", self.status_of(one, place))
        self.done(self.sat.ctl("clock", "accept"))


if __name__ == "__main__":
    unittest.main()
