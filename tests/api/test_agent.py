"""product-agent against the running satellite, command by command, as its administrator types them."""

import calendar
import http.server
import json
import os
import pty
import re
import select
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse

import satellite
from case import BASIC, ENHANCED, RESTRICTED, Case
from satellite import TOP

ALERT = "SmartLicenseExportControlNotAllowed"


def find_program():
    build = os.path.join(TOP, os.environ.get("BUILD_DIR") or "build")
    for path in (os.environ.get("PRODUCT_AGENT"), os.path.join(build, "product-agent"),
                 os.path.join(build, "tools", "product-agent")):
        if path and os.access(path, os.X_OK):
            return path
    return None


class AgentCase(Case):
    """Has no tests itself."""

    def setUp(self):
        self.program = find_program()
        if self.program is None:
            self.skipTest("product-agent is not built")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = folder.name
        self.folder = os.path.join(self.top, "state")

    def call(self, *commands, folder=None, options=(), text=None):
        """-> (exit status, stdout, stderr)"""
        done = subprocess.run([self.program, "--state", folder or self.folder, *options, *commands],
                              input=text, stdin=subprocess.DEVNULL if text is None else None, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=120, encoding="utf-8", errors="replace")
        return done.returncode, done.stdout, done.stderr

    def agent(self, command, *options, good=True, folder=None):
        rc, out, err = self.call(command, options=options, folder=folder)
        text = "product-agent '%s' -> exit %d\n%s\n%s" % (command, rc, out, err)
        if good is not None:
            self.assertEqual(good, rc == 0, text)
        return out, text

    def fails(self, command, rc, name, *words):
        """Exit status, `error: NAME: …` and words of its text."""
        got, out, err = self.call(command)
        text = "product-agent '%s' -> exit %d\n%s\n%s" % (command, got, out, err)
        self.assertEqual(rc, got, text)
        self.assertRegex(err, r"(?m)^error: %s: \S" % name, text)
        for word in words:
            self.assertIn(word, err, text)
        return err

    def json(self, command, good=True, folder=None):
        rc, out, err = self.call(command, options=("--json",), folder=folder)
        self.assertEqual(good, rc == 0, (command, out, err))
        self.assertEqual(1, out.count("\n"), out)
        return json.loads(out)

    def files(self):
        return ("--ca-file", self.sat.ca_file, "--root-file", self.sat.root_file)

    def gateway(self, more="", folder=None, product="UCM", road="gateway", url=None):
        url = urllib.parse.urlsplit(url or self.sat.product_url)
        self.agent("license smart transport %s %s:%d%s" % (road, url.hostname, url.port, more), "--product", product,
                   *self.files(), folder=folder)

    def direct_token(self, export=False):
        made = self.sat.rest_ok("POST", self.sat.path("Direct") + "/tokens", {
            "expiresAfterDays": 30, "exportControlled": "Allowed" if export else "Not Allowed"}, manager=True)
        return made["tokenInfo"]["token"]

    def mine(self, place):
        return self.sat.devices(place)


