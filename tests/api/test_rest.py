"""The administration door: tokens of OAuth, the oddities that existing clients rely on, failures."""

import json
import unittest
import urllib.parse

from case import Case


class Rest(Case):
    def setUp(self):
        self.client = self.sat.client(self.sat.admin_url)
        self.addCleanup(self.client.close)

    def login(self, password=None, path="/oauth/token", encoding="json"):
        pairs = {"grant_type": "password", "username": self.sat.admin_user,
                 "password": self.sat.admin_password() if password is None else password}
        if encoding == "json":
            return self.client.request("POST", path, json.dumps(pairs), {"Content-Type": "application/json"})
        if encoding == "form":
            return self.client.request("POST", path, urllib.parse.urlencode(pairs),
                                       {"Content-Type": "application/x-www-form-urlencoded"})
        return self.client.request("POST", path + "?" + urllib.parse.urlencode(pairs))

    token = None

    def bearer(self):
        if Rest.token is None:
            reply = self.login()
            self.assertEqual(200, reply.status, reply)
            Rest.token = reply.json()["access_token"]
        return {"Authorization": "Bearer " + Rest.token}

    def test_token_encodings(self):
        for path in ("/oauth/token", "/backend/oauth/token"):
            for encoding in ("json", "form", "query"):
                with self.subTest(path=path, encoding=encoding):
                    reply = self.login(path=path, encoding=encoding)
                    self.assertEqual(200, reply.status, reply)
                    value = reply.json()
                    self.assertEqual("bearer", value["token_type"].lower())
                    self.assertGreater(value["expires_in"], 0)
                    again = self.client.request("GET", "/api/v1/status",
                                                headers={"Authorization": "Bearer " + value["access_token"]})
                    self.assertEqual(200, again.status, again)

    def test_wrong_password(self):
        reply = self.login("wrong")
        self.assertIn(reply.status, (400, 401), reply)
        self.assertEqual("invalid_grant", reply.json()["error"])

    def test_users_end(self):
        """At the manager, which has no users of its own: a new password and a removal end access tokens; the last
        system administrator stays over HTTPS."""
        client = self.sat.client(self.sat.manager_url)
        self.addCleanup(client.close)

        def call(method, path, token, body=None):
            return client.request(method, "/api/v1" + path, json.dumps(body) if body else None,
                                  {"Content-Type": "application/json", "Authorization": "Bearer " + token})

        def sign_in(name, password):
            reply = client.request("POST", "/oauth/token", json.dumps(
                {"grant_type": "password", "username": name, "password": password}),
                {"Content-Type": "application/json"})
            self.assertEqual(200, reply.status, reply)
            return reply.json()["access_token"]

        for name, role in (("chief", "system-administrator"), ("clerk", "auditor")):
            self.sat.rest_ok("POST", "/users", {"name": name, "password": "first of " + name, "role": role}, manager=True)
        chief, clerk = sign_in("chief", "first of chief"), sign_in("clerk", "first of clerk")
        self.assertEqual(200, call("GET", "/status", clerk).status)
        self.assertEqual(403, call("POST", "/users/clerk/password", clerk, {"password": "second of clerk"}).status)
        self.assertEqual(200, call("POST", "/users/clerk/password", chief, {"password": "second of clerk"}).status)
        self.assertEqual(403, call("GET", "/status", clerk).status)
        clerk = sign_in("clerk", "second of clerk")
        last = call("POST", "/users/chief/remove", chief)
        self.assertEqual((409, "CONFLICT"), (last.status, last.json()["error"]["name"]), last)
        self.assertEqual(200, call("POST", "/users/clerk/remove", chief).status)
        self.assertEqual(403, call("GET", "/status", clerk).status)
        self.sat.rest_ok("POST", "/users/chief/remove", manager=True)
        self.assertEqual(403, call("GET", "/status", chief).status)

    def test_unknown_grant(self):
        reply = self.client.request("POST", "/oauth/token", json.dumps({"grant_type": "nothing"}),
                                    {"Content-Type": "application/json"})
        self.assertEqual(400, reply.status, reply)
        self.assertIn(reply.json()["error"], ("unsupported_grant_type", "invalid_request"))

    def test_without_login(self):
        for path in ("/api/v1/status", "/backend/api/v1/status", "/api/v1/events", "/api/v1/users",
                     "/api/v1/accounts/Demo%20Account/virtual-accounts"):
            for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"},
                            {"Authorization": "Bearer "}):
                with self.subTest(path=path, headers=headers):
                    self.assertEqual(403, self.client.request("GET", path, headers=headers).status)

    def test_same_answers_by_every_door(self):
        head = self.bearer()
        path = self.sat.path() + "/virtual-accounts"
        expected = self.sat.rest_ok("GET", path)
        for prefix in ("/api/v1", "/backend/api/v1", "//api//v1", "/backend//api/v1"):
            with self.subTest(prefix=prefix):
                reply = self.client.request("GET", prefix + path, headers=head)
                self.assertEqual(200, reply.status, reply)
                self.assertEqual(expected, reply.json())

    def test_names_without_case(self):
        head = self.bearer()
        reply = self.client.request("GET", "/api/v1/accounts/demo%20account/virtual-accounts/dEFAULT/tokens",
                                    headers=head)
        self.assertEqual(200, reply.status, reply)

    def test_bodies_null_and_empty(self):
        head = dict(self.bearer(), **{"Content-Type": "application/json"})
        for body in (b"null", b"", b"{}"):
            for path in ("/upstream_satellites/accounts", self.sat.path() + "/licenses", self.sat.path() + "/devices"):
                with self.subTest(body=body, path=path):
                    reply = self.client.request("POST", "/api/v1" + path, body, head)
                    self.assertEqual(200, reply.status, reply)
                    self.assertEqual("SUCCESS", reply.json()["status"])

    def test_compact(self):
        """Clients exist that break on a space after the colon."""
        reply = self.client.request("GET", "/api/v1" + self.sat.path() + "/virtual-accounts", headers=self.bearer())
        self.assertIn(b'"status":"SUCCESS"', reply.body)

    def test_token_create(self):
        head = dict(self.bearer(), **{"Content-Type": "application/json"})
        path = "/api/v1" + self.sat.path("Default") + "/tokens"
        for days in (30, "30", 30.0):
            with self.subTest(days=days):
                body = {"description": "rest", "expiresAfterDays": days, "numberofUses": 2}
                reply = self.client.request("POST", path, json.dumps(body), head)
                self.assertEqual(200, reply.status, reply)
                value = reply.json()
                self.assertEqual("SUCCESS", value["status"])
                row = self.sat.token_row(value["tokenInfo"]["token"])
                self.assertEqual("Not Allowed", row["exportControlled"])
                self.assertRegex(row["expirationDate"], r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\Z")

    def test_failures(self):
        head = dict(self.bearer(), **{"Content-Type": "application/json"})
        va = "/api/v1" + self.sat.path("Default")
        for method, path, body, statuses in (
                ("GET", "/api/v1" + self.sat.path(account="No Such") + "/virtual-accounts", None, (404,)),
                ("GET", "/api/v1" + self.sat.path("No Such") + "/tokens", None, (404,)),
                ("GET", "/api/v1/nothing", None, (404,)),
                ("POST", va + "/tokens", b"{", (400,)), ("POST", va + "/tokens", b"[]", (400,)),
                ("POST", va + "/tokens", b'{"expiresAfterDays":"x","numberofUses":1}', (400, 422)),
                ("POST", va + "/tokens", b'{"expiresAfterDays":-1,"numberofUses":1}', (400, 422)),
                ("POST", va + "/tokens", b'{"expiresAfterDays":1e300,"numberofUses":1}', (400, 422)),
                ("POST", va + "/tokens", b'{"expiresAfterDays":1,"numberofUses":-1}', (400, 422)),
                ("POST", "/api/v1" + self.sat.path() + "/licenses", b'{"limit":"many"}', (400, 422)),
                ("POST", "/api/v1" + self.sat.path() + "/licenses", b'{"virtualAccounts":"Default"}', (400, 422))):
            with self.subTest(path=path, body=body):
                reply = self.client.request(method, path, body, head)
                self.assertIn(reply.status, statuses, reply)
                value = reply.json()
                self.assertEqual("ERROR", value["status"], value)
                self.assertTrue(value["statusMessage"], value)
                self.assertIsInstance(value["error"]["code"], int)
                self.assertRegex(value["error"]["name"], r"\A[A-Z][A-Z0-9_]+\Z")

    def test_limits(self):
        for name in range(3):
            self.sat.new_token("Branch", description="limit %d" % name)
        rows = self.sat.rest_ok("POST", self.sat.path() + "/licenses", {"limit": 2})
        self.assertLessEqual(len(rows["licenses"]), 2)
        everything = self.sat.rest_ok("POST", self.sat.path() + "/licenses", {"limit": -1})["licenses"]
        self.assertEqual(rows["totalRecords"], len(everything), "totalRecords counts all")
        moved = self.sat.rest_ok("POST", self.sat.path() + "/licenses", {"limit": 2, "offset": 2})["licenses"]
        self.assertEqual(everything[2:4], moved)

    def test_allow(self):
        head = self.bearer()
        reply = self.client.request("PUT", "/api/v1" + self.sat.path() + "/virtual-accounts", b"{}",
                                    dict(head, **{"Content-Type": "application/json"}))
        self.assertEqual(405, reply.status, reply)
        self.assertIn("GET", reply.headers.get("Allow", ""))

    def test_trust_chain_is_open(self):
        reply = self.client.request("GET", "/api/v1/certificates/chain?of=licensing")
        self.assertEqual(200, reply.status, reply)
        self.assertIn(b"BEGIN CERTIFICATE", reply.body)


if __name__ == "__main__":
    unittest.main()
