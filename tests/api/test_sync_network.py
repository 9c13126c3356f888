"""Satellite and cloud manager in two networks that have nothing in common but a proxy: namespaces, links, tinyproxy.

Whatever is cut, stopped or refused leaves a status that says so, products of the satellite's network are served meanwhile,
and after the cure the next synchronization makes both agree. And who is not told to connect never does.
"""

import http.client
import os
import shutil
import subprocess
import time
import unittest

import agree
import product as P
from case import BASIC, ENHANCED, Case
from nets import Nets
from pair import ACCOUNT, Pair

SATELLITE, PROXY_HERE, PROXY_THERE, MANAGER = "10.77.1.2", "10.77.1.1", "10.77.2.1", "10.77.2.2"
PROXY_PORT = 3128
LOGIN = "BasicAuth anna s3cret"


class Inside(P.Client):
    """A product in the satellite's network."""
    nets, opened = None, 0

    def open(self):
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(self.host, self.port, timeout=self.timeout)
            plain = self.nets.connect("satellite", self.host, self.port)
            Inside.opened += 1
            plain.settimeout(self.timeout)
            self.connection.sock = P.tls_context(self.ca_file).wrap_socket(plain, server_hostname=self.host)
        return self.connection


class Network(Case):
    """One story, in the order of the names."""

    @classmethod
    def setUpClass(cls):
        cls.tinyproxy = shutil.which("tinyproxy", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if cls.tinyproxy is None:
            raise unittest.SkipTest("tinyproxy is not installed")
        cls.nets = Inside.nets = Nets("proxy", "satellite", "manager")
        cls.addClassCleanup(cls.nets.close)
        cls.nets.link("satellite", SATELLITE, "proxy", PROXY_HERE)
        cls.nets.link("proxy", PROXY_THERE, "manager", MANAGER)
        cls.sat = Pair(inside={n: cls.nets.into(n) for n in ("satellite", "manager")}, hosts={"manager": MANAGER})
        cls.addClassCleanup(cls.sat.stop)
        cls.proxy = None
        cls.addClassCleanup(cls.stop_proxy)
        cls.sat.start()
        cls.sat.smart_account()
        cls.sat.order("Enhanced", 20)
        cls.sat.order("Basic", 20)
        cls.sat.local_account()
        cls.place = cls.sat.rows("manager", "SELECT uuid FROM virtual_account WHERE name = 'Site A'")[0][0]
        cls.made = None

    @classmethod
    def start_proxy(cls, *lines):
        cls.stop_proxy()
        path = os.path.join(cls.sat.state, "tinyproxy.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(("Port %d" % PROXY_PORT, "Listen " + PROXY_HERE, "Timeout 60", "MaxClients 20",
                               "Allow " + SATELLITE, "LogLevel Info", "LogFile \"%s.log\"" % path, *lines)) + "\n")
        cls.proxy = subprocess.Popen([*cls.nets.into("proxy"), cls.tinyproxy, "-d", "-c", path], stdin=subprocess.DEVNULL,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while True:
            try:
                cls.nets.connect("satellite", PROXY_HERE, PROXY_PORT).close()
                return
            except OSError:
                if cls.proxy.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError("tinyproxy does not listen")
                time.sleep(0.02)

    @classmethod
    def stop_proxy(cls):
        if cls.proxy is not None:
            cls.proxy.terminate()
            cls.proxy.wait(20)
            cls.proxy = None

    # asking

    def served(self):
        """A product registers and says what it uses; both is new to the manager."""
        made = P.Product(self.sat, client=Inside(self.sat.product_url, self.sat.ca_file))
        self.addCleanup(made.client.close)
        self.ok(made.register(self.sat.new_token()))
        self.ok(made.authorize({BASIC: 1, ENHANCED: 1}))
        return made

    def now(self):
        return self.sat.ctl("sync", "now", "--account", ACCOUNT, json_output=False)

    def status(self):
        rows = self.done(self.sat.ctl("sync", "status"))["accounts"]
        return [row for row in rows if row["account"] == ACCOUNT][0]

    def fails(self, result, *words):
        """What an administrator is told at once and later; products are served."""
        self.refused(result, "SYNC_UNREACHABLE")
        self.told(*words)

    def told(self, *words):
        row = self.status()
        self.assertIsNone(row["running"], row)
        self.assertEqual("SYNC_UNREACHABLE", row["lastFailure"]["code"], row)
        for word in words:
            self.assertIn(word, row["lastFailure"]["message"])
        if row["state"] == "REGISTERED":
            self.assertIsNotNone(row["nextAttemptAt"], row)
        shown = " ".join(self.sat.ctl("sync", "status", json_output=False).out.split())
        self.assertIn("synchronization of “%s” failed" % ACCOUNT, shown)

    def goes_well(self):
        result = self.now()
        self.assertEqual(0, result.rc, result)
        self.agreed()

    def agreed(self):
        self.assertEqual("OK", self.status()["newest"]["outcome"])
        self.assertEqual([], agree.differences(self.sat.satellite_database, self.sat.manager_database, self.place))

    def begun(self):
        """A synchronization whose file is on its way; with slow() it is not there yet."""
        before = self.sat.begin_network()
        deadline = time.monotonic() + 20
        while (self.sat.sync_row()["running"] or {}).get("stage") not in ("SEND", "WAIT"):
            self.assertLess(time.monotonic(), deadline, self.sat.sync_row())
            time.sleep(0.005)
        return before

    def link(self, state, name="satellite", device="to-proxy"):
        self.nets.ip(name, "link set %s %s" % (device, state))

    def slow(self):
        """About 4 kB a second."""
        done = self.nets.run("satellite", "tc", "qdisc", "add", "dev", "to-proxy", "root", "tbf", "rate", "32kbit", "burst",
                             "2kb", "latency", "2s", check=False)
        if done.returncode != 0:
            self.skipTest("no slow link: %s" % done.stdout.decode().strip())
        self.addCleanup(self.fast)

    def fast(self):
        self.nets.run("satellite", "tc", "qdisc", "del", "dev", "to-proxy", "root", check=False)

    # the story

    def test_a_nothing_is_connected_unasked(self):
        """By files alone, with a way into the world that it might take: not one connection, datagram, packet."""
        self.nets.ip("satellite", "route add default via " + PROXY_HERE)
        self.addCleanup(self.nets.ip, "satellite", "route del default")
        self.sat.rest_ok("POST", "/accounts", {"name": "Other", "smartAccount": ACCOUNT, "virtualAccount": "Direct"})
        self.sat.authorize_by_files("Other")
        self.sat.by_files("Other")
        self.sat.end("satellite")
        self.sat.begin("satellite")
        self.sat.wait_for("satellite")
        token = self.sat.rest_ok("POST", self.sat.path("Default", "Other") + "/tokens", {
            "description": "x", "expiresAfterDays": 1, "numberofUses": 2, "exportControlled": "Not Allowed"})
        made = P.Product(self.sat, client=Inside(self.sat.product_url, self.sat.ca_file))
        self.addCleanup(made.client.close)
        self.ok(made.register(token["tokenInfo"]["token"]))
        self.sat.by_files("Other")
        for account in (ACCOUNT, "Other"):
            self.assertNotEqual(0, self.sat.ctl("sync", "now", "--account", account).rc)
            self.assertNotEqual(0, self.sat.ctl("sync", "configure", "--account", account, "--schedule", "daily@00:00").rc)
        self.sat.ctl("status")
        time.sleep(1)
        counted = self.nets.counted("satellite")
        self.assertEqual((Inside.opened, 0), (counted["Tcp.ActiveOpens"], counted["Udp.OutDatagrams"]))
        self.assertEqual(0, self.nets.sent("satellite", "to-proxy"))
        # That is not for want of counting.
        self.sat.connect("Other")
        self.sat.begin_network("Other")
        deadline = time.monotonic() + 20
        while self.nets.sent("satellite", "to-proxy") == 0:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        self.sat.ctl("sync", "cancel", "--account", "Other")
        self.assertGreater(self.nets.counted("satellite")["Tcp.ActiveOpens"], Inside.opened)

    def test_b_registration(self):
        self.start_proxy(LOGIN)
        self.sat.connect()
        code = self.sat.code()
        register = ("sync", "register", "--account", ACCOUNT, "--code", code, "--root-fingerprint", self.sat.fingerprint())
        self.fails(self.sat.ctl(*register), "connecting to %s:" % MANAGER, "Network is unreachable")
        self.sat.connect(proxyUrl="http://%s:%d" % (PROXY_HERE, PROXY_PORT))
        self.fails(self.sat.ctl(*register), "The proxy %s:%d answered 407: it wants a login" % (PROXY_HERE, PROXY_PORT))
        self.sat.connect(proxyUser="anna", proxyPassword="s3cret", schedule="daily@02:30")
        self.assertEqual("OK", self.done(self.sat.ctl(*register))["outcome"])
        self.served()
        self.goes_well()
        self.assertEqual("standard", self.done(self.sat.ctl("sync", "now", "--account", ACCOUNT))["mode"])
        self.agreed()

    def test_c_proxy(self):
        self.stop_proxy()
        self.served()
        self.fails(self.now(), "connecting to the proxy %s:%d failed: Connection refused" % (PROXY_HERE, PROXY_PORT))
        self.start_proxy("BasicAuth anna another")
        self.served()
        self.fails(self.now(), "The proxy %s:%d refused the login of “anna”" % (PROXY_HERE, PROXY_PORT))
        self.start_proxy(LOGIN)
        self.goes_well()

    def test_d_behind_the_proxy(self):
        self.sat.end("manager")
        self.served()
        words = "The proxy %s:%d cannot reach %s:" % (PROXY_HERE, PROXY_PORT, MANAGER)
        self.fails(self.now(), words)
        self.sat.begin("manager")
        self.sat.wait_for("manager")
        self.link("down", "proxy", "to-manager")
        self.fails(self.now(), words)
        self.link("up", "proxy", "to-manager")
        self.goes_well()

    def test_e_slow(self):
        self.slow()
        self.served()
        before = self.begun()
        for _ in range(3):
            self.served()
        self.assertTrue(self.sat.sync_row()["running"], "products were served while it sent")
        row = self.sat.ended(before)
        self.assertEqual("OK", row["outcome"], row)
        self.fast()
        self.goes_well()

    def test_f_link_that_comes_back(self):
        """Down for a while in the middle of a transfer: it goes on where it was."""
        self.slow()
        self.served()
        before = self.begun()
        self.link("down")
        self.served()
        time.sleep(1)
        self.assertTrue(self.sat.sync_row()["running"])
        self.link("up")
        self.fast()
        row = self.sat.ended(before)
        self.assertEqual("OK", row["outcome"], row)
        self.goes_well()

    def test_g_link_down(self):
        """The kernel, told to be impatient, gives the connection up."""
        self.slow()
        self.nets.set("satellite", "ipv4/tcp_retries2", 2)
        self.addCleanup(self.nets.set, "satellite", "ipv4/tcp_retries2", 15)
        self.served()
        before = self.begun()
        self.link("down")
        self.assertEqual("SYNC_UNREACHABLE", self.sat.ended(before)["outcome"])
        self.told("through the proxy %s:%d" % (PROXY_HERE, PROXY_PORT))
        self.served()
        self.fails(self.now(), "connecting to the proxy %s:%d failed: Network is unreachable" % (PROXY_HERE, PROXY_PORT))
        self.link("up")
        self.fast()
        self.goes_well()


if __name__ == "__main__":
    unittest.main()
