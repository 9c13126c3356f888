"""Health and metrics: what monitors read. The parser takes the text format of Prometheus strictly."""

import base64
import collections
import http.client
import json
import os
import re
import resource
import socket
import sqlite3
import ssl
import time
import unittest
import urllib.parse

from case import BASIC, Case
from satellite import UnixConnection

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*\Z")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
TYPES = {"counter", "gauge", "histogram", "summary", "untyped"}
UNITS = ("milliseconds", "_ms", "minutes", "hours", "kilobytes", "_kb")


class Exposition:
    """samples: (name, ((label, value), …)) -> number. Raises ValueError at the first fault."""

    def __init__(self, text):
        self.samples, self.types, self.helps = {}, {}, {}
        self.closed, self.open = set(), None
        if not text.endswith("\n"):
            raise ValueError("the last line has no end")
        for line in text[:-1].split("\n"):
            if line.startswith("# "):
                self.comment(line)
            else:
                self.sample(line)
        self.finish()

    def begin(self, family):
        if family == self.open:
            return
        if family in self.closed:
            raise ValueError("%s: its lines do not stand together" % family)
        if self.open:
            self.closed.add(self.open)
        self.open = family

    def comment(self, line):
        _, what, name, rest = line.split(" ", 3)
        if what not in ("HELP", "TYPE") or not NAME.match(name):
            raise ValueError("no comment: %s" % line)
        self.begin(name)
        kept = self.helps if what == "HELP" else self.types
        if name in kept:
            raise ValueError("%s has two %s lines" % (name, what))
        if what == "TYPE" and (rest not in TYPES or any(self.family(n) == name for n, _ in self.samples)):
            raise ValueError("%s: TYPE %s is wrong or late" % (name, rest))
        if not rest.strip() or rest != rest.strip():
            raise ValueError("%s: an empty %s" % (name, what))
        kept[name] = rest

    def family(self, name):
        for suffix in ("_bucket", "_sum", "_count"):
            base = name[:-len(suffix)] if name.endswith(suffix) else None
            if base and self.types.get(base) == "histogram":
                return base
        return name

    def sample(self, line):
        m = re.match(r"([^\s{]+)(?:\{(.*)\})? (\S+)\Z", line)
        if not m or not NAME.match(m.group(1)):
            raise ValueError("no sample: %r" % line)
        labels, rest = [], m.group(2)
        while rest:
            one = LABEL.match(rest)
            if not one:
                raise ValueError("no label: %r in %r" % (rest, line))
            value = re.sub(r"\\(.)", lambda e: {"n": "\n"}.get(e.group(1), e.group(1)), one.group(2))
            if one.group(1).startswith("__") or one.group(1) in dict(labels):
                raise ValueError("a label twice, or a reserved one: %r" % line)
            labels.append((one.group(1), value))
            rest = rest[one.end():]
            if rest:
                if not rest.startswith(",") or rest == ",":
                    raise ValueError("labels are divided otherwise: %r" % line)
                rest = rest[1:]
        family = self.family(m.group(1))
        if family not in self.types or family not in self.helps:
            raise ValueError("%s has no HELP or TYPE before it" % family)
        self.begin(family)
        key = (m.group(1), tuple(sorted(labels)))
        if key in self.samples:
            raise ValueError("a series twice: %r" % line)
        self.samples[key] = float(m.group(3))

    def finish(self):
        for name, kind in self.types.items():
            if kind == "counter" and not name.endswith("_total"):
                raise ValueError("the counter %s does not end in _total" % name)
            if kind != "counter" and name.endswith("_total"):
                raise ValueError("%s ends in _total and is a %s" % (name, kind))
            if any(u in name for u in UNITS):
                raise ValueError("%s is in no base unit" % name)
            if kind == "histogram":
                self.histogram(name)
        for (name, _), value in self.samples.items():
            if self.types[self.family(name)] in ("counter", "histogram") and value < 0:
                raise ValueError("%s is below 0" % name)

    def histogram(self, name):
        series = collections.defaultdict(list)
        for (sample, labels), value in self.samples.items():
            if sample == name + "_bucket":
                rest = tuple(x for x in labels if x[0] != "le")
                series[rest].append((float(dict(labels)["le"]), value))
            elif sample == name:
                raise ValueError("%s has a sample without suffix" % name)
        if not series:
            raise ValueError("%s has no bucket" % name)
        for labels, buckets in series.items():
            bounds, counts = zip(*buckets)
            if list(bounds) != sorted(set(bounds)) or bounds[-1] != float("inf") or list(counts) != sorted(counts):
                raise ValueError("%s %s: buckets do not rise to +Inf: %s" % (name, labels, buckets))
            if self.samples[name + "_count", labels] != counts[-1] or (name + "_sum", labels) not in self.samples:
                raise ValueError("%s %s: no _sum, or _count is not that of +Inf" % (name, labels))

    def get(self, name, **labels):
        return self.samples[name, tuple(sorted(labels.items()))]


