"""The administration door attacked by those who are let in a little, and by those who are not: other spellings of a name,
headers that should decide nothing, identifiers of others, roles that are given to oneself, rights lost on the way."""

import hashlib
import json
import secrets
import socket
import ssl
import time
import unittest
import urllib.parse

import product as P
from case import Case
from people import JSON, Caller, close_worlds, world

OUTSIDERS = (("foreign", "AA"), ("foreign", "AD"), ("foreign", "PA"), ("beside", "PA"), ("beside", "PU"), ("own", "CO"))


def name_of(reply):
    try:
        return reply.json()["error"]["name"]
    except (ValueError, KeyError, TypeError):
        return ""


class Attack(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(close_worlds)

    def setUp(self):
        self.here = world(self.sat, "satellite")
        self.own, self.beside = self.here.own, self.here.beside
        self.account = self.sat.path()

    def who(self, place, role):
        return self.here.caller(place, role)

    def refused(self, reply, names=("FORBIDDEN", "LOGIN_REQUIRED"), statuses=(403,)):
        if not isinstance(reply, P.Reply):
            return super().refused(reply, names)
        self.assertIn(reply.status, statuses, reply)
        self.assertIn(name_of(reply), names, reply)

    def raw(self, text, body=b"", half=None):
        """What http.client would not send; half: called when all but the last byte of the body has gone."""
        client = P.Client(self.here.url, self.sat.ca_file)
        with client.raw_socket() as s:
            data = text.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body
            s.sendall(data[:-1] if half else data)
            if half:
                time.sleep(0.2)
                half()
                s.sendall(data[-1:])
            s.settimeout(20)
            answer = b""
            while True:
                try:
                    piece = s.recv(65536)
                except (ssl.SSLError, socket.timeout, ConnectionError):
                    break
                answer += piece
                if not piece:
                    break
        status = int(answer.split(b" ", 2)[1]) if answer else 0
        return P.Reply(status, {}, answer.split(b"\r\n\r\n", 1)[-1])

    def bearer(self, caller):
        return {"Authorization": "Bearer " + caller.token}

    # names

    def test_other_spellings_of_a_place(self):
        """Each is the same place, or none; never one that is let through."""
        a, v = self.account.split("/")[2], urllib.parse.quote(self.own.name)
        spelled = {(a.upper(), v.upper()), ("".join("%%%02X" % c for c in self.sat.account.encode()), v),
                   (a, "".join("%%%02x" % c for c in self.own.name.encode())), (a + ".", v), (a, v + "."), (a + "%20", v),
                   ("%20" + a, v), (a, v + "%00"), (a + "%00", v), (a, v + "%2F"), (a, v + "%2e%2e"), (a, "%2e/" + v),
                   (a + "/.", v), (a, v + "/"), (a, "/" + v), (a, v + ";x=1"), (a, v + "%0d%0a"), (a, v + "%C0%AE"),
                   (a, v + "%e2%80%8b"), (a, self.own.name.replace(" ", "+")), (a, v + "%252e"), ("%25" + a, v),
                   (self.here.foreign_account.replace(" ", "%20") + "/../" + a, v), (a, self.beside.path.split("/")[-1] + "/../" + v),
                   (a, v.replace("o", "%EF%BD%8F", 1))}
        for caller in [self.who(*w) for w in OUTSIDERS]:
            for one, two in spelled:
                for method, end in (("GET", "/tokens"), ("GET", "/devices"), ("POST", "/tokens"), ("POST", "/tokens/revoke")):
                    for prefix in ("/api/v1", "//backend//api/v1", "/API/v1", "/api//v1"):
                        path = "%s/accounts/%s/virtual-accounts/%s%s" % (prefix, one, two, end)
                        reply = caller.call(method, path, {"tokens": [self.own.token], "expiresAfterDays": 1}
                                            if method == "POST" else None)
                        self.assertIn(reply.status, (400, 403, 404), (caller, path, reply))
                        self.assertNotIn(self.own.token.encode(), reply.body)

    # headers

    def test_headers_that_decide_nothing(self):
        caller, path = self.who("foreign", "AA"), "/api/v1" + self.own.path + "/tokens"
        admin = urllib.parse.urlsplit(self.here.url)
        for head in ({"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1;by=localhost;proto=https"},
                     {"X-Real-IP": "127.0.0.1"}, {"Host": "localhost"}, {"Host": "127.0.0.1"}, {"X-Original-URL": "/healthz"},
                     {"X-Rewrite-URL": "/healthz"}, {"X-HTTP-Method-Override": "GET"}, {"X-Method-Override": "GET"},
                     {"X-Forwarded-Host": admin.netloc}, {"X-Remote-User": self.sat.admin_user}, {"Remote-User": "root"},
                     {"X-User": self.sat.admin_user}, {"X-Admin": "1"}, {"Cookie": "__Host-session=" + caller.token},
                     {"X-CSRF-Token": "0" * 64}, {"Origin": self.here.url}, {"Sec-Fetch-Site": "same-origin"}):
            with self.subTest(head=head):
                self.refused(caller.call("GET", path, headers=head))
                self.refused(self.here.people([])["nobody", "--"].call("GET", path, headers=head))
        # A method that is said elsewhere than in the request line is not the method.
        before = self.here.root("GET", self.own.path + "/tokens")["totalRecords"]
        auditor = self.who("own", "AD")
        for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
            self.assertEqual(200, auditor.call("GET", path, headers={name: "POST"}).status)
            self.refused(auditor.call("POST", path, {"expiresAfterDays": 1}, {name: "GET"}))
            self.refused(auditor.call("POST", path + "?_method=GET", {"expiresAfterDays": 1, "_method": "GET"}))
        self.assertEqual(before, self.here.root("GET", self.own.path + "/tokens")["totalRecords"])

    def test_head_tells_no_more(self):
        for who in OUTSIDERS:
            for path in (self.own.path + "/tokens", "/product-instances/" + self.own.instance,
                         "/reservations/" + self.own.reservation):
                reply = self.who(*who).call("HEAD", "/api/v1" + path)
                self.assertEqual((403, b""), (reply.status, reply.body), (who, path))
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "X"):
            reply = self.who("foreign", "AA").call(method, "/api/v1" + self.own.path + "/tokens")
            self.assertIn(reply.status, (400, 403, 405, 501), (method, reply))

    def test_two_authorizations(self):
        mine, other = self.who("own", "AU").token, self.who("foreign", "AA").token
        for first, second in ((mine, other), (other, mine), (mine, mine)):
            reply = self.raw("GET /api/v1%s/tokens HTTP/1.1\nHost: x\nConnection: close\nAuthorization: Bearer %s\n"
                             "Authorization: Bearer %s" % (self.own.path, first, second))
            self.assertEqual((400, "BAD_REQUEST"), (reply.status, name_of(reply)), reply)

    def test_odd_authorizations(self):
        token = self.who("own", "AU").token
        for value in (token, "Basic " + token, "Bearer", "Bearer ", "Bearer  ", "Bearer " + token + "0", "Bearer " + token[:-1],
                      "Bearer " + token.upper() if token.upper() != token else "x", "Bearer %s, Bearer %s" % (token, token),
                      "Bearer token=" + token, "Bearer " + token + " x", "Token " + token, "Bearer '" + token + "'",
                      "Bearer " + "0" * 64, "Bearer " + "A" * 4000, "Digest x", "Bearer \t" + "\x01"):
            with self.subTest(value=value[:40]):
                reply = self.who("own", "AU").call("GET", "/api/v1" + self.own.path + "/tokens", headers={"Authorization": value})
                self.assertIn(reply.status, (400, 403), reply)
        for path in ("?access_token=" + token, "?token=" + token, "?Authorization=Bearer+" + token):
            self.refused(self.here.people([])["nobody", "--"].call("GET", "/api/v1" + self.own.path + "/tokens" + path))

    # browsers

    def browser(self, who=("own", "AU")):
        caller = self.who(*who)
        reply = caller.client.request("POST", "/api/v1/sign-in", json.dumps(
            {"name": caller.name, "username": caller.name, "user": caller.name, "password": caller.password}), JSON)
        self.assertEqual(200, reply.status, reply)
        cookie = reply.headers["Set-Cookie"]
        for word in ("__Host-session=", "Secure", "HttpOnly", "SameSite", "Path=/"):
            self.assertIn(word.casefold(), cookie.casefold())
        self.assertNotIn("domain=", cookie.casefold())
        return cookie.split(";")[0], reply.json()["csrfToken"]

    def test_csrf(self):
        """What changes something by cookie needs its token, from the page of this server."""
        cookie, csrf = self.browser()
        client, path = P.Client(self.here.url, self.sat.ca_file), "/api/v1" + self.own.path + "/tokens"
        self.addCleanup(client.close)
        host = urllib.parse.urlsplit(self.here.url).netloc
        form = {"Content-Type": "application/x-www-form-urlencoded"}

        def post(head, body=b'{"expiresAfterDays":1}', kind=None, url=path):
            return client.request("POST", url, body, dict({"Cookie": cookie}, **(kind or JSON), **head))
        self.assertEqual(200, client.request("GET", path, headers={"Cookie": cookie}).status)
        before = self.here.root("GET", self.own.path + "/tokens")["totalRecords"]
        good = {"X-CSRF-Token": csrf}
        for head in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": csrf[:-1]}, {"X-CSRF-Token": "0" * 64},
                     {"X-CSRF-Token": cookie.split("=")[1]}, dict(good, Origin="https://evil.example"),
                     dict(good, Origin="null"), dict(good, Origin="http://" + host), dict(good, Origin="https://%s.evil.example" % host),
                     {**good, "Sec-Fetch-Site": "cross-site"}, {**good, "Sec-Fetch-Site": "same-site"},
                     {"Referer": self.here.url + "/"}, {"Origin": "https://" + host}):
            with self.subTest(head=head):
                self.refused(post(head), ("CSRF",))
        for body in (b"expiresAfterDays=1", b"expiresAfterDays=1&csrf_token=", b"expiresAfterDays=1&csrf_token=" + b"0" * 64,
                     b"expiresAfterDays=1&csrf_token=0&csrf_token=" + csrf.encode()[:10]):
            self.refused(post({}, body, form), ("CSRF", "INVALID_REQUEST", "BAD_REQUEST"), (400, 403))
        self.refused(post({}, b"expiresAfterDays=1", {"Content-Type": "text/plain"}), ("CSRF", "UNSUPPORTED_MEDIA_TYPE"), (403, 415))
        for who in (("own", "AA"), ("server", "SA")):
            self.refused(post({"X-CSRF-Token": self.browser(who)[1]}), ("CSRF",))
        self.assertEqual(before, self.here.root("GET", self.own.path + "/tokens")["totalRecords"])
        self.assertEqual(200, post(dict(good, Origin="https://" + host)).status)
        self.assertEqual(200, post({}, b"expiresAfterDays=1&csrf_token=" + csrf.encode(), form).status)

    def test_cookies_and_bearers_are_not_each_other(self):
        cookie, csrf = self.browser()
        caller, path = self.who("foreign", "AA"), "/api/v1" + self.own.path + "/tokens"
        nobody = self.here.people([])["nobody", "--"]
        self.refused(nobody.call("GET", path, headers={"Authorization": "Bearer " + cookie.split("=")[1]}))
        self.refused(nobody.call("GET", path, headers={"Cookie": "__Host-session=" + self.who("own", "AU").token}))
        # Browsers guard the prefix of a name with its case: another spelling may come from anywhere.
        for name in ("session", "__Secure-session", "__host-session", "__HOST-session", "__Host-Session", "Host-session"):
            self.refused(nobody.call("GET", path, headers={"Cookie": name + "=" + cookie.split("=")[1]}))
        # A bearer counts, whatever cookie comes along, and the cookie does not help one that is bad.
        self.refused(caller.call("GET", path, headers={"Cookie": cookie}))
        for value in ("Bearer " + "0" * 64, "Basic eDp5", "Bearer"):
            self.refused(nobody.call("GET", path, headers={"Cookie": cookie, "Authorization": value}))
        both = dict(self.bearer(self.who("own", "AD")), Cookie=cookie, **{"X-CSRF-Token": csrf})
        self.refused(nobody.call("POST", path, {"expiresAfterDays": 1}, both))

    # identifiers, bodies

    def test_identifiers_of_others(self):
        """Every call that names a thing by itself, with things in the own virtual account, by those who have no part of it."""
        instance, reservation = self.own.instance, self.own.reservation
        calls = [("/product-instances/%s/remove" % instance, {}),
                 ("/product-instances/%s/transfer" % instance, {"targetVirtualAccount": "Default", "force": True}),
                 ("/product-instances/%s/transfer" % instance, {"account": self.here.foreign_account, "virtualAccount": "Default",
                                                              "targetVirtualAccount": "Default"}),
                 ("/clients/%s/rotate" % self.here.program, {}), ("/clients/%s/revoke" % self.here.program, {}),
                 ("/clients/%s/remove" % self.here.program, {}),
                 (self.sat.path(account=self.here.foreign_account) + "/clients/%s/revoke" % self.here.program, {})]
        for name in (reservation, reservation.upper(), reservation.replace("-", ""), self.own.reserved.serial, self.own.reserved.request,
                     "P:%s,S:%s" % (self.own.reserved.pid, self.own.reserved.serial)):
            quoted = urllib.parse.quote(name, safe="")
            calls += [("/reservations/%s/cancel" % quoted, {}), ("/reservations/%s/remove" % quoted, {"reason": "x"}),
                      ("/reservations/%s/update" % quoted, {"licenses": []}), ("/reservations/%s/return" % quoted, {"returnCode": "x"})]
        for caller in [self.who(*w) for w in OUTSIDERS]:
            for path, body in calls:
                reply = caller.call("POST", "/api/v1" + path, body)
                self.assertIn(reply.status, (403, 404), (caller, path, reply))
                for canary in (self.own.name, self.own.product.serial):
                    self.assertNotIn(canary.encode(), reply.body)
        self.assertEqual(self.own.name, self.here.root("GET", "/product-instances/" + instance)["productInstance"]["virtualAccount"])
        self.assertEqual("IN_PROGRESS", self.here.root("GET", "/reservations/" + reservation)["reservation"]["state"])
        self.assertEqual([self.here.program], [c["clientId"] for c in self.here.root("GET", self.account + "/clients")["clients"]
                                               if c["clientId"] == self.here.program and not c.get("revokedDate")])

    def test_members_that_are_not_asked_for(self):
        """A body sets what the call is for, and nothing else of the thing."""
        admin, name = self.who("own", "AA"), "mass " + self.here.mark
        reply = admin.call("POST", "/api/v1%s/virtual-accounts" % self.account, {
            "name": name, "description": "", "isDefault": "true", "is_default": True, "id": 1, "account_id": 1,
            "account": self.here.foreign_account, "satellite_id": 1, "uuid": "x", "servedBy": "x", "status": "x"})
        self.assertEqual(200, reply.status, reply)
        self.assertEqual(("false", name), (reply.json()["virtualAccount"]["isDefault"], reply.json()["virtualAccount"]["name"]))
        self.here.root("POST", self.sat.path(name) + "/delete")
        user = self.who("own", "PU")
        made = user.call("POST", "/api/v1%s/tokens" % self.own.path, {
            "expiresAfterDays": 1, "token": "chosen", "createdBy": "root", "created_by": "root", "virtualAccount": self.beside.name,
            "virtual_account_id": 1, "uses": -5, "status": "ACTIVE", "exportWithdrawn": False, "expirationDate": "2099-01-01T00:00:00Z"})
        row = made.json()["tokenInfo"]
        self.assertEqual((user.name, self.own.name, 0), (row["createdBy"], row["virtualAccount"], row["uses"]))
        self.assertNotEqual("chosen", row["token"])
        self.assertLess(row["expirationDate"], "2099")
        self.assertEqual(200, user.call("POST", "/api/v1/tokens/revoke", {"tokens": [row["token"]]}).status)

    def test_more_rights_for_oneself(self):
        """Nobody gives, or makes for a program, a role beyond his own place, or above his own."""
        account, foreign = self.sat.account, self.here.foreign_account
        for who in (("own", "AA"), ("own", "PA"), ("own", "AU"), ("own", "PU"), ("own", "CO"), ("own", "AD"), ("server", "SO"),
                    ("server", "AD")):
            caller = self.who(*who)
            for role, place in (("system-administrator", {}), ("system-operator", {}), ("auditor", {"account": foreign}),
                                ("account-administrator", {"account": foreign}), ("account-user", {"account": foreign})):
                body = dict({"user": caller.name, "name": caller.name, "role": role}, **place)
                self.refused(caller.call("POST", "/api/v1/users/%s/roles" % urllib.parse.quote(caller.name), body))
                if not place:
                    reply = caller.call("POST", "/api/v1%s/roles" % self.account, body)
                    self.assertIn(reply.status, (400, 403), (caller, body, reply))
                if who[0] == "own":
                    self.refused(caller.call("POST", "/api/v1%s/roles" % self.sat.path(account=foreign), body))
                for path in ("/clients", self.account + "/clients"):
                    reply = caller.call("POST", "/api/v1" + path, dict(body, name="climb " + secrets.token_hex(4)))
                    self.assertIn(reply.status, (400, 403), (caller, path, body, reply))
        admin = self.who("own", "PA")
        for role, place in (("account-administrator", {"account": account}), ("auditor", {"account": account}),
                            ("virtual-account-administrator", {"account": account, "virtualAccount": self.beside.name}),
                            ("virtual-account-user", {"account": account, "virtualAccount": "Default"})):
            reply = admin.call("POST", "/api/v1%s/roles" % self.account, dict({"user": admin.name, "role": role}, **place))
            self.assertIn(reply.status, (400, 403), (role, place, reply))
        session = self.who("own", "PA").call("GET", "/api/v1" + self.beside.path + "/tokens")
        self.refused(session)

    def test_cursors_of_others(self):
        """A cursor is a place to go on from, and gives no sight of it: one of somebody else's list, or made up, shows nothing
        more."""
        path = "/api/v1%s/devices" % self.account
        whole = self.who("own", "AU").call("POST", path, {"limit": -1}).json()["devices"]
        self.assertTrue({self.own.name, self.beside.name} <= {d["virtualAccount"] for d in whole})
        cursors, cursor = [], None
        for _ in range(len(whole) + 20):
            reply = self.who("own", "AU").call("POST", path, {"limit": 1, "cursor": cursor} if cursor else {"limit": 1}).json()
            cursor = reply["nextCursor"]
            if not cursor:
                break
            cursors.append(cursor)
        self.assertTrue(cursors)
        tag = "/api/v1/accounts/{account}/devices\ndevices\n%s" % self.sat.account
        for place in range(-1, 40):
            text = "%d 0 0 0 " % place
            cursors.append((hashlib.sha256((tag + "\0" + text).encode()).digest()[:8] + text.encode()).hex())
        self.assertIn(200, {self.who("own", "AU").call("POST", path, {"cursor": c}).status for c in cursors[-41:]}, "well made")
        for who in (("own", "PU"), ("beside", "PU")):
            mine = getattr(self.here, who[0]).name
            for cursor in cursors:
                reply = self.who(*who).call("POST", path, {"cursor": cursor})
                self.assertIn(reply.status, (200, 400), reply)
                if reply.status == 200:
                    self.assertLessEqual({d["virtualAccount"] for d in reply.json()["devices"]}, {mine})
        for cursor in cursors:
            self.refused(self.who("foreign", "AA").call("POST", path, {"cursor": cursor}))

    # rights that end

    def test_a_role_withdrawn_while_the_body_comes(self):
        """Authorized by its head, refused by the writer: nothing is changed, nothing is told."""
        quoted, account = urllib.parse.quote, self.sat.account
        for kind in ("write", "read"):
            caller = Caller(self.here, "own", "AU")
            caller.name += " " + kind
            self.here.root("POST", "/users", {"name": caller.name, "password": caller.password, "role": "account-user",
                                              "account": account})
            self.addCleanup(self.sat.rest, "POST", "/users/%s/remove" % quoted(caller.name), {})
            caller.sign_in()
            body = json.dumps({"expiresAfterDays": 1, "description": "race " + kind}).encode()
            path = self.own.path + "/tokens" if kind == "write" else self.account + "/licenses"
            reply = self.raw("POST /api/v1%s HTTP/1.1\nHost: x\nConnection: close\nAuthorization: Bearer %s\n"
                             "Content-Type: application/json\nContent-Length: %d" % (path, caller.token, len(body)), body,
                             lambda: self.here.root("POST", "/users/%s/roles/remove" % quoted(caller.name), {
                                 "role": "account-user", "account": account}))
            self.refused(reply)
        self.assertNotIn("race write", [t["description"] for t in self.here.root("GET", self.own.path + "/tokens")["tokens"]])

    def test_a_user_who_is_gone(self):
        for end in ("disable", "remove", "password"):
            with self.subTest(end=end):
                caller = Caller(self.here, "own", "AU")
                caller.name += " " + end
                quoted = urllib.parse.quote(caller.name)
                self.here.root("POST", "/users", {"name": caller.name, "password": caller.password, "role": "account-user",
                                                  "account": self.sat.account})
                caller.sign_in()
                self.assertEqual(200, caller.call("GET", "/api/v1" + self.own.path + "/tokens").status)
                self.here.root("POST", "/users/%s/%s" % (quoted, end), {"password": secrets.token_hex(12)} if end == "password" else {})
                self.refused(caller.call("GET", "/api/v1" + self.own.path + "/tokens"))
                if end != "remove":
                    self.here.root("POST", "/users/%s/remove" % quoted)
                caller.client.close()

    def test_a_client_that_is_revoked(self):
        made = self.here.root("POST", self.account + "/clients", {"name": "short " + secrets.token_hex(4), "role": "account-user"})
        pair = {"grant_type": "client_credentials", "client_id": made["client"]["clientId"], "client_secret": made["clientSecret"]}
        nobody = self.here.people([])["nobody", "--"]
        token = nobody.call("POST", "/oauth/token", pair).json()["access_token"]
        head = {"Authorization": "Bearer " + token}
        self.assertEqual(200, nobody.call("GET", "/api/v1" + self.own.path + "/tokens", headers=head).status)
        self.refused(nobody.call("GET", "/api/v1" + self.sat.path("Default", self.here.foreign_account) + "/tokens", headers=head))
        self.refused(nobody.call("POST", "/api/v1/accounts", {"name": "x"}, head))
        self.here.root("POST", "/clients/%s/revoke" % pair["client_id"])
        self.refused(nobody.call("GET", "/api/v1" + self.own.path + "/tokens", headers=head))
        reply = nobody.call("POST", "/oauth/token", pair)
        self.assertEqual((401, "invalid_client"), (reply.status, reply.json()["error"]))
        self.here.root("POST", "/clients/%s/remove" % pair["client_id"])

    def test_sessions_end(self):
        caller = self.who("own", "PU")
        cookie, csrf = self.browser(("own", "PU"))
        nobody = self.here.people([])["nobody", "--"]
        self.assertEqual(200, nobody.call("GET", "/api/v1/session", headers={"Cookie": cookie}).status)
        rows = nobody.call("GET", "/api/v1/sessions", headers={"Cookie": cookie}).json()["sessions"]
        self.assertTrue(rows)
        for session in rows:
            # Somebody else, an administrator of the account too, cannot end or see it.
            for who in (("own", "AA"), ("foreign", "AA"), ("own", "AD")):
                reply = self.who(*who).call("POST", "/api/v1/sessions/%s/end" % session["id"], {})
                self.assertIn(reply.status, (403, 404), (who, reply))
                self.assertNotIn(caller.name.encode(), self.who(*who).call("GET", "/api/v1/sessions").body if who[1] != "AD" else b"")
        self.assertEqual(200, nobody.call("POST", "/api/v1/sign-out", {}, {"Cookie": cookie, "X-CSRF-Token": csrf}).status)
        self.refused(nobody.call("GET", "/api/v1/session", headers={"Cookie": cookie}))

    # what is refused costs the same

    def test_unknown_and_foreign_take_the_same_time(self):
        caller, times = self.who("foreign", "AA"), {}
        stranger = urllib.parse.quote("X" * len(self.sat.account))
        paths = {"foreign": "/api/v1%s/licenses" % self.account, "unknown": "/api/v1/accounts/%s/licenses" % stranger}
        for _ in range(150):
            for name, path in paths.items():
                began = time.perf_counter()
                self.refused(caller.call("POST", path, {}))
                times.setdefault(name, []).append(time.perf_counter() - began)
        middle = {name: sorted(t)[len(t) // 2] for name, t in times.items()}
        self.assertLess(abs(middle["foreign"] - middle["unknown"]), max(0.0005, 0.5 * middle["unknown"]), middle)

    def test_nothing_was_changed(self):
        """After all of it the list of events is whole, and names who did what."""
        self.assertEqual("SUCCESS", self.here.root("POST", "/verify")["status"])


if __name__ == "__main__":
    unittest.main()
