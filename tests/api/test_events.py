"""The audit trail: found by what it says, shown to those it concerns, and exported."""

import csv
import datetime
import hashlib
import io
import json
import os
import secrets
import tempfile
import unittest
import urllib.parse

from case import Case

FILTERS = ("kind", "account", "actor", "actorKind", "subject", "text")


class Events(Case):
    def page(self, **query):
        return self.sat.rest_ok("GET", "/events?" + urllib.parse.urlencode(query))

    def all(self, **query):
        """All pages of a query, and that they go on as they say."""
        rows, pages = [], 0
        while True:
            answer = self.page(**query)
            rows += answer["events"]
            pages += 1
            if answer["nextCursor"] is None:
                return rows
            self.assertLess(pages, 10000)
            query["cursor"] = answer["nextCursor"]

    def fits(self, row, kind=None, account=None, actor=None, actorKind=None, subject=None, text=None):
        words = [row["kind"], row["actor"], row["subject"], json.dumps(row["detail"], ensure_ascii=False)]
        return ((kind is None or (row["kind"].startswith(kind) if kind.endswith(".") else row["kind"] == kind)) and
                (account is None or row["account"].casefold() == account.casefold()) and
                (actor is None or row["actor"] == actor) and
                (actorKind is None or row["actorKind"] == actorKind) and
                (subject is None or row["subject"] == subject) and
                (text is None or any(text.casefold() in w.casefold() for w in words)))

    def test_filters(self):
        self.registered()
        rows = self.all(limit=500)
        self.assertEqual(list(range(len(rows), 0, -1)), [r["id"] for r in rows])
        one = [r for r in rows if r["kind"] == "token.create"][0]
        product = [r for r in rows if r["actorKind"] == "product"][0]
        for wanted in ({"kind": "token.create"}, {"kind": "token."}, {"kind": "instance."}, {"kind": "token"},
                       {"account": self.sat.account.upper()}, {"account": "none such"}, {"actor": one["actor"]},
                       {"actor": product["actor"]}, {"actorKind": "product"}, {"actorKind": "client"},
                       {"actorKind": "product", "actor": product["actor"]},
                       {"subject": product["subject"]}, {"text": product["subject"][:13].upper()},
                       {"text": "default"}, {"text": "%"}, {"kind": "token.", "actor": one["actor"]},
                       {"kind": "instance.", "account": self.sat.account, "actorKind": "product"}):
            with self.subTest(wanted):
                match = [r["id"] for r in rows if self.fits(r, **wanted)]
                for limit in (1, 3, 500):
                    if limit == 1 and len(match) > 60:
                        continue
                    found = [r["id"] for r in self.all(limit=limit, **wanted) if r["id"] <= rows[0]["id"]]
                    self.assertEqual(match, found)
                    found = [r["id"] for r in self.all(limit=limit, order="oldest", **wanted) if r["id"] <= rows[0]["id"]]
                    self.assertEqual(match[::-1], found)

    def test_times(self):
        self.sat.new_token(description="just now")
        rows = self.all(limit=500)
        newest = rows[0]
        moments = sorted({r["at"] for r in rows})
        for at in (moments[0], moments[len(moments) // 2], moments[-1]):
            self.assertEqual([r["id"] for r in rows if r["at"] >= at],
                             [r["id"] for r in self.all(**{"from": at, "limit": 500}) if r["id"] <= newest["id"]])
            self.assertEqual([r["id"] for r in rows if r["at"] < at], [r["id"] for r in self.all(to=at, limit=500)])
        day = newest["at"][:10]
        after = (datetime.date.fromisoformat(day) + datetime.timedelta(1)).isoformat()
        self.assertIn(newest["id"], [r["id"] for r in self.all(**{"from": day, "to": day, "limit": 500})])
        self.assertEqual([], self.all(**{"from": after}))
        self.assertEqual([], self.all(to="2001-01-01"))

    def test_one(self):
        newest = self.page(limit=1)["events"][0]
        answer = self.sat.rest_ok("GET", "/events/%d" % newest["id"])
        self.assertEqual(dict(newest, status="SUCCESS", statusMessage=""), answer)
        for wrong in (newest["id"] + 100000, 0, -1, "x", "1x"):
            reply = self.sat.rest("GET", "/events/%s" % wrong)
            self.assertEqual((404, "NOT_FOUND"), (reply.status, reply.json()["error"]["name"]), wrong)

    def signed_in(self, role, account):
        """Asks as somebody new who has this role in an account."""
        name, password = "ev" + secrets.token_hex(5), secrets.token_hex(12)
        self.sat.rest_ok("POST", "/users", {"name": name, "password": password, "role": role, "account": account})
        self.addCleanup(self.sat.rest, "POST", "/users/%s/remove" % name, {})
        client = self.sat.client(self.sat.admin_url)
        self.addCleanup(client.close)
        reply = client.request("POST", "/oauth/token", json.dumps(
            {"grant_type": "password", "username": name, "password": password}).encode(), {"Content-Type": "application/json"})
        head = {"Authorization": "Bearer " + json.loads(reply.body)["access_token"]}
        return lambda path: client.request("GET", "/api/v1" + path, None, head)

    def test_own_account_only(self):
        account = "E" + secrets.token_hex(4)
        body = {"name": account, "smartAccount": "Q", "virtualAccount": "V"}

        def make():
            self.sat.rest_ok("POST", "/accounts", body)
        make()
        first = self.page(limit=1, account=account)["events"][0]["id"]
        self.sat.rest_ok("POST", self.sat.path(account=account) + "/delete", {"name": account})
        make()
        self.addCleanup(self.sat.rest, "POST", self.sat.path(account=account) + "/delete", {"name": account})
        foreign = self.page(limit=1, account=self.sat.account)["events"][0]["id"]
        self.assertIn(first, [r["id"] for r in self.all(account=account, limit=50)])
        for role in ("account-administrator", "auditor"):
            ask = self.signed_in(role, account)
            seen = json.loads(ask("/events?limit=-1").body)
            self.assertEqual({account}, {r["account"] for r in seen["events"]}, role)
            self.assertGreater(min(r["id"] for r in seen["events"]), first, "of an account of the same name before it")
            for path in ("/events?text=" + self.sat.account.replace(" ", "%20"), "/events?kind=sync.import"):
                self.assertLessEqual({r["account"] for r in json.loads(ask(path).body)["events"]}, {account}, path)
            self.assertEqual(200, ask("/events/%d" % seen["events"][0]["id"]).status)
            texts = set()
            for hidden in (first, foreign, 999999999):
                reply = ask("/events/%d" % hidden)
                self.assertEqual(403, reply.status, hidden)
                texts.add(json.loads(reply.body)["statusMessage"].replace(str(hidden), "N"))
            self.assertEqual(1, len(texts))
            refused = [ask("/events?account=" + urllib.parse.quote(a)) for a in (self.sat.account, "none such")]
            self.assertEqual([403, 403], [r.status for r in refused])
        self.assertEqual(403, self.signed_in("account-user", account)("/events").status)

    def test_totals(self):
        answer = self.page(limit=1)
        self.assertEqual(answer["events"][0]["id"], answer["totalRecords"])
        self.assertIsNone(self.page(limit=1, kind="token.")["totalRecords"])

    def test_wrong_arguments(self):
        for name, value in (("limit", "-2"), ("limit", "x"), ("cursor", "0"), ("cursor", "x"), ("before", "0"), ("after", "5"),
                            ("order", "up"), ("format", "xml"), ("actorKind", "robot"), ("from", "yesterday"), ("to", "2026-13-01")):
            reply = self.sat.rest("GET", "/events?%s=%s" % (name, value))
            self.assertEqual(400, reply.status, (name, value))
            self.assertEqual(name, reply.json()["error"]["field"])
        reply = self.sat.rest("GET", "/events?from=2026-02-01&to=2026-01-01")
        self.assertEqual((400, "to"), (reply.status, reply.json()["error"]["field"]))

    def test_far_behind(self):
        """Numbers that no event has yet."""
        for number in (self.page(limit=1)["totalRecords"] + 100, 2 ** 63 - 2, 2 ** 63 - 1):
            self.assertEqual([], self.page(order="oldest", after=number)["events"])
            self.assertEqual(1, len(self.page(limit=1, before=number)["events"]))

    def test_cursor_made_up(self):
        """Cursors are no secret: whatever stands in one, nothing breaks."""
        for query in ("order=oldest", "order=newest"):
            for number in (-2 ** 63, -1, 2 ** 63 - 1):
                tag = "/api/v1/events\nevents\n" + query
                place = b"0 0 0 %d " % number
                cursor = (hashlib.sha256(tag.encode() + b"\0" + place).digest()[:8] + place).hex()
                reply = self.sat.rest("GET", "/events?%s&cursor=%s&limit=1" % (query, cursor))
                self.assertEqual(200, reply.status, reply)

    def test_export(self):
        for query in ({}, {"kind": "token."}, {"order": "oldest"}, {"kind": "none.such"}):
            rows = self.all(limit=500, **query)
            path = "/events?" + urllib.parse.urlencode(query) + "&format="
            reply = self.sat.rest("GET", path + "jsonl")
            self.assertEqual("application/x-ndjson", reply.headers["Content-Type"])
            self.assertIn('filename="events-', reply.headers["Content-Disposition"])
            self.assertEqual(rows, [json.loads(line) for line in reply.body.decode().splitlines()])
            reply = self.sat.rest("GET", path + "csv")
            self.assertIn("text/csv", reply.headers["Content-Type"])
            table = list(csv.DictReader(io.StringIO(reply.body.decode(), newline="")))
            self.assertEqual([str(r["id"]) for r in rows], [t["id"] for t in table])
            for row, line in zip(rows, table):
                for name in ("at", "kind", "text", "actorKind", "actor", "address", "account"):
                    self.assertEqual(row[name] or "", line[name].removeprefix("'"))
                self.assertEqual(row["detail"], json.loads(line["detail"]))
        with tempfile.TemporaryDirectory() as folder:
            for form in ("jsonl", "csv"):
                path = os.path.join(folder, "events")
                self.done(self.sat.ctl("event", "export", path, "--format", form, "--kind", "token.create", "--oldest-first"))
                self.assertEqual(self.sat.rest("GET", "/events?kind=token.create&order=oldest&format=" + form).body,
                                 open(path, "rb").read())
                self.assertEqual(0o600, os.stat(path).st_mode & 0o777)
                self.done(self.sat.ctl("event", "export", path, "--format", form, "--kind", "none.such"))

    def test_command(self):
        self.sat.new_token(description="for the list")
        token = self.sat.new_token(description="for the list too")
        rows = self.done(self.sat.ctl("event", "list", "--kind", "token.create", "--limit", "2"))["events"]
        self.assertEqual(2, len(rows))
        self.assertEqual(token[:6], rows[0]["subject"][:6])
        older = self.done(self.sat.ctl("event", "list", "--kind", "token.create", "--limit", "1", "--before",
                                       str(rows[0]["id"])))["events"]
        self.assertEqual([rows[1]["id"]], [r["id"] for r in older])
        later = self.done(self.sat.ctl("event", "list", "--after", str(rows[0]["id"] - 1), "--limit", "1"))["events"]
        self.assertEqual([rows[0]["id"]], [r["id"] for r in later])
        self.assertTrue(all(r["actorKind"] == "system" for r in self.done(self.sat.ctl(
            "event", "list", "--by-kind", "SYSTEM"))["events"]))
        self.assertIn("No event matches.", self.sat.ctl("event", "list", "--text", secrets.token_hex(9),
                                                        json_output=False).out)
        shown = self.sat.ctl("event", "show", str(rows[0]["id"]), json_output=False)
        self.assertIn("Event %d: " % rows[0]["id"], shown.out)
        self.refused(self.sat.ctl("event", "show", "999999999"), "NOT_FOUND")
        self.assertEqual(2, self.sat.ctl("event", "list", "--before", "3", "--oldest-first").rc)


if __name__ == "__main__":
    unittest.main()
