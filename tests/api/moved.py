"""A system of its own whose satellite is started again under libfaketime (feasibility.md item 4), for tests of time.

Left out where libfaketime is missing, where the program cannot be preloaded (static sanitizers), or BLACKBOX_TIME=0.
"""

import glob
import os
import signal
import subprocess
import time
import unittest

import product as P
from case import Case
from satellite import System


class MovedCase(Case):
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

    def set_clock(self, text):
        with open(self.clock_file + ".new", "w", encoding="ascii") as f:
            f.write(text + "\n")
        os.rename(self.clock_file + ".new", self.clock_file)

    def status_of(self, product, place):
        return self.device(product, place)["status"]
