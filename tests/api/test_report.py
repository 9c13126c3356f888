"""Reports: the rows of the lists, with what they are, of when and by whom; an empty one says why."""

import csv
import io
import os

from case import ENHANCED, Case

LISTS = {"licenses": ("licenses", "/licenses"), "subscriptions": ("licenseSubscriptions", "/license-subscriptions"),
         "product-instances": ("devices", "/devices"), "usage": ("usage", "/licenses/usage")}


class Reports(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.place = None

    def setUp(self):
        self.place = self.fresh({"Enhanced": 3})
        self.used = self.registered(self.sat.new_token(self.place))
        self.ok(self.used.authorize({ENHANCED: 2}))
        self.addCleanup(self.used.deregister)

    def report(self, name, **query):
        # Other tests may have left accounts: then it must be said of which one.
        query.setdefault("account", self.sat.account)
        pairs = "&".join("%s=%s" % (k, str(v).replace(" ", "%20")) for k, v in query.items())
        return self.sat.rest("GET", "/reports/%s?%s" % (name, pairs))

    def test_rows(self):
        for name, (member, path) in LISTS.items():
            with self.subTest(name):
                reply = self.report(name, account=self.sat.account, virtualAccount=self.place)
                self.assertEqual(200, reply.status, reply)
                answer = reply.json()
                rows = self.sat.rest_ok("POST", self.sat.path() + path, {"virtualAccounts": [self.place], "limit": -1})[member]
                self.assertEqual(rows, answer[member])
                head = answer["report"]
                self.assertEqual((self.sat.account, self.place), (head["account"], head["virtualAccount"]))
                self.assertTrue(head["title"] and head["createdBy"] and head["server"])
                self.assertEqual(not rows, bool(head["note"]))
                self.assertEqual(head["title"], reply.headers["X-Report-Title"])

    def test_tables(self):
        for name in LISTS:
            with self.subTest(name):
                reply = self.report(name, virtualAccount=self.place, format="csv")
                self.assertEqual(200, reply.status, reply)
                self.assertTrue(reply.headers["Content-Type"].startswith("text/csv"))
                self.assertIn("report-" + name, reply.headers["Content-Disposition"])
                self.assertRegex(reply.headers["X-Report-Created"], "Z$")
                rows = list(csv.DictReader(io.StringIO(reply.body.decode())))
                for row in rows:
                    self.assertEqual(self.place, row["virtualAccount"])
        rows = list(csv.DictReader(io.StringIO(
            self.report("product-instances", virtualAccount=self.place, format="csv").body.decode())))
        self.assertEqual([self.used.serial], [r["sudi.udiSerialNumber"] for r in rows])

    def test_empty(self):
        empty = self.fresh()
        for name in LISTS:
            with self.subTest(name):
                answer = self.report(name, virtualAccount=empty).json()
                self.assertEqual([], answer[LISTS[name][0]])
                self.assertIn("'%s'" % empty, answer["report"]["note"])
        note = self.report("usage", virtualAccount=empty, **{"from": "2026-01-01", "to": "2026-01-31"}).json()["report"]["note"]
        self.assertIn("from 2026-01-01 until 2026-01-31", note)

    def test_pages(self):
        first = self.report("licenses", limit=1).json()
        self.assertEqual(1, len(first["licenses"]))
        self.assertIsNotNone(first["nextCursor"])
        second = self.report("licenses", limit=1, cursor=first["nextCursor"]).json()
        self.assertNotEqual(first["licenses"], second["licenses"])
        self.assertEqual(400, self.report("subscriptions", limit=1, cursor=first["nextCursor"]).status, "of another list")

    def test_refused(self):
        for name, query, status in (("licenses", {"account": "nobody"}, 404), ("licenses", {"virtualAccount": "nowhere"}, 404),
                                    ("licenses", {"from": "2026-01-01"}, 400), ("product-instances", {"to": "2026-01-01"}, 400),
                                    ("usage", {"from": "yesterday"}, 400), ("usage", {"license": "Nothing"}, 404),
                                    ("usage", {"from": "2026-02-01", "to": "2026-01-01"}, 400),
                                    ("licenses", {"format": "pdf"}, 400), ("nothing", {}, 404)):
            with self.subTest("%s %s" % (name, query)):
                self.assertEqual(status, self.report(name, **query).status)

    def test_ctl(self):
        said = self.done(self.sat.ctl("report", "product-instances", "--account", self.sat.account, "--virtual-account", self.place, json_output=False))
        self.assertIn(self.used.serial, said)
        answer = self.done(self.sat.ctl("report", "licenses", "--account", self.sat.account, "--virtual-account", self.place))
        self.assertEqual(self.place, answer["report"]["virtualAccount"])
        to = os.path.join(self.sat.state, "usage.csv")
        self.done(self.sat.ctl("report", "usage", "--account", self.sat.account, "--from", "2026-01-01", "--out", to))
        self.assertTrue(os.path.exists(to))
        empty = self.sat.ctl("report", "licenses", "--account", self.sat.account, "--virtual-account", self.fresh(), json_output=False)
        self.assertEqual(0, empty.rc, empty)
        self.assertIn("No license is owned or in use", empty.err)
