"""Access tokens (RFC 6749, RFC 7009) and API clients over the wire: encodings, errors, secrets, exchange, end, limits."""

import base64
import contextlib
import glob
import json
import os
import secrets
import statistics
import subprocess
import threading
import time
import unittest
import urllib.parse

import product as P
from case import Case
from moved import MovedCase

PATHS = ("/oauth/token", "/backend/oauth/token")
NAME = "Überwachung – 監視"
FORM = "application/x-www-form-urlencoded"
HEX = r"[0-9a-f]{64}"
ANSWER = r'^\{"access_token":"%s","token_type":"Bearer","expires_in":3600\}$' % HEX
SPARE = ["127.3.%d.%d" % (n // 200, 1 + n % 200) for n in range(2000)]


def basic(pair, plain=False):
    quote = (lambda text: text) if plain else (lambda text: urllib.parse.quote(text, safe=""))
    return "Basic " + base64.b64encode(("%s:%s" % tuple(map(quote, pair))).encode()).decode()


class Wire(Case):
    """What asks for tokens, each time from another address, unless it matters."""

    def door(self, source=None):
        client = P.Client(self.sat.admin_url, self.sat.ca_file, source=source or SPARE.pop(), any_time=True)
        self.addCleanup(client.close)
        return client

    def ask(self, pairs, encoding="form", path=PATHS[0], pair=None, source=None, headers=None):
        head, body, where = dict(headers or {}), None, path
        if pair:
            head["Authorization"] = basic(pair)
        if encoding in ("form", "basic"):
            body, head["Content-Type"] = urllib.parse.urlencode(pairs), FORM
        elif encoding in ("json", "basic-json"):
            body, head["Content-Type"] = json.dumps(pairs, ensure_ascii=False).encode(), "application/json"
        else:
            where += "?" + urllib.parse.urlencode(pairs)
            if encoding == "query-typed":
                head["Content-Type"] = "application/json"
        return self.door(source).request("POST", where, body, head)

    def refused(self, reply, status, name, words=""):
        """Section 5.2, and nothing that a cache keeps."""
        self.assertEqual((status, name), (reply.status, reply.json().get("error")), reply)
        self.assertEqual({"error", "error_description"}, set(reply.json()))
        self.assertRegex(reply.json()["error_description"], r"^[\x20-\x21\x23-\x5b\x5d-\x7e]{15,}$")
        self.assertIn(words, reply.json()["error_description"])
        self.assertEqual(("no-store", "no-cache"), (reply.headers["Cache-Control"], reply.headers["Pragma"]))
        self.assertEqual(status == 401, "WWW-Authenticate" in reply.headers, "RFC 9110 section 15.5.2")
        if status == 401:
            self.assertRegex(reply.headers["WWW-Authenticate"], "^Basic realm=")

    def given(self, reply):
        self.assertEqual(200, reply.status, reply)
        self.assertRegex(reply.body.decode(), ANSWER)
        self.assertEqual("application/json", reply.headers["Content-Type"])
        self.assertEqual(("no-store", "no-cache"), (reply.headers["Cache-Control"], reply.headers["Pragma"]))
        return reply.json()["access_token"]

    def make(self, role="account-user", name=None, **more):
        """(client id, secret) of a new API client of the account, and its description."""
        body = dict({"name": name or "c " + secrets.token_hex(6)}, **more)
        if role:
            body = dict({"role": role, "account": self.sat.account}, **body)
        answer = self.sat.rest_ok("POST", "/clients", body)
        return (answer["client"]["clientId"], answer["clientSecret"]), answer["client"]

    def token(self, pair, **more):
        return self.given(self.ask(dict({"grant_type": "client_credentials", "client_id": pair[0],
                                         "client_secret": pair[1]}, **more)))

    def get(self, token, path="/status"):
        return self.door().request("GET", "/api/v1" + path, headers={"Authorization": "Bearer " + token})

    def post(self, token, path, body=None):
        return self.door().request("POST", "/api/v1" + path, json.dumps(body or {}),
                                   {"Authorization": "Bearer " + token, "Content-Type": "application/json"})

    def events(self, kind, subject=None):
        return [e for e in self.sat.rest_ok("GET", "/events?limit=500&kind=" + kind)["events"]
                if e["kind"] == kind and subject in (None, e["subject"])]

    def person(self):
        return {"username": self.sat.admin_user, "password": self.sat.admin_password()}


class Tokens(Wire):
    def test_encodings(self):
        pair, client = self.make(name=NAME + secrets.token_hex(2))
        own = {"client_id": pair[0], "client_secret": pair[1]}
        grants = ({"grant_type": "client_credentials"}, dict(self.person(), grant_type="password"))
        for path in PATHS + ("//oauth//token", "/backend//oauth/token"):
            for grant in grants:
                for encoding in ("json", "form", "query", "query-typed", "basic", "basic-json"):
                    with self.subTest(path=path, grant=grant["grant_type"], encoding=encoding):
                        if encoding.startswith("basic"):
                            token = self.given(self.ask(grant, encoding, path, pair))
                        else:
                            token = self.given(self.ask(dict(grant, **own), encoding, path))
                        reply = self.get(token, self.sat.path() + "/virtual-accounts")
                        self.assertEqual(200, reply.status, reply)
                        self.assertEqual(403, self.get(token, "/users").status, "both must be allowed to")
        row = self.sat.rest_ok("GET", "/clients/" + pair[0])["client"]
        self.assertEqual(client["name"], row["name"])
        self.assertIn(row["lastUsedFrom"][:6], ("127.3."))

    def test_password_without_client(self):
        for encoding in ("json", "form", "query"):
            token = self.given(self.ask(dict(self.person(), grant_type="password"), encoding))
            self.assertEqual(200, self.get(token, "/users").status)

    def test_charset_and_case(self):
        pair, _ = self.make()
        body = urllib.parse.urlencode({"grant_type": "client_credentials"})
        for kind in (FORM, FORM + "; charset=UTF-8", FORM.upper(), FORM + ";charset=utf-8"):
            self.given(self.door().request("POST", PATHS[0], body, {
                "Content-Type": kind, "Authorization": basic(pair).replace("Basic", "bAsIc")}))
        for kind in ("application/json; charset=utf-8", "application/vnd.x+json"):
            self.given(self.door().request("POST", PATHS[0], json.dumps({
                "grant_type": "client_credentials", "client_id": pair[0], "client_secret": pair[1]}),
                {"Content-Type": kind}))

    def test_percent_encoded_pair(self):
        """Section 2.3.1: what is encoded although it need not be is the same."""
        pair, _ = self.make()
        value = ":".join("".join("%%%02x" % ord(c) for c in part) for part in pair)
        self.given(self.ask({"grant_type": "client_credentials"}, headers={
            "Authorization": "Basic " + base64.b64encode(value.encode()).decode()}))

    def test_wrong_client(self):
        pair, _ = self.make()
        other, _ = self.make()
        credentials = {"grant_type": "client_credentials"}
        wrong = ((pair[0], "0" * 64), (pair[0], other[1]), ("0" * 64, pair[1]), (pair[0], pair[1][:-1]),
                 (pair[0], pair[1] + "0"), (pair[0].upper(), pair[1]), (pair[0], pair[1].upper()), (pair[1], pair[0]),
                 ("x", "y"), ("%", "' OR 1=1 --"), ("é" * 200, "ü" * 200))
        texts = set()
        for one in wrong:
            for encoding in ("json", "form", "query", "basic"):
                with self.subTest(pair=one, encoding=encoding):
                    if encoding == "basic":
                        reply = self.ask(credentials, encoding, pair=one)
                    else:
                        reply = self.ask(dict(credentials, client_id=one[0], client_secret=one[1]), encoding)
                    self.refused(reply, 401, "invalid_client")
                    texts.add(reply.body)
                    # the person is right, the client is not
                    if encoding == "form":
                        self.refused(self.ask(dict(self.person(), grant_type="password", client_id=one[0],
                                                   client_secret=one[1])), 401, "invalid_client")
        self.assertEqual(1, len(texts), "one text, whatever was wrong")

    def test_wrong_secrets_wait(self):
        """Who shows wrong secrets has to wait; a right one, and people, from the same address do not."""
        pair, _ = self.make()
        source = SPARE.pop()
        door = self.door(source)
        wrong = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": pair[0], "client_secret": "x"})
        statuses = []
        for _ in range(12):
            reply = door.request("POST", PATHS[0], wrong, {"Content-Type": FORM})
            statuses.append(reply.status)
        self.assertEqual([401] * 5, statuses[:5])
        self.assertEqual([429] * 7, statuses[5:], "of the shortest wait")
        self.refused(reply, 429, "temporarily_unavailable", "Try again in")
        self.assertGreater(int(reply.headers["Retry-After"]), 0)
        self.given(self.ask({"grant_type": "client_credentials"}, pair=pair, source=source))
        self.given(self.ask(dict(self.person(), grant_type="password"), source=source))
        self.refused(self.ask({"grant_type": "client_credentials"}, pair=(pair[0], "x")), 401, "invalid_client")

    def test_incomplete(self):
        pair, _ = self.make()
        credentials, password = {"grant_type": "client_credentials"}, {"grant_type": "password"}
        own = {"client_id": pair[0], "client_secret": pair[1]}
        table = (({}, 400, "invalid_request", "grant_type"), (own, 400, "invalid_request", "grant_type"),
                 (dict(own, grant_type=""), 400, "invalid_request", "grant_type"),
                 (credentials, 401, "invalid_client", "client_secret"),
                 (dict(credentials, client_id=pair[0]), 401, "invalid_client", "client_secret"),
                 (dict(credentials, client_id=pair[0], client_secret=""), 401, "invalid_client", "client_secret"),
                 (dict(credentials, client_secret=pair[1]), 401, "invalid_client", "client_id"),
                 (password, 400, "invalid_request", "username"),
                 (dict(password, username="x"), 400, "invalid_request", "password"),
                 (dict(password, password="x"), 400, "invalid_request", "username"),
                 (dict(self.person(), grant_type="password", client_id=pair[0]), 401, "invalid_client", "secret"),
                 (dict(own, grant_type="authorization_code", code="x"), 400, "unsupported_grant_type", "password"),
                 (dict(own, grant_type="refresh_token"), 400, "unsupported_grant_type", "client_credentials"),
                 (dict(own, grant_type="PASSWORD"), 400, "unsupported_grant_type", ""),
                 (dict(own, grant_type="x" * 65), 400, "invalid_request", "grant_type"),
                 (dict(own, grant_type="client_credentials", scope="x" * 1025), 400, "invalid_request", "scope"),
                 (dict(own, grant_type="client_credentials", client_secret="x" * 513), 400, "invalid_request",
                  "client_secret"))
        for pairs, status, name, words in table:
            for encoding in ("json", "form", "query"):
                with self.subTest(pairs=list(pairs), encoding=encoding):
                    self.refused(self.ask(pairs, encoding), status, name, words)

    def test_wrong_person(self):
        pair, _ = self.make()
        own = {"client_id": pair[0], "client_secret": pair[1], "grant_type": "password"}
        texts = {self.ask(dict(own, username=u, password=p)).body for u, p in (
            (self.sat.admin_user, "wrong wrong wrong"), ("nobody", "wrong wrong wrong"), ("n" * 512, "x" * 1024))}
        self.assertEqual(1, len(texts))
        self.refused(self.ask(dict(own, username="nobody", password="x")), 400, "invalid_grant")

    def test_types_in_json(self):
        pair, _ = self.make()
        good = {"grant_type": "client_credentials", "client_id": pair[0], "client_secret": pair[1]}
        for name in good:
            for value in ([good[name]], {"x": good[name]}, 1, True, 1.5, [], {}):
                with self.subTest(name=name, value=type(value).__name__):
                    self.refused(self.ask(dict(good, **{name: value}), "json"), 400, "invalid_request", name)
        self.given(self.ask(dict(good, scope=None, unknown=[1, {"a": 2}], username=""), "json"))

    def test_twice(self):
        """Section 3.2: no parameter more than once, in any encoding, nor in two places."""
        pair, _ = self.make()
        good = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": pair[0], "client_secret": pair[1]})
        for name in ("grant_type=client_credentials", "client_id=" + pair[0], "client_secret=x", "client_id="):
            self.refused(self.door().request("POST", PATHS[0], good + "&" + name, {"Content-Type": FORM}), 400,
                         "invalid_request")
            self.refused(self.door().request("POST", PATHS[0] + "?" + good + "&" + name), 400, "invalid_request")
            self.refused(self.door().request("POST", PATHS[0] + "?" + name, good, {"Content-Type": FORM}), 400,
                         "invalid_request", "query")
        text = '{"grant_type":"client_credentials","client_id":"%s","client_secret":"%s","client_id":"%s"}' % (
            pair + (pair[0],))
        self.refused(self.door().request("POST", PATHS[0], text, {"Content-Type": "application/json"}), 400,
                     "invalid_request")
        # Basic and parameters: the id may stand there twice, the secret not
        grant = {"grant_type": "client_credentials"}
        self.given(self.ask(dict(grant, client_id=pair[0]), pair=pair))
        self.refused(self.ask(dict(grant, client_id="0" * 64), pair=pair), 400, "invalid_request", "one way")
        self.refused(self.ask(dict(grant, client_secret=pair[1]), pair=pair), 400, "invalid_request", "one way")
        self.refused(self.ask(dict(grant, client_id=pair[0], client_secret=pair[1]), pair=pair), 400, "invalid_request")
        # two headers
        with self.door().raw_socket() as raw:
            raw.sendall(("POST /oauth/token HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nAuthorization: %s\r\n"
                         "Content-Type: %s\r\nContent-Length: 29\r\nConnection: close\r\n\r\n"
                         "grant_type=client_credentials" % (basic(pair), basic(("0" * 64, "x")), FORM)).encode())
            self.assertRegex(raw.recv(4000), b"^HTTP/1.1 400 ")

    def test_basic_attacks(self):
        pair, _ = self.make()
        grant = {"grant_type": "client_credentials"}

        def encoded(value):
            return "Basic " + base64.b64encode(value).decode()

        good = ("%s:%s" % pair).encode()
        for header in ("Basic", "Basic ", "Basic =", "Basic ====", "Basic %%%", "Basic " + "A" * 5000,
                       encoded(b"no colon"), encoded(b"\xff\xfe:" + pair[1].encode()), encoded(b"%zz:%zz"),
                       encoded(b"%00:%00"), encoded(pair[0].encode() + b"\0:" + pair[1].encode()),
                       encoded(good + b"\0"), encoded(good) + "!", encoded(good) + " x", encoded(good + b"%"),
                       encoded(good).rstrip("=")[:-1], encoded(b"%c3%28:x")):
            with self.subTest(header=header[:60]):
                self.refused(self.ask(grant, headers={"Authorization": header}), 400, "invalid_request")
        for header in (encoded(b":"), encoded(b":x"), encoded(b"x:"), encoded(good + b":"), encoded(good + b" "),
                       encoded(b" " + good), encoded(good + b"%20"), encoded(good.replace(b":", b"::")),
                       "Bearer x", "Digest x", "Basicx y", "", encoded(b"+:+")):
            with self.subTest(header=header[:60]):
                self.refused(self.ask(grant, headers={"Authorization": header}), 401, "invalid_client")
        # an old access token with the request is of no meaning
        self.given(self.ask(dict(grant, client_id=pair[0], client_secret=pair[1]),
                            headers={"Authorization": "Bearer " + "0" * 64}))
        # what does not fit into the memory of a connection is refused before it is read
        for size in (40000, 400000):
            with self.subTest(size=size), self.door().raw_socket() as raw:
                with contextlib.suppress(OSError):
                    raw.sendall(b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nAuthorization: Basic " + b"A" * size +
                                b"\r\nContent-Length: 0\r\n\r\n")
                    self.assertRegex(raw.recv(4000), b"^(HTTP/1.1 4(00|13|31) |$)")
        self.token(pair)

    def test_bodies(self):
        pair, _ = self.make()
        good = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": pair[0], "client_secret": pair[1]})
        head = {"Content-Type": FORM}
        bomb = "&".join("a%d=1" % n for n in range(2000))
        for body, status in ((good + "&" + bomb, 400), (good + "&x=" + "y" * 20000, 413), ("&" * 20000, 413),
                             (good + "&%", 400), (good + "&%f", 400), (good + "&a=%00", 400), (good + "&a=%ff", 400),
                             (good + "&%c3%28=1", 400), (b"\xff" + good.encode(), 400), (good.replace("&", ";"), 400)):
            with self.subTest(body=body[:40], n=len(body)):
                self.refused(self.door().request("POST", PATHS[0], body, head), status, "invalid_request")
        for body in ("[]", "1", "\"x\"", "{", "{\"a\":1", "[" * 5000, "{\"a\":" * 3000, "{\"grant_type\":\"\\u0000\"}",
                     "{\"grant_type\":\"client_credentials\"} x", "\ufeff{}", "{\"a\":1e999}"):
            with self.subTest(body=body[:30]):
                self.refused(self.door().request("POST", PATHS[0], body.encode(), {"Content-Type": "application/json"}),
                             413 if len(body) > 16384 else 400, "invalid_request")
        for kind in ("text/plain", "multipart/form-data; boundary=x", "text/xml", "application/octet-stream"):
            with self.subTest(kind=kind):
                self.refused(self.door().request("POST", PATHS[0], good, {"Content-Type": kind}), 415,
                             "invalid_request")
        for kind in ("GET", "PUT", "DELETE", "PATCH"):
            reply = self.door().request(kind, PATHS[0])
            self.assertEqual((405, "POST"), (reply.status, reply.headers["Allow"]), reply)
        # leading and trailing white space, and empty pieces, are nothing
        self.given(self.door().request("POST", PATHS[0], "  &" + good + "&&\r\n", head))

    def test_no_length(self):
        """A query-string call of a client that sends no Content-Length at all."""
        pair, _ = self.make()
        with self.door().raw_socket() as raw:
            raw.sendall(("POST /oauth/token?grant_type=client_credentials&client_id=%s&client_secret=%s HTTP/1.1\r\n"
                         "Host: x\r\nConnection: close\r\n\r\n" % pair).encode())
            data = b""
            while True:
                piece = raw.recv(65536)
                if not piece:
                    break
                data += piece
        self.assertRegex(data, b"^HTTP/1.1 200 ")

    def test_scope(self):
        pair, _ = self.make(None, roles=[{"role": "account-user", "account": self.sat.account},
                                         {"role": "auditor", "account": self.sat.account}])
        tokens = self.sat.path("Default") + "/tokens"
        both, narrow = self.token(pair), self.token(pair, scope="auditor")
        self.assertEqual(200, self.post(both, tokens, {"expiresAfterDays": 1}).status)
        self.assertEqual(403, self.post(narrow, tokens, {"expiresAfterDays": 1}).status)
        self.assertEqual(200, self.get(narrow, "/accounts/%s/virtual-accounts" % urllib.parse.quote(
            self.sat.account)).status)
        self.assertEqual(200, self.post(self.token(pair, scope="auditor account-user"), tokens,
                                        {"expiresAfterDays": 1}).status)
        own = {"grant_type": "client_credentials", "client_id": pair[0], "client_secret": pair[1]}
        for scope in ("system-administrator", "auditor system-administrator", "Auditor", "audito", "auditor  courier",
                      " auditor", "*", "auditor,account-user", "ü"):
            self.refused(self.ask(dict(own, scope=scope)), 400, "invalid_scope", "auditor")
        self.given(self.ask(dict(own, scope="")))
        person = dict(self.person(), grant_type="password")
        self.refused(self.ask(dict(person, scope="auditor")), 400, "invalid_scope", "system-administrator")
        self.assertEqual(200, self.get(self.given(self.ask(dict(person, scope="system-administrator")))).status)

    def test_revoke_token(self):
        """RFC 7009: the answer is the same whether or not there was such a token."""
        pair, _ = self.make()
        for path in ("/oauth/revoke", "/backend/oauth/revoke"):
            for encoding in ("form", "json", "query"):
                token, other = self.token(pair), self.token(pair)
                for _ in range(2):
                    reply = self.ask({"token": token, "token_type_hint": "access_token"}, encoding, path)
                    self.assertEqual((200, b"{}"), (reply.status, reply.body))
                    self.assertEqual(403, self.get(token).status)
                self.assertEqual(200, self.get(other).status)
        for value in ("x", "0" * 64, "é" * 300, token.upper()):
            self.assertEqual(200, self.ask({"token": value}, "form", "/oauth/revoke").status)
        self.refused(self.ask({}, "form", "/oauth/revoke"), 400, "invalid_request", "token")
        self.refused(self.ask({"token": ["x"]}, "json", "/oauth/revoke"), 400, "invalid_request", "token")

    def test_script(self):
        """As somebody writes it who has read rest-api.md alone."""
        pair, _ = self.make()
        curl = ["curl", "-s", "--cacert", self.sat.ca_file]
        url = self.sat.admin_url
        first = subprocess.run(curl + ["-X", "POST", "%s/backend/oauth/token?grant_type=client_credentials&client_id=%s"
                                       "&client_secret=%s" % ((url,) + pair)], stdout=subprocess.PIPE, check=True)
        token = json.loads(first.stdout)["access_token"]
        again = subprocess.run(curl + ["-u", "%s:%s" % pair, "-d", "grant_type=client_credentials",
                                       url + "/oauth/token"], stdout=subprocess.PIPE, check=True)
        self.assertEqual("Bearer", json.loads(again.stdout)["token_type"])
        account = urllib.parse.quote(self.sat.account)
        listed = subprocess.run(curl + ["-H", "Authorization: Bearer " + token, "-d", "null", "-H",
                                        "Content-Type: application/json",
                                        "%s/backend/api/v1/accounts/%s/licenses" % (url, account)],
                                stdout=subprocess.PIPE, check=True)
        self.assertEqual("SUCCESS", json.loads(listed.stdout)["status"])

    def test_many_tokens(self):
        """A script that gets a token for each call: the oldest end, the others go on, and other clients' stay."""
        pair, _ = self.make()
        other, _ = self.make()
        bystander = self.token(other)
        door = self.door()
        tokens = []
        for _ in range(103):
            tokens.append(self.given(door.request("POST", PATHS[0], urllib.parse.urlencode({
                "grant_type": "client_credentials", "client_id": pair[0], "client_secret": pair[1]}),
                {"Content-Type": FORM})))
        states = [self.get(t).status for t in (tokens[0], tokens[2], tokens[3], tokens[102], bystander)]
        self.assertEqual([403, 403, 200, 200, 200], states)

    def test_one_event(self):
        pair, client = self.make()
        for _ in range(3):
            self.token(pair)
        found = self.events("client.sign-in", client["name"])
        self.assertEqual(1, len(found), "the first sign-in alone")
        self.assertEqual(("client", client["name"], client["clientId"]),
                         (found[0]["actorKind"], found[0]["actor"], found[0]["detail"]["clientId"]))

    def test_unknown_client_in_the_same_time(self):
        """Client ids are no secret, but nothing is told that need not be."""
        pair, _ = self.make()
        times = {}
        for _ in range(8):
            for what, one in (("known", (pair[0], "0" * 64)), ("unknown", (secrets.token_hex(32), "0" * 64))):
                door = self.door()
                door.open()
                began = time.perf_counter()
                door.request("POST", PATHS[0], urllib.parse.urlencode({
                    "grant_type": "client_credentials", "client_id": one[0], "client_secret": one[1]}),
                    {"Content-Type": FORM})
                times.setdefault(what, []).append(time.perf_counter() - began)
        known, unknown = (statistics.median(times[w]) for w in ("known", "unknown"))
        self.assertLess(abs(known - unknown), 0.02, times)


class Clients(Wire):
    def test_life(self):
        name = "Live " + secrets.token_hex(4)
        pair, client = self.make("account-user", name)
        self.assertRegex(pair[0], "^%s$" % HEX)
        self.assertRegex(pair[1], "^%s$" % HEX)
        self.assertEqual((name, self.sat.account, "ACTIVE", None, None),
                         tuple(client[m] for m in ("name", "account", "clientStatus", "lastUsedDate", "revokedDate")))
        self.assertEqual([{"role": "account-user", "account": self.sat.account, "virtualAccount": None}], client["roles"])
        self.assertEqual(1, len(client["secrets"]))
        token = self.token(pair)
        row = self.sat.rest_ok("GET", "/clients/" + urllib.parse.quote(name.upper()))["client"]
        self.assertEqual(pair[0], row["clientId"], "by name without case")
        self.assertIsNotNone(row["lastUsedDate"])
        self.assertIsNotNone(row["secrets"][0]["lastUsedDate"])
        # exchanged with an overlap: both are good
        answer = self.sat.rest_ok("POST", "/clients/%s/rotate" % pair[0], {"overlapHours": 1})
        new = (pair[0], answer["clientSecret"])
        self.assertNotEqual(pair[1], new[1])
        self.assertEqual([True, False], [s["expirationDate"] is None for s in answer["client"]["secrets"]])
        self.token(pair)
        self.token(new)
        self.assertEqual(200, self.get(token).status)
        # a third ends the first
        answer = self.sat.rest_ok("POST", "/clients/%s/rotate" % pair[0])
        third = (pair[0], answer["clientSecret"])
        self.assertEqual(2, len(answer["client"]["secrets"]))
        self.refused(self.ask({"grant_type": "client_credentials"}, pair=pair), 401, "invalid_client")
        self.token(new)
        # at once: neither the old secrets nor their tokens
        token = self.token(third)
        answer = self.sat.rest_ok("POST", "/clients/%s/rotate" % pair[0], {"overlapHours": 0})
        fourth = (pair[0], answer["clientSecret"])
        for old in (new, third):
            self.refused(self.ask({"grant_type": "client_credentials"}, pair=old), 401, "invalid_client")
        self.assertEqual(403, self.get(token).status)
        token = self.token(fourth)
        # the end
        early = self.sat.rest("POST", "/clients/%s/remove" % pair[0])
        self.assertEqual((409, "CONFLICT"), (early.status, early.json()["error"]["name"]), early)
        for _ in range(2):
            self.sat.rest_ok("POST", "/clients/%s/revoke" % pair[0])
            self.assertEqual(403, self.get(token).status, "at once")
        self.refused(self.ask({"grant_type": "client_credentials"}, pair=fourth), 401, "invalid_client")
        late = self.sat.rest("POST", "/clients/%s/rotate" % pair[0])
        self.assertEqual((409, "CONFLICT"), (late.status, late.json()["error"]["name"]), late)
        row = self.sat.rest_ok("GET", "/clients/" + pair[0])["client"]
        self.assertEqual(("REVOKED", []), (row["clientStatus"], row["secrets"]))
        self.sat.rest_ok("POST", "/clients/%s/remove" % pair[0])
        self.assertEqual(404, self.sat.rest("GET", "/clients/" + pair[0]).status)
        self.refused(self.ask({"grant_type": "client_credentials"}, pair=fourth), 401, "invalid_client")
        self.assertEqual([1, 3, 1, 1], [len(self.events("client." + k, name)) for k in (
            "create", "rotate", "revoke", "remove")])
        for event in self.events("client.rotate", name):
            self.assertEqual({"before", "after", "clientId"}, set(event["detail"]))

    def test_revoked_while_asking(self):
        """No token that was given while the client was revoked outlives the answer to that."""
        pair, client = self.make()
        given, over = [], threading.Event()
        body = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": pair[0], "client_secret": pair[1]})

        def keep_asking(door):
            while not over.is_set():
                reply = door.request("POST", PATHS[0], body, {"Content-Type": FORM})
                if reply.status == 200:
                    given.append(reply.json()["access_token"])

        threads = [threading.Thread(target=keep_asking, args=(self.door(),)) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            deadline = time.monotonic() + 30
            while len(given) < 20 and time.monotonic() < deadline:
                time.sleep(0.01)
            self.sat.rest_ok("POST", "/clients/%s/revoke" % pair[0])
            self.sat.rest_ok("POST", "/clients/%s/remove" % pair[0])
            time.sleep(0.1)
        finally:
            over.set()
            for thread in threads:
                thread.join(30)
        self.assertGreaterEqual(len(given), 20)
        door = self.door()
        for token in given[-40:]:
            self.assertEqual(403, door.request("GET", "/api/v1/status",
                                               headers={"Authorization": "Bearer " + token}).status)

    def test_rotations_at_once(self):
        """Whoever is told a secret of two that are made at the same time has one that is good, and two are all."""
        pair, _ = self.make()
        told = []

        def rotate():
            told.append(self.sat.rest_ok("POST", "/clients/%s/rotate" % pair[0])["clientSecret"])

        threads = [threading.Thread(target=rotate) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        good = [s for s in told + [pair[1]]
                if self.ask({"grant_type": "client_credentials"}, pair=(pair[0], s)).status == 200]
        self.assertEqual((4, 2), (len(set(told)), len(good)))

    def test_nothing_by_itself(self):
        """Client id and secret are no access token, and an access token of one is none of another's rights."""
        pair, _ = self.make()
        for value in (basic(pair), "Bearer " + pair[0], "Bearer " + pair[1], "Bearer %s:%s" % pair):
            reply = self.door().request("GET", "/api/v1/status", headers={"Authorization": value})
            self.assertEqual((403, "LOGIN_REQUIRED"), (reply.status, reply.json()["error"]["name"]))
        token = self.token(pair)
        for where in ("/api/v1/status?access_token=" + token, "/api/v1/status"):
            reply = self.door().request("GET", where, headers={"Cookie": "__Host-session=" + token})
            self.assertEqual(403, reply.status, "only in the header")

    def test_person_through_client(self):
        """May only what both may; ends with the client."""
        pair, _ = self.make("auditor")
        token = self.given(self.ask(dict(self.person(), grant_type="password"), pair=pair))
        self.assertEqual(200, self.get(token, self.sat.path() + "/tokens").status)
        self.assertEqual(403, self.post(token, self.sat.path("Default") + "/tokens").status)
        self.assertEqual(403, self.get(token, "/users").status)
        self.sat.rest_ok("POST", "/clients/%s/revoke" % pair[0])
        self.assertEqual(403, self.get(token, self.sat.path() + "/tokens").status)

    def test_refused_bodies(self):
        account = self.sat.account
        table = (({}, "name"), ({"name": "x"}, "role"), ({"name": "", "role": "auditor"}, "name"),
                 ({"name": "x", "role": "king"}, "role"), ({"name": "x", "role": "account-user"}, "account"),
                 ({"name": "x", "role": "account-user", "account": account, "virtualAccount": "Default"},
                  "virtualAccount"),
                 ({"name": "x", "role": "virtual-account-user", "account": account}, "virtualAccount"),
                 ({"name": "x", "role": "system-operator", "account": account}, "account"),
                 ({"name": "x", "role": "auditor", "virtualAccount": "Default"}, "account"),
                 ({"name": "x", "roles": []}, "roles"), ({"name": "x", "roles": {}}, "roles"),
                 ({"name": "x", "roles": ["auditor"]}, "roles"), ({"name": "x", "roles": [{}]}, "role"),
                 ({"name": "x", "roles": [{"role": "auditor"}] * 33}, "roles"),
                 ({"name": "x", "role": "auditor", "roles": [{"role": "auditor"}]}, "role"),
                 ({"name": ["x"], "role": "auditor"}, "name"), ({"name": "x", "role": 1}, "role"))
        for body, field in table:
            with self.subTest(body=body):
                reply = self.sat.rest("POST", "/clients", body)
                self.assertEqual((400, "INVALID_REQUEST", field), (
                    reply.status, reply.json()["error"]["name"], reply.json()["error"].get("field")), reply)
        for body, status in (({"name": "\u0007", "role": "auditor"}, 400), ({"name": "n" * 129, "role": "auditor"}, 400),
                             ({"name": "x", "role": "auditor", "account": "no such"}, 404),
                             ({"name": "x", "role": "virtual-account-user", "account": account,
                               "virtualAccount": "no such"}, 404)):
            self.assertEqual(status, self.sat.rest("POST", "/clients", body).status, body)
        pair, client = self.make()
        reply = self.sat.rest("POST", "/clients", {"name": client["name"].upper(), "role": "auditor", "account": account})
        self.assertEqual((409, "CLIENT_EXISTS"), (reply.status, reply.json()["error"]["name"]))
        for hours in (-1, 721, "x", 1.5, [], True):
            reply = self.sat.rest("POST", "/clients/%s/rotate" % pair[0], {"overlapHours": hours})
            self.assertEqual((400, "overlapHours"), (reply.status, reply.json()["error"]["field"]), hours)
        for hours in (720, "12", 24.0, None):
            self.sat.rest_ok("POST", "/clients/%s/rotate" % pair[0], {"overlapHours": hours})
        for path in ("/clients/nothing", "/clients/" + "0" * 64):
            self.assertEqual(404, self.sat.rest("GET", path).status)

    def test_account_administrator(self):
        """Sees and makes what is in his account; what is elsewhere is 403 with one text."""
        pair, own = self.make("account-administrator")
        token = self.token(pair)
        foreign = "Foreign %s" % secrets.token_hex(3)
        self.sat.rest_ok("POST", "/clients", {"name": foreign, "role": "system-operator"})
        base = self.sat.path() + "/clients"
        names = {c["name"] for c in self.get(token, "/clients").json()["clients"]}
        self.assertIn(own["name"], names)
        self.assertNotIn(foreign, names)
        self.assertEqual(names, {c["name"] for c in self.get(token, base).json()["clients"]})
        made = self.post(token, base, {"name": "By AA " + secrets.token_hex(3), "role": "account-user"})
        self.assertEqual(200, made.status, made)
        inner = self.post(token, base, {"name": "In " + secrets.token_hex(3), "role": "virtual-account-user",
                                        "virtualAccount": "Default"})
        self.assertEqual(200, inner.status, inner)
        self.token((inner.json()["client"]["clientId"], inner.json()["clientSecret"]))
        for role in ("account-administrator", "auditor", "courier"):
            self.assertEqual(200, self.post(token, base, {"name": "R " + secrets.token_hex(3), "role": role}).status, role)
        for verb in ("rotate", "revoke", "remove"):
            self.assertEqual(200, self.post(token, "%s/%s/%s" % (base, made.json()["client"]["clientId"], verb)).status)
        # more than his account
        for body in ({"role": "system-administrator"}, {"role": "system-operator"}, {"role": "auditor"},
                     {"roles": [{"role": "account-user", "account": self.sat.account}, {"role": "auditor"}]}):
            body["name"] = "No " + secrets.token_hex(3)
            self.assertEqual(403, self.post(token, "/clients", body).status, body)
        for body in ({"role": "system-administrator"}, {"role": "system-operator"},
                     {"role": "system-operator", "account": None}):
            self.assertEqual(400, self.post(token, base, dict(body, name="x")).status, "no roles of an account")
        for account in ("Other", "No such account"):
            self.assertEqual(403, self.post(token, base, {"name": "x", "role": "auditor", "account": account}).status)
        texts = []
        for account in ("Other", "No such account"):
            reply = self.post(token, "/clients", {"name": "x", "role": "account-user", "account": account})
            self.assertEqual(403, reply.status)
            texts.append(reply.json()["statusMessage"].replace(account, ""))
        self.assertEqual(1, len(set(texts)))
        texts = []
        for name in (foreign, "No such client", "0" * 64):
            for path in ("", "/rotate", "/revoke", "/remove"):
                where = "/clients/%s%s" % (urllib.parse.quote(name), path)
                reply = self.post(token, where) if path else self.get(token, where)
                self.assertEqual((403, "FORBIDDEN"), (reply.status, reply.json()["error"]["name"]), where)
                if path:
                    texts.append(reply.json()["statusMessage"].replace(name, ""))
            reply = self.get(token, "%s/%s" % (base, urllib.parse.quote(name)))
            self.assertEqual(404, reply.status, "in the own account there is none of this name")
        self.assertEqual(1, len(set(texts)), texts)
        # others of the account do not
        for role in ("account-user", "courier"):
            below = self.token(self.make(role)[0])
            for call in (lambda: self.get(below, "/clients"), lambda: self.get(below, base),
                         lambda: self.post(below, base, {"name": "x", "role": "auditor"})):
                self.assertEqual(403, call().status)
        reader = self.token(self.make("auditor")[0])
        self.assertEqual(200, self.get(reader, base).status)
        self.assertEqual(403, self.post(reader, base, {"name": "x", "role": "auditor"}).status)

    def test_place_that_goes(self):
        """Without a role left a client can do nothing, and that is shown."""
        place = "gone " + secrets.token_hex(4)
        self.sat.rest_ok("POST", self.sat.path() + "/virtual-accounts", {"name": place})
        pair, _ = self.make("virtual-account-user", virtualAccount=place)
        token = self.token(pair)
        self.assertEqual(200, self.get(token, self.sat.path(place) + "/tokens").status)
        self.assertEqual(403, self.get(token, self.sat.path("Default") + "/tokens").status)
        self.sat.rest_ok("POST", self.sat.path(place) + "/delete")
        self.assertEqual(403, self.get(token, self.sat.path() + "/virtual-accounts").status)
        self.assertEqual("WITHOUT_ROLE", self.sat.rest_ok("GET", "/clients/" + pair[0])["client"]["clientStatus"])
        self.refused(self.ask({"grant_type": "client_credentials"}, pair=pair), 400, "unauthorized_client", "no role")

    def test_secrets_are_nowhere(self):
        pair, client = self.make()
        told = self.token(pair)
        self.ask({"grant_type": "client_credentials", "client_id": pair[0], "client_secret": pair[1]}, "query")
        self.ask({"grant_type": "nonsense", "client_id": pair[0], "client_secret": pair[1]}, "query")
        self.ask({"token": told}, "query", "/oauth/revoke")
        rotated = self.sat.rest_ok("POST", "/clients/%s/rotate" % pair[0])["clientSecret"]
        listed = json.dumps([self.sat.rest_ok("GET", "/clients"), self.sat.rest_ok("GET", "/events?limit=500")])
        looked = 0
        for pattern in ("**/*.db", "**/*.db-wal", "**/*.log"):
            for name in glob.glob(os.path.join(self.sat.state, pattern), recursive=True):
                with open(name, "rb") as f:
                    data = f.read()
                looked += 1
                for secret in (pair[1], rotated, told):
                    self.assertNotIn(secret.encode(), data, name)
                    self.assertNotIn(bytes.fromhex(secret), data, name)
                if name.endswith(".log"):
                    self.assertNotIn(b"client_secret", data, name)
                    self.assertNotIn(b"/token?", data, name)
        self.assertGreater(looked, 2)
        for secret in (pair[1], rotated, told):
            self.assertNotIn(secret, listed)

    def test_manager(self):
        answer = self.sat.rest_ok("POST", "/clients", {"name": "m " + secrets.token_hex(3), "role": "system-operator"},
                                  manager=True)
        client = self.sat.client(self.sat.manager_url)
        self.addCleanup(client.close)
        reply = client.request("POST", PATHS[0], "grant_type=client_credentials", {
            "Content-Type": FORM, "Authorization": basic((answer["client"]["clientId"], answer["clientSecret"]))})
        self.assertEqual(200, reply.status, reply)
        self.assertIsNone(answer["client"]["account"])

    def test_satellitectl(self):
        name = "ctl " + secrets.token_hex(4)
        made = self.sat.ctl("client", "create", name, "--role", "account-user", "--role", "courier", "--account",
                            self.sat.account, json_output=False)
        self.assertEqual(0, made.rc, made)
        words = made.out.replace("\\\n", " ").split()
        pair = words[words.index("-u") + 1].split(":")
        self.assertEqual(2, made.out.count(pair[1]), "once to keep, once in the line to copy")
        # the line is good as it is
        line = made.out[made.out.index("curl "):]
        line = line[:line.index("client_credentials") + len("client_credentials")]
        run = subprocess.run(["sh", "-c", line.replace("tls-ca.pem", self.sat.ca_file)], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, check=True)
        self.assertIn(b"access_token", run.stdout)
        listed = self.sat.ctl("client", "list", json_output=False)
        self.assertIn(name, listed.out)
        self.assertTrue(all(len(row) <= 80 for row in listed.out.splitlines()), listed)
        shown = self.sat.ctl("client", "show", name, json_output=False)
        self.assertIn(pair[0], shown.out)
        self.assertNotIn(pair[1], shown.out)
        rotated = self.sat.ctl("client", "rotate", name, "--overlap-hours", "0")
        self.assertNotEqual(pair[1], rotated.json()["clientSecret"])
        self.refused(self.ask({"grant_type": "client_credentials"}, pair=pair), 401, "invalid_client")
        self.assertEqual(1, self.sat.ctl("client", "remove", name).rc)
        self.assertEqual(0, self.sat.ctl("client", "revoke", name, "--account", self.sat.account).rc)
        self.assertIn("Revoked", self.sat.ctl("client", "list", json_output=False).out)
        self.assertEqual(0, self.sat.ctl("client", "remove", name).rc)
        missing = self.sat.ctl("client", "show", name)
        self.assertEqual(1, missing.rc)
        self.assertIn("CLIENT_UNKNOWN", missing.err + missing.out)


class Time(MovedCase, Wire):
    """What time alone ends. The database is moved by days under the program."""

    def client(self):
        return MovedCase.client(self)

    def test_overlap_and_expiry(self):
        pair, _ = self.make()
        token = self.token(pair)
        answer = self.sat.rest_ok("POST", "/clients/%s/rotate" % pair[0], {"overlapHours": 72})
        new = (pair[0], answer["clientSecret"])
        self.start_with(FAKETIME="+59m")
        self.assertEqual(200, self.get(token).status)
        self.start_with(FAKETIME="+61m")
        self.assertEqual(403, self.get(token).status, "after an hour")
        self.start_with(FAKETIME="+71h")
        self.token(pair)
        self.token(new)
        self.start_with(FAKETIME="+73h")
        self.refused(self.ask({"grant_type": "client_credentials"}, pair=pair), 401, "invalid_client")
        self.token(new)
        self.assertEqual(1, len(self.sat.rest_ok("GET", "/clients/" + pair[0])["client"]["secrets"]))


if __name__ == "__main__":
    unittest.main()