class Metrics(Case):
    def admin(self, headers=None, path="/metrics", method="GET"):
        url = urllib.parse.urlsplit(self.sat.admin_url)
        connection = http.client.HTTPSConnection(url.hostname, url.port, timeout=30,
                                                 context=ssl.create_default_context(cafile=self.sat.ca_file))
        try:
            connection.request(method, path, headers=headers or {})
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read().decode()
        finally:
            connection.close()

    def scrape(self):
        connection = UnixConnection(self.sat.control_socket, 30)
        connection.request("GET", "/metrics")
        reply = connection.getresponse()
        text = reply.read().decode()
        connection.close()
        self.assertEqual(200, reply.status, text)
        self.assertEqual("text/plain; version=0.0.4; charset=utf-8", reply.headers["Content-Type"])
        return Exposition(text)

    def token(self):
        body = {"grant_type": "password", "username": self.sat.admin_user, "password": self.sat.admin_password()}
        reply = self.sat.client(self.sat.admin_url).request("POST", "/oauth/token", json.dumps(body).encode(),
                                                            {"Content-Type": "application/json"})
        return json.loads(reply.body)["access_token"]

    # form

    def test_parser_is_strict(self):
        good = '# HELP a_total x\n# TYPE a_total counter\na_total{b="c"} 1\n'
        Exposition(good)
        for bad in (good[:-1], good + 'a_total{b="c"} 2\n', good.replace("# HELP a_total x\n", ""),
                    good.replace("a_total", "a"), good.replace('"c"', '"c'), good.replace("{b", "{1b"),
                    good.replace(" 1\n", " one\n"), good + "# TYPE a_total counter\n", good + "\n",
                    good.replace("counter", "gauge"), good.replace('"c"', '"\\c"')):
            with self.assertRaises((ValueError, KeyError), msg=bad):
                Exposition(bad)

    def test_form(self):
        metrics = self.scrape()
        for name in ("satellite_http_requests_total", "satellite_http_request_duration_seconds",
                     "satellite_writer_queue_length", "satellite_writer_queue_limit", "satellite_writer_commits_total",
                     "satellite_writer_commit_jobs", "satellite_writer_commit_seconds", "satellite_instances",
                     "satellite_licenses", "satellite_seconds_since_sync", "satellite_authority_seconds_left",
                     "satellite_certificate_days_left", "satellite_alerts", "satellite_sessions", "satellite_events_total",
                     "satellite_database_bytes", "satellite_database_wal_bytes", "process_resident_memory_bytes",
                     "satellite_build_info", "satellite_clock_frozen", "satellite_http_connections",
                     "satellite_tls_handshake_failures_total"):
            self.assertIn(name, metrics.types)
        bounds = [float(dict(labels)["le"]) for (name, labels) in metrics.samples
                  if name == "satellite_http_request_duration_seconds_bucket" and dict(labels)["route"] == "api"]
        self.assertEqual((0.0001, 10.0, float("inf")), (bounds[0], bounds[-2], bounds[-1]))
        self.assertEqual(0, metrics.get("satellite_clock_frozen"))
        self.assertEqual(1, metrics.get("satellite_build_info", role="satellite",
                                        version=self.sat.rest_ok("GET", "/status")["version"]))
        connection = UnixConnection(self.sat.manager_control_socket, 30)
        connection.request("GET", "/metrics")
        Exposition(connection.getresponse().read().decode())
        connection.close()

    # numbers

    def test_requests_are_counted(self):
        before = self.scrape()
        for _ in range(7):
            self.sat.rest_ok("GET", "/status")
        for _ in range(3):
            self.sat.rest("GET", "/events/0")
        self.sat.rest("POST", "/status")
        self.sat.rest("GET", "/nothing/there")
        self.sat.rest("PUT", "/status")
        client = self.sat.client()
        for _ in range(5):
            client.request("GET", "/healthz")
        client.request("HEAD", "/healthz")
        client.close()
        time.sleep(0.3)
        after = self.scrape()

        def grown(name, **labels):
            key = (name, tuple(sorted(labels.items())))
            return after.samples.get(key, 0) - before.samples.get(key, 0)
        total = "satellite_http_requests_total"
        self.assertEqual(7, grown(total, route="api", method="GET", code="200"))
        self.assertEqual(3, grown(total, route="api", method="GET", code="404"))
        self.assertEqual(1, grown(total, route="other", method="POST", code="405"))
        self.assertEqual(1, grown(total, route="other", method="GET", code="404"))
        self.assertEqual(1, grown(total, route="other", method="other", code="405"))
        self.assertEqual(5, grown(total, route="health", method="GET", code="200"))
        self.assertEqual(1, grown(total, route="health", method="HEAD", code="200"))
        self.assertEqual(1, grown(total, route="metrics", method="GET", code="200"))
        self.assertEqual(10, grown("satellite_http_request_duration_seconds_count", route="api"))

    def test_products_are_counted(self):
        place = self.fresh({"Basic": 2})
        before = self.scrape()
        product = self.registered(virtual_account=place)
        self.ok(product.authorize([(BASIC, 3)]))
        after = self.scrape()
        state = {"state": "registered"}
        self.assertEqual(1, after.get("satellite_instances", **state) - before.get("satellite_instances", **state))
        short = {"status": "out_of_compliance"}
        self.assertEqual(1, after.get("satellite_licenses", **short) - before.get("satellite_licenses", **short))
        self.assertEqual(self.sat.rest_ok("GET", "/status")["licensesOutOfCompliance"],
                         after.get("satellite_licenses", **short))
        counted = "satellite_http_requests_total"
        self.assertEqual(2, after.get(counted, route="product", method="POST", code="200") -
                         before.samples.get((counted, (("code", "200"), ("method", "POST"), ("route", "product"))), 0))
        self.assertGreaterEqual(after.get("satellite_writer_jobs_total") - before.get("satellite_writer_jobs_total"), 3)
        self.assertEqual(after.get("satellite_writer_commits_total") + after.get("satellite_writer_failed_commits_total"),
                         after.get("satellite_writer_commit_jobs_count"))
        self.assertEqual(after.get("satellite_writer_jobs_total"), after.get("satellite_writer_commit_jobs_sum"))
        status = self.sat.rest_ok("GET", "/status")
        self.assertEqual(status["productInstances"], after.get("satellite_instances", **state))
        time.sleep(2)  # alerts are found anew after a while
        alerts, later = self.sat.rest_ok("GET", "/status")["alerts"], self.scrape()
        self.assertEqual((alerts["major"], alerts["minor"]),
                         tuple(later.get("satellite_alerts", severity=s, acknowledged="false") for s in ("major", "minor")))
        events = self.sat.rest_ok("GET", "/events?limit=1")["totalRecords"]
        self.assertEqual(events, self.scrape().get("satellite_events_total"))
        self.ok(product.deregister())
        gone = self.scrape()
        self.assertEqual(before.get("satellite_instances", **state), gone.get("satellite_instances", **state))
        self.assertEqual(1, gone.get("satellite_instances", state="deregistered") -
                         before.get("satellite_instances", state="deregistered"))

    def test_accounts_and_certificates(self):
        metrics = self.scrape()
        self.assertGreater(metrics.get("satellite_authority_seconds_left", account=self.sat.account), 86400)
        self.assertGreaterEqual(metrics.get("satellite_seconds_since_sync", account=self.sat.account), 0)
        for row in self.sat.rest_ok("GET", "/certificates")["certificates"]:
            self.assertAlmostEqual(row["daysLeft"], metrics.get("satellite_certificate_days_left",
                                                               purpose=row["purpose"]), delta=1.1)
        self.assertEqual(os.path.getsize(self.sat.satellite_database), metrics.get("satellite_database_bytes"))

    def test_handshakes(self):
        before = self.scrape().get("satellite_tls_handshake_failures_total")
        url = urllib.parse.urlsplit(self.sat.product_url)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = ssl.create_default_context(cafile=self.sat.ca_file)
            context.minimum_version = context.maximum_version = version
            with socket.create_connection((url.hostname, url.port), timeout=10) as s, \
                    context.wrap_socket(s, server_hostname=url.hostname) as t:
                t.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                while t.recv(4096):
                    pass
        time.sleep(0.3)
        self.assertEqual(before, self.scrape().get("satellite_tls_handshake_failures_total"))
        with socket.create_connection((url.hostname, url.port), timeout=10) as s:
            s.sendall(b"GET / HTTP/1.0\r\n\r\n")
            s.recv(100)
        with self.assertRaises(ssl.SSLError), socket.create_connection((url.hostname, url.port), timeout=10) as s:
            ssl.create_default_context().wrap_socket(s, server_hostname=url.hostname)
        deadline = time.monotonic() + 10
        while self.scrape().get("satellite_tls_handshake_failures_total") < before + 2:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)

    # who may

    def test_from_this_machine(self):
        status, headers, text = self.admin()
        self.assertEqual(200, status, text)
        self.assertEqual("no-store", headers["Cache-Control"])
        Exposition(text)
        self.assertEqual(200, self.admin(method="HEAD")[0])

    def test_not_passed_on(self):
        for name in ("Forwarded", "X-Forwarded-For", "x-forwarded-for", "X-Real-IP", "Via", "X-Forwarded-Proto",
                     "X-Forwarded-Host", "X-Client-IP"):
            self.assertEqual(403, self.admin({name: "127.0.0.1"})[0], name)

    def test_secrets_are_judged(self):
        basic = "Basic " + base64.b64encode(b"admin:x").decode()
        for value in ("Bearer " + "0" * 64, "Bearer", basic, ""):
            self.assertEqual(403, self.admin({"Authorization": value})[0], value)
        self.assertEqual(403, self.admin({"Cookie": "__Host-session=" + "0" * 64})[0])
        token = {"Authorization": "Bearer " + self.token()}
        self.assertEqual(200, self.admin(token)[0])
        self.assertEqual(200, self.admin(dict(token, **{"X-Forwarded-For": "192.0.2.1"}))[0])

    def test_nothing_else_is_open(self):
        for path in ("/api/v1/status", "/api/v1/events", "/api/v1/metrics"):
            self.assertIn(self.admin(path=path)[0], (403, 404), path)

    def test_administration_door_only(self):
        client = self.sat.client()
        self.assertEqual(404, client.request("GET", "/metrics").status)
        client.close()

    # health

    def test_healthy(self):
        for url in (self.sat.product_url, self.sat.admin_url, self.sat.manager_url):
            client = self.sat.client(url)
            reply = client.request("GET", "/healthz")
            self.assertEqual((200, {"status": "ok"}), (reply.status, json.loads(reply.body)))
            client.close()

    def test_full_disk(self):
        """A log of changes that cannot grow is what a full disk looks like."""
        pid = int(self.sat.satellite_pid)
        client = self.sat.client()
        old = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, old[1]))
        try:
            time.sleep(1.1)
            reply = client.request("GET", "/healthz")
            self.assertEqual(503, reply.status)
            self.assertIn(json.loads(reply.body)["error"]["name"], ("DISK_FULL", "DATABASE_ERROR"))
            metrics = self.scrape()
            self.assertGreaterEqual(metrics.get("satellite_writer_failed_commits_total"), 1)
        finally:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, old)
        time.sleep(1.1)
        self.assertEqual(200, client.request("GET", "/healthz").status)
        client.close()

    def test_locked_database(self):
        """Somebody holds the database: nothing can be written, and health says so until he lets go."""
        db = sqlite3.connect(self.sat.satellite_database, isolation_level=None, timeout=10)
        self.addCleanup(db.close)
        db.execute("BEGIN IMMEDIATE")
        client = self.sat.client()
        time.sleep(1.1)
        began = time.monotonic()
        reply = client.request("GET", "/healthz")
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual((503, "DATABASE_BUSY"), (reply.status, json.loads(reply.body)["error"]["name"]))
        db.execute("ROLLBACK")
        time.sleep(1.1)
        reply = client.request("GET", "/healthz")
        self.assertEqual((200, {"status": "ok"}), (reply.status, json.loads(reply.body)))
        client.close()


if __name__ == "__main__":
    unittest.main()