class Agent(AgentCase):
    def test_the_whole_life(self):
        place = self.fresh({"Enhanced": 5, "Basic": 2})
        token = self.sat.new_token(place, uses=2)
        self.gateway()
        out, text = self.agent("show license summary")
        self.assertIn("Smart Licensing is ENABLED", out, text)
        self.assertRegex(out, r"Status: UNREGISTERED", text)
        self.agent("license smart register idtoken " + token)
        self.assertEqual(1, len(self.mine(place)))
        self.agent("license usage set Enhanced=5 Basic=2")
        self.agent("license usage update")
        self.assertEqual((5, 5, "In Compliance"), self.counts(place, "Enhanced"))
        self.assertEqual((2, 2, "In Compliance"), self.counts(place, "Basic"))
        out, text = self.agent("show license summary")
        self.assertRegex(out, r"(?s)Registration:\s+Status: REGISTERED.*License Authorization:\s+Status: AUTHORIZED",
                         text)
        self.assertIn("Smart Account: Demo Account", out, text)
        self.assertIn("Virtual Account: " + place, out, text)
        for tag, count in ((ENHANCED, 5), (BASIC, 2)):
            self.assertRegex(out, re.escape(tag) + r"\s+%d\s+InCompliance" % count, text)
        out, text = self.agent("show license all")
        for part in ("Registration:", "License Authorization:", "Evaluation Period:", "License Usage",
                     "Product Information", "Agent Version", "UC Manager Enhanced License (12.x) (" + ENHANCED + ")"):
            self.assertIn(part, out, text)
        for what in ("status", "usage", "udi"):
            self.agent("show license " + what)
        self.agent("license smart renew auth")
        self.agent("license smart renew id")
        self.agent("license usage update")
        self.assertEqual(5, self.counts(place, "Enhanced")[1])
        self.agent("license smart deregister")
        self.assertEqual([], self.mine(place))
        self.assertEqual((5, 0), self.counts(place, "Enhanced")[:2])
        self.assertEqual((2, 0), self.counts(place, "Basic")[:2])
        out, text = self.agent("show license summary")
        self.assertRegex(out, r"Status: UNREGISTERED", text)
        self.agent("license smart register idtoken " + token)
        self.agent("license smart deregister")

    def test_export_controlled(self):
        """The product stays authorized, so it must be told what it does not get."""
        place = self.fresh({"Enhanced": 5})
        self.gateway()
        self.agent("license smart register idtoken " + self.sat.new_token(place))
        out, text = self.agent("license usage set Enhanced=1 %s=2" % RESTRICTED)
        self.assertIn(": AUTHORIZED\n", out)
        self.assertIn("DNA HSEC: 2 asked, 0 granted (export-controlled; this product may not use it).\n", out)
        self.assertNotIn("Too few", out)
        out, text = self.agent("license usage set %s=0" % RESTRICTED)
        self.assertNotIn("granted", out)

    def test_more_than_owned(self):
        place = self.fresh({"CUWL": 1})
        self.gateway()
        self.agent("license smart register idtoken " + self.sat.new_token(place))
        out, text = self.agent("license usage set CUWL=2")
        self.assertIn("Too few licenses: UC Manager CUWL License (12.X)\n", out)
        self.agent("license usage update")
        out, text = self.agent("show license summary")
        self.assertRegex(out, r"OUT[ _]OF[ _]COMPLIANCE", text)
        self.assertEqual((1, 2, "Out Of Compliance"), self.counts(place, "CUWL"))
        self.agent("license smart deregister")

    def test_refused_token(self):
        self.gateway()
        _, text = self.agent("license smart register idtoken no-such-token", good=False)
        self.assertIn("no-such-token", text)
        self.assertIn("not valid", text)
        self.assertIn("Tokens belong to one server; create one there.", text)
        support, _ = self.agent("show license tech support")
        self.assertIn("no-s…", support, "a token's beginning tells which it was")
        self.assertNotIn("no-such-token", support)

    def test_removed_product(self):
        """The administrator removed it: the product says so, and a token is all that it needs."""
        place = self.fresh({"Basic": 2})
        self.gateway()
        self.agent("license smart register idtoken " + self.sat.new_token(place))
        identifier = self.json("show license status")["registration"]["productInstanceIdentifier"]
        self.sat.rest_ok("POST", "/product-instances/%s/remove" % identifier, {})
        out, text = self.agent("license usage set Basic=1")
        self.assertIn("Not reported: ", out, text)
        self.assertIn("\nRegister again: license smart register idtoken TOKEN\n", out, text)
        self.assertIn("does not know this registration any more", self.agent("show license summary")[0])
        self.agent("license smart register idtoken " + self.sat.new_token(place))
        self.assertNotIn("does not know", self.agent("show license summary")[0])
        self.assertEqual((2, 1, "In Compliance"), self.counts(place, "Basic"))
        self.agent("license smart deregister")

    def test_without_a_command(self):
        rc, out, err = self.call()
        self.assertEqual((2, ""), (rc, out), err)
        self.assertFalse(os.path.exists(self.folder), "no state is made for nothing")
        rc, out, err = self.call("show license udi", "exit", "nonsense")
        self.assertEqual(0, rc, err)
        self.assertRegex(self.call("--version")[1], r"^product-agent \d+\.\d+\.\d+\n$")
        self.assertEqual(2, self.call("show license udi", options=("--ip", "300.1.1.1"))[0])

    def test_unknown_command(self):
        self.fails("license smart nonsense", 2, "USAGE")

    def test_call_home(self):
        place = self.fresh({"Enhanced": 2})
        token = self.sat.new_token(place)
        self.gateway(" callhome")
        out, _ = self.agent("show license tech support")
        self.assertIn("/Transportgateway/services/DeviceRequestHandler", out)
        self.agent("license smart register idtoken " + token)
        self.agent("license usage set Enhanced=2")
        self.assertEqual((2, 2, "In Compliance"), self.counts(place, "Enhanced"))
        self.agent("license smart renew id")
        self.agent("license usage update")
        self.agent("license smart deregister")
        self.assertEqual([], self.mine(place))
        self.fails("license smart register idtoken nothing", 1, "INVALID_TOKEN", "nothing")

    def test_direct(self):
        for more in ("", " callhome"):
            with self.subTest(more=more):
                self.gateway(more, road="direct", url=self.sat.manager_url)
                self.agent("license smart register idtoken " + self.direct_token())
                self.agent("license usage set CUWL=1")
                shown = self.json("show license tech support")
                self.assertEqual("manager", shown["registration"]["servedBy"])
                self.assertEqual("direct", shown["transport"]["type"])
                self.assertEqual("AUTHORIZED", shown["authorization"]["status"])
                self.agent("license smart renew id")
                self.agent("license usage set CUWL=0")
                self.agent("license smart deregister")

    def test_sme(self):
        self.gateway(product="SME", road="direct", url=self.sat.manager_url)
        self.agent("license smart register idtoken " + self.direct_token())
        self.agent("license usage set CUWL=1")
        out, text = self.agent("show license all")
        self.assertIn("UDI: PID:UCM_SME,SN:", out, text)
        self.assertIn("  Status: AUTHORIZED on ", out, text)
        self.agent("license smart deregister")

    def test_two_agents(self):
        place = self.fresh({"Basic": 5})
        token = self.sat.new_token(place, uses=2)
        folders = [os.path.join(self.top, name) for name in ("one", "two")]
        for folder in folders:
            self.gateway(folder=folder)
            self.agent("license smart register idtoken " + token, folder=folder)
        self.agent("license usage set Basic=2", folder=folders[0])
        self.agent("license usage set Basic=3", folder=folders[1])
        self.assertEqual((5, 5, "In Compliance"), self.counts(place, "Basic"))
        self.assertEqual(2, len({d["sudi"]["uuid"] for d in self.mine(place)}))
        self.agent("license smart deregister", folder=folders[0])
        self.assertEqual((5, 3, "In Compliance"), self.counts(place, "Basic"))
        self.assertEqual("REGISTERED", self.json("show license status", folder=folders[1])["registration"]["status"])
        self.agent("license smart deregister", folder=folders[1])

    def test_privacy(self):
        place = self.fresh()
        token = self.sat.new_token(place, uses=2)
        self.gateway()
        self.agent("license smart privacy hostname", "--hostname", "ucm-secret-name", "--ip", "10.9.8.7")
        self.agent("license smart register idtoken " + token)
        self.assertNotIn("ucm-secret-name", json.dumps(self.mine(place)))
        self.agent("license smart deregister")
        self.agent("license smart privacy none")
        self.agent("license smart register idtoken " + token)
        self.assertIn("ucm-secret-name", json.dumps(self.mine(place)))
        self.agent("license smart deregister")

    def test_mixed_mode(self):
        place = self.fresh()
        self.gateway()
        self.fails("utils ctl set-cluster mixed-mode", 1, "EXPORT_NOT_ALLOWED", "not registered")
        self.agent("license smart register idtoken " + self.sat.new_token(place))
        self.fails("utils ctl set-cluster mixed-mode", 1, "EXPORT_NOT_ALLOWED", "Not Allowed")
        self.agent("license smart register idtoken %s force" % self.sat.new_token(place, export=True))
        self.agent("utils ctl set-cluster mixed-mode")
        out, text = self.agent("license smart deregister")
        self.assertIn("Alert %s: " % ALERT, out, text)
        self.assertIn("Cluster Security Mode: mixed", self.agent("show ctl")[0])
        self.assertIn(ALERT, self.agent("show license tech support")[0])
        self.assertEqual([ALERT], [a["name"] for a in self.json("show ctl")["alerts"]])
        process = self.run_alone()
        self.wait_for(process, ALERT)
        self.end(process)
        self.agent("utils ctl set-cluster non-secure-mode")
        self.assertEqual([], self.json("show ctl")["alerts"])

    def test_server_gone(self):
        place = self.fresh({"Basic": 1})
        self.gateway()
        self.agent("license smart register idtoken " + self.sat.new_token(place))
        self.agent("license usage set Basic=1")
        identifier = self.json("show license status")["registration"]["productInstanceIdentifier"]
        self.agent("license smart transport gateway 127.0.0.1:1")
        self.fails("license usage update", 3, "CONNECT_FAILED", "Cannot connect to https://127.0.0.1:1/SmartTransport",
                   "Connection refused", "that the server runs")
        rc, out, err = self.call("license smart deregister")
        self.assertEqual(0, rc, (out, err))
        for words in ("warning: ", "Remove it at the server by hand", "PID:UCM,SN:", "'%s'" % place,
                      "\n  satellitectl instance remove %s\n" % identifier):
            self.assertIn(words, err)
        self.assertEqual("UNREGISTERED", self.json("show license status")["registration"]["status"])
        self.assertEqual(1, len(self.mine(place)))
        self.sat.rest_ok("POST", "/product-instances/%s/remove" % identifier, {})
        self.assertEqual((1, 0, "In Compliance"), self.counts(place, "Basic"))

    def test_names_differ(self):
        """0.0.0.0 leads to this machine, but no certificate names it."""
        port = urllib.parse.urlsplit(self.sat.product_url).port
        self.agent("license smart transport gateway 0.0.0.0:%d" % port, *self.files())
        self.fails("license smart register idtoken T", 3, "CONNECT_FAILED", "asked for “0.0.0.0”",
                   "certificate names localhost, 127.0.0.1")

    def test_not_trusted(self):
        port = urllib.parse.urlsplit(self.sat.product_url).port
        self.agent("license smart transport gateway 127.0.0.1:%d" % port, "--root-file", self.sat.root_file)
        self.fails("license smart register idtoken T", 3, "CONNECT_FAILED", "is not trusted", "--ca-file")

    def test_plain_http(self):
        rc, _, err = self.call("license smart transport gateway http://127.0.0.1:9", options=self.files())
        self.assertEqual(0, rc)
        self.assertIn("warning: http://127.0.0.1:9/SmartTransport is not encrypted", err)

    def test_other_servers(self):
        cases = [(503, {"Retry-After": "7777"}, b"", 1, "BUSY", ("7777 seconds",)),
                 (200, {}, b"<html><body>Welcome</body></html>", 1, "ANSWER_INVALID", ("a web page (HTTP 200)",)),
                 (404, {}, b"none", 1, "ANSWER_INVALID", ("HTTP status 404",)),
                 (200, {}, b"{}", 1, "ANSWER_INVALID", ("has no 'response'",))]
        current = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                status, headers, body = current[0][:3]
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.agent("license smart transport gateway http://127.0.0.1:%d" % server.server_port, *self.files())
        for case in cases:
            with self.subTest(case=case):
                current[:] = [case]
                began = time.time()
                self.fails("license smart register idtoken T", case[3], case[4], *case[5])
                if "Retry-After" in case[1]:
                    at = self.json("show license status")["registration"]["lastAttempt"]["nextAt"]
                    wait = calendar.timegm(time.strptime(at, "%Y-%m-%dT%H:%M:%SZ")) - began
                    self.assertTrue(7770 < wait < 7790, wait)

    # other ways to give commands

    def test_input(self):
        rc, out, err = self.call(text="# two questions\n\nshow license udi\n  show ctl\nexit\nnonsense\n")
        self.assertEqual((0, ""), (rc, err))
        self.assertIn("UDI: PID:UCM,SN:", out)
        self.assertTrue(out.endswith("Cluster Security Mode: non-secure\n"), out)
        rc, out, err = self.call("-", text="nonsense\nshow ctl\n")
        self.assertEqual((2, ""), (rc, out))
        self.assertIn("error: USAGE: ", err)

    def test_json(self):
        self.assertEqual("SUCCESS", self.json("license usage set Basic=3")["status"])
        shown = self.json("show license usage")
        self.assertEqual([("Basic", 3, "Eval")], [(u["license"], u["count"], u["status"]) for u in shown["usage"]])
        refused = self.json("license smart register idtoken SECRET", good=False)
        self.assertEqual(("ERROR", "USAGE"), (refused["status"], refused["error"]["name"]))
        self.assertNotIn("SECRET", json.dumps(refused))

    def test_prompt(self):
        self.agent("show license udi")
        master, slave = pty.openpty()
        process = subprocess.Popen([self.program, "--state", self.folder], stdin=slave, stdout=slave, stderr=slave,
                                   env=dict(os.environ, TERM="xterm", LC_ALL="C.UTF-8"), start_new_session=True)
        self.addCleanup(self.kill, process)
        os.close(slave)
        self.addCleanup(os.close, master)
        self.expect(master, "admin:")
        os.write(master, b"show lic\tudi\r")
        self.expect(master, "UDI: PID:UCM")
        self.expect(master, "admin:")
        os.write(master, b"license smart register idtoken SECRET-TOKEN\r")
        self.expect(master, "error: USAGE: No server is set")
        self.expect(master, "admin:")
        os.write(master, b"\x1b[A\r")  # the last line that was kept
        self.expect(master, "UDI: PID:UCM")
        self.expect(master, "admin:")
        # The state is free meanwhile.
        self.agent("show ctl")
        os.write(master, b"license smart privacy \t")
        self.expect(master, "hostname")
        os.write(master, b"\x15exit\r")
        self.assertEqual(0, process.wait(20))
        path = os.path.join(self.folder, "history")
        with open(path, encoding="utf-8") as f:
            kept = f.read()
        self.assertIn("udi", kept)
        self.assertNotIn("SECRET-TOKEN", kept)
        self.assertEqual(0o600, os.stat(path).st_mode & 0o777)

    def expect(self, master, words, seconds=20):
        seen, end = "", time.monotonic() + seconds
        while words not in seen:
            left = end - time.monotonic()
            if left <= 0 or not select.select([master], [], [], left)[0]:
                self.fail("'%s' did not come, but: %r" % (words, seen))
            seen += os.read(master, 1).decode("utf-8", "replace")

    # left alone

    def run_alone(self):
        log = open(os.path.join(self.top, "run.log"), "a+b")
        self.addCleanup(log.close)
        process = subprocess.Popen([self.program, "--state", self.folder, "run"], stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log)
        self.addCleanup(self.kill, process)
        return process

    def kill(self, process):
        if process.poll() is None:
            process.kill()
            process.wait()

    def log(self):
        with open(os.path.join(self.top, "run.log"), encoding="utf-8") as f:
            return f.read()

    def wait_for(self, process, words, seconds=30):
        end = time.monotonic() + seconds
        while words not in self.log():
            self.assertIsNone(process.poll(), self.log())
            self.assertLess(time.monotonic(), end, "'%s' was not logged: %s" % (words, self.log()))
            time.sleep(0.1)

    def end(self, process):
        process.send_signal(signal.SIGTERM)
        self.assertEqual(0, process.wait(10), self.log())
        self.assertIn('msg="stopped"', self.log())

    def test_run(self):
        place = self.fresh({"Basic": 1})
        self.gateway()
        process = self.run_alone()
        self.wait_for(process, "registration: UNREGISTERED")
        # Commands are taken beside it, and it goes on from what they did.
        self.agent("license smart register idtoken " + self.sat.new_token(place))
        self.agent("license usage set Basic=1")
        self.assertEqual(1, len(self.mine(place)))
        self.end(process)
        process = self.run_alone()
        self.wait_for(process, "registration: REGISTERED")
        self.wait_for(process, "license authorization: AUTHORIZED")
        self.end(process)
        for line in self.log().splitlines():
            self.assertRegex(line, r"^time=\S+ level=\w+ module=agent msg=")
        self.agent("license smart deregister")


class PlainHttp(AgentCase):
    """A satellite of its own that listens without TLS too."""

    @classmethod
    def setUpClass(cls):
        cls.port = satellite.free_port_base(1)
        cls.sat = satellite.System(environment={"SATELLITE_OPTIONS": "http_listen = 127.0.0.1:%d" % cls.port})
        cls.sat.start()

    @classmethod
    def tearDownClass(cls):
        cls.sat.stop()

    def test_plain_http(self):
        plain = "license smart transport gateway http://127.0.0.1:%d" % self.port
        token = self.sat.new_token()
        for more in ("", " callhome"):
            with self.subTest(more=more):
                self.agent(plain + more, *self.files())
                self.fails("license smart register idtoken " + token, 1, "HTTPS_REQUIRED")
                self.gateway(more)
                self.agent("license smart register idtoken " + token)
                # What holds no secret may pass.
                self.agent(plain + more)
                self.agent("license usage set Basic=1")
                self.agent("license smart renew id")
                out, _ = self.agent("license smart deregister")
                self.assertIn("its licenses are given back", out)


if __name__ == "__main__":
    unittest.main()
