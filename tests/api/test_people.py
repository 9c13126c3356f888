"""People: users, roles, passwords, the guard against guessing, sessions of browsers and their CSRF tokens.

Each test signs in from addresses of its own (127.0.0.0/8), since wrong passwords slow the address they come from."""

import contextlib
import json
import re
import secrets
import statistics
import threading
import time
import urllib.parse

import product as P
from case import Case

JSON = {"Content-Type": "application/json"}
COOKIE = re.compile(r"^__Host-session=([0-9a-f]{64}); Path=/; Secure; HttpOnly; SameSite=Strict$")
_addresses = iter("127.%d.%d.%d" % (a, b, c) for a in range(9, 250) for b in range(1, 250) for c in range(1, 250))


def words():
    """A password that nothing is wrong with."""
    return "-".join(secrets.choice(("maple", "quartz", "vortex", "lemon", "copper", "bridge")) for _ in range(2)) \
        + "-" + secrets.token_hex(4)


class Browser:
    """Keeps the cookie and sends the CSRF token, as the pages of this server do."""

    def __init__(self, case, address=None):
        self.address = address or next(_addresses)
        self.client = P.Client(case.sat.admin_url, case.sat.ca_file, source=self.address)
        case.addCleanup(self.client.close)
        self.cookie = self.csrf = None
        self.host = urllib.parse.urlsplit(case.sat.admin_url).netloc

    def sign_in(self, user, password, headers=None):
        reply = self.post("/sign-in", {"username": user, "password": password}, headers=headers)
        if reply.status == 200:
            self.cookie = COOKIE.match(reply.headers["Set-Cookie"]).group(1)
            self.csrf = reply.json()["csrfToken"]
        return reply

    def head(self, more=None):
        head = {"User-Agent": "black box"}
        if self.cookie:
            head["Cookie"] = "other=1; __Host-session=" + self.cookie
        head.update(more or {})
        return head

    def get(self, path):
        return self.client.request("GET", "/api/v1" + path, headers=self.head())

    def post(self, path, body=None, headers=None, csrf=True):
        head = self.head(JSON)
        if csrf and self.csrf:
            head["X-CSRF-Token"] = self.csrf
        head.update(headers or {})
        return self.client.request("POST", "/api/v1" + path, json.dumps(body or {}), head)


class People(Case):
    def user(self, role="auditor", name=None, password=None, **more):
        name, password = name or "p " + secrets.token_hex(4), password or words()
        self.sat.rest_ok("POST", "/users", dict({"name": name, "password": password, "role": role}, **more))
        self.addCleanup(self.forget, name)
        return name, password

    def forget(self, name):
        with contextlib.suppress(AssertionError):
            self.sat.rest("POST", "/users/%s/remove" % urllib.parse.quote(name))

    def path(self, name):
        return "/users/" + urllib.parse.quote(name, safe="")

    def signed(self, role="auditor", **more):
        name, password = self.user(role, **more)
        browser = Browser(self)
        self.is_ok(browser.sign_in(name, password))
        browser.name, browser.password = name, password
        return browser

    def is_ok(self, reply):
        self.assertEqual(200, reply.status, reply)
        return reply.json()

    def refused(self, status, name, reply, field=None):
        self.assertEqual((status, name), (reply.status, reply.json()["error"]["name"]), reply)
        if field:
            self.assertEqual(field, reply.json()["error"].get("field"), reply)
        return reply

    def shown(self, name):
        return self.sat.rest_ok("GET", self.path(name))["user"]

    def token(self, name, password, address=None):
        client = P.Client(self.sat.admin_url, self.sat.ca_file, source=address or next(_addresses))
        with contextlib.closing(client):
            return client.request("POST", "/oauth/token", json.dumps(
                {"grant_type": "password", "username": name, "password": password}), JSON)


class Users(People):
    def test_life(self):
        name, password = self.user("account-user", account=self.sat.account, fullName="Ada Example")
        row = self.shown(name.upper())
        self.assertEqual((name, "Ada Example", "ACTIVE", False, None, ""),
                         tuple(row[k] for k in ("name", "fullName", "userStatus", "mustChange", "lastSignInDate",
                                                "lastSignInAddress")))
        self.assertEqual([{"role": "account-user", "account": self.sat.account, "virtualAccount": None}], row["roles"])
        self.assertIn(row, self.sat.rest_ok("GET", "/users")["users"])
        browser = Browser(self)
        self.is_ok(browser.sign_in(name.upper(), password))
        self.assertEqual(browser.address, self.shown(name)["lastSignInAddress"])
        self.sat.rest_ok("POST", self.path(name) + "/disable")
        self.assertEqual("DISABLED", self.shown(name)["userStatus"])
        self.refused(403, "LOGIN_REQUIRED", browser.get("/session"))
        self.sat.rest_ok("POST", self.path(name) + "/enable")
        self.refused(403, "LOGIN_REQUIRED", browser.get("/session"))
        self.is_ok(browser.sign_in(name, password))
        self.sat.rest_ok("POST", self.path(name) + "/remove")
        self.refused(403, "LOGIN_REQUIRED", browser.get("/session"))
        self.refused(404, "USER_UNKNOWN", self.sat.rest("GET", self.path(name)))
        kinds = [e["kind"] for e in self.sat.rest_ok("GET", "/events?limit=100")["events"] if e["subject"] == name]
        for kind in ("person.create", "person.sign-in", "person.disable", "person.enable", "person.remove"):
            self.assertIn(kind, kinds)

    def test_role_must_be_given(self):
        self.refused(400, "INVALID_REQUEST", self.sat.rest("POST", "/users", {"name": "x", "password": words()}), "role")

    def test_places(self):
        account, place = self.sat.account, self.fresh()
        name = "p " + secrets.token_hex(4)
        for field, body in (("role", {"role": "king"}), ("account", {"role": "account-user"}),
                            ("account", {"role": "system-operator", "account": account}),
                            ("virtualAccount", {"role": "courier", "account": account, "virtualAccount": place}),
                            ("virtualAccount", {"role": "virtual-account-user", "account": account}),
                            ("account", {"role": "virtual-account-user", "virtualAccount": place})):
            with self.subTest(body):
                self.refused(400, "INVALID_REQUEST", self.sat.rest(
                    "POST", "/users", dict(body, name=name, password=words())), field)
        self.refused(404, "ACCOUNT_UNKNOWN", self.sat.rest(
            "POST", "/users", {"name": name, "password": words(), "role": "auditor", "account": "Nowhere"}))

    def test_roles(self):
        name, password = self.user()
        place = self.fresh()
        here = {"role": "virtual-account-administrator", "account": self.sat.account, "virtualAccount": place}
        for _ in range(2):
            roles = self.sat.rest_ok("POST", self.path(name) + "/roles", here)["user"]["roles"]
            self.assertEqual([{"role": "auditor", "account": None, "virtualAccount": None}, here], roles)
        self.sat.rest_ok("POST", self.path(name) + "/roles/remove", {"role": "auditor"})
        self.refused(400, "INVALID_REQUEST", self.sat.rest("POST", self.path(name) + "/roles/remove", {"role": "auditor"}),
                     "role")
        self.assertEqual([here], self.shown(name)["roles"])
        browser = Browser(self)
        self.assertEqual([here], self.is_ok(browser.sign_in(name, password))["roles"])
        self.sat.rest_ok("POST", self.path(name) + "/roles/remove", here)
        self.refused(403, "FORBIDDEN", browser.get(self.sat.path() + "/roles"))
        self.assertEqual([], self.is_ok(browser.get("/session"))["rights"])

    def test_last_administrator(self):
        """Over HTTPS the last who can sign in stays; on the machine itself he does not."""
        name = self.sat.admin_user
        browser = Browser(self)
        self.is_ok(browser.sign_in(name, self.sat.admin_password()))
        for what, body in (("remove", {}), ("disable", {}), ("roles/remove", {"role": "system-administrator"})):
            with self.subTest(what):
                self.refused(409, "CONFLICT", browser.post("%s/%s" % (self.path(name), what), body))
        second, _ = self.user("system-administrator")
        self.sat.rest_ok("POST", self.path(second) + "/disable")
        self.refused(409, "CONFLICT", browser.post(self.path(name) + "/disable"))
        self.sat.rest_ok("POST", self.path(second) + "/enable")
        self.is_ok(browser.post(self.path(name) + "/roles", {"role": "auditor"}))
        self.is_ok(browser.post(self.path(name) + "/roles/remove", {"role": "auditor"}))
        self.is_ok(browser.post(self.path(second) + "/remove"))


class Raising(People):
    """Nobody gives more than he has."""

    def test_account_administrator(self):
        place = self.fresh()
        chief = self.signed("account-administrator", account=self.sat.account)
        name, _ = self.user("courier", account=self.sat.account)
        path = self.sat.path() + "/roles"
        rows = self.is_ok(chief.get(path))["roles"]
        self.assertIn((name, "courier", None), [(r["user"], r["role"], r["virtualAccount"]) for r in rows])
        self.assertNotIn(self.sat.admin_user, [r["user"] for r in rows])
        for role, va in (("account-user", None), ("virtual-account-user", place), ("auditor", None)):
            body = {"user": name, "role": role, "virtualAccount": va}
            self.assertIn((name, role, va), [(r["user"], r["role"], r["virtualAccount"])
                                             for r in self.is_ok(chief.post(path, body))["roles"]])
            self.is_ok(chief.post(path + "/remove", body))
        for role in ("system-administrator", "system-operator"):
            self.refused(400, "INVALID_REQUEST", chief.post(path, {"user": chief.name, "role": role}), "account")
        for what in ("", "/remove"):                                 # an account in the body is that of the path
            self.refused(400, "INVALID_REQUEST", chief.post(path + what, {
                "user": name, "role": "auditor", "account": "Another"}), "account")
            self.is_ok(chief.post(path + what, {"user": name, "role": "auditor", "account": self.sat.account.upper()}))
        other = "Other " + secrets.token_hex(4)
        self.sat.rest_ok("POST", "/accounts", {"name": other, "smartAccount": "S", "virtualAccount": "V"})
        texts = set()
        for foreign in (other, "Nowhere"):
            where = "/accounts/%s/roles" % urllib.parse.quote(foreign)
            for reply in (chief.get(where), chief.post(where, {"user": chief.name, "role": "account-administrator"})):
                texts.add(self.refused(403, "FORBIDDEN", reply).json()["statusMessage"].replace(foreign, "X"))
        self.assertEqual(2, len(texts), texts)                       # one for reading, one for writing
        for what in ("/users", self.path(name)):
            self.refused(403, "FORBIDDEN", chief.get(what))
        self.refused(403, "FORBIDDEN", chief.post(self.path(chief.name) + "/roles", {"role": "system-administrator"}))

    def test_virtual_account_administrator(self):
        mine, foreign = self.fresh(), self.fresh()
        chief = self.signed("virtual-account-administrator", account=self.sat.account, virtualAccount=mine)
        other, _ = self.user("virtual-account-user", account=self.sat.account, virtualAccount=foreign)
        path = self.sat.path() + "/roles"
        self.assertEqual([(chief.name, mine)],
                         [(r["user"], r["virtualAccount"]) for r in self.is_ok(chief.get(path))["roles"]])
        self.is_ok(chief.post(path, {"user": other, "role": "virtual-account-user", "virtualAccount": mine}))
        for body in ({"role": "account-administrator"}, {"role": "account-user"}, {"role": "auditor"},
                     {"role": "virtual-account-administrator", "virtualAccount": foreign},
                     {"role": "virtual-account-administrator", "virtualAccount": "nowhere"}):
            with self.subTest(body):
                self.refused(403, "FORBIDDEN", chief.post(path, dict(body, user=chief.name)))
        self.refused(403, "FORBIDDEN", chief.post(path + "/remove", {
            "user": other, "role": "virtual-account-user", "virtualAccount": foreign}))

    def test_auditor_and_users_give_nothing(self):
        for role, more in (("auditor", {}), ("system-operator", {}), ("account-user", {"account": self.sat.account})):
            browser = self.signed(role, **more)
            for path in (self.sat.path() + "/roles", self.path(browser.name) + "/roles"):
                self.refused(403, "FORBIDDEN", browser.post(path, {"user": browser.name, "role": "account-administrator",
                                                                   "account": self.sat.account}))


class Passwords(People):
    def test_rules(self):
        name = "borromini " + secrets.token_hex(2)
        for bad in ("short", "elevenchars", "aaaaaaaaaaaaaaaa", "abababababababab", "123456789012345", "qwertyuiop[]",
                    "abcdefghijklmnop", "Password2026!", "P@ssw0rdP@ssw0rd", "administrator1", "welcome-welcome", name,
                    name + "1!", "abc123abc123abc123"):
            with self.subTest(bad):
                self.refused(400, "WEAK_PASSWORD", self.sat.rest(
                    "POST", "/users", {"name": name, "password": bad, "role": "auditor"}), "password")
        for good in ("pferd batterie heft", "ζωή και ελευθερία", "x7#kQ9!vT2mp"):
            with self.subTest(good):
                self.user(password=good)

    def test_former(self):
        """The present one and the 4 before it do not come again."""
        first = words()
        name, _ = self.user(password=first)
        path = self.path(name) + "/password"
        for _ in range(4):
            self.sat.rest_ok("POST", path, {"password": words()})
            self.refused(400, "WEAK_PASSWORD", self.sat.rest("POST", path, {"password": first}), "password")
        self.sat.rest_ok("POST", path, {"password": words()})
        self.sat.rest_ok("POST", path, {"password": first})

    def test_own(self):
        """One's own is changed with the old one, and ends the sessions; others cannot."""
        browser = self.signed()
        new = words()
        for body, name in (({"password": "wrong password"}, "WRONG_PASSWORD"), ({"username": "nobody"}, "WRONG_PASSWORD")):
            self.refused(403, name, browser.post("/password", dict(
                {"username": browser.name, "password": browser.password, "newPassword": new}, **body)))
        body = {"username": browser.name, "password": browser.password}
        self.refused(400, "WEAK_PASSWORD", browser.post("/password", dict(body, newPassword="aaaaaaaaaaaa")), "newPassword")
        self.refused(400, "WEAK_PASSWORD", browser.post("/password", dict(body, newPassword=browser.password)), "newPassword")
        self.refused(403, "CSRF", browser.post("/password", dict(body, newPassword=new), {"Origin": "https://evil.example"}))
        self.is_ok(browser.get("/session"))
        self.is_ok(browser.post("/password", dict(body, newPassword=new)))
        self.refused(403, "LOGIN_REQUIRED", browser.get("/session"))
        self.refused(403, "WRONG_PASSWORD", browser.sign_in(browser.name, browser.password))
        self.is_ok(browser.sign_in(browser.name, new))

    def test_must_change(self):
        name, password = self.user(mustChange=True)
        browser, new = Browser(self), words()
        self.refused(403, "WRONG_PASSWORD", browser.sign_in(name, "something else"))
        self.refused(403, "PASSWORD_EXPIRED", browser.sign_in(name, password))
        reply = self.token(name, password)
        self.assertEqual((400, "invalid_grant"), (reply.status, reply.json()["error"]))
        self.is_ok(browser.post("/password", {"username": name, "password": password, "newPassword": new}))
        self.is_ok(browser.sign_in(name, new))
        self.assertFalse(self.shown(name)["mustChange"])
        self.sat.rest_ok("POST", self.path(name) + "/password", {"password": words(), "mustChange": True})
        self.assertTrue(self.shown(name)["mustChange"])

    def test_guesses_are_told(self):
        """One event when an address begins to wait; what nobody is called is not in it."""
        name, _ = self.user()
        for user, subject in ((name, name), ("nobody " + secrets.token_hex(4), "")):
            browser = Browser(self)
            for _ in range(7):
                browser.sign_in(user, "wrong password")
            told = [e for e in self.sat.rest_ok("GET", "/events?limit=50")["events"] if e["address"] == browser.address]
            self.assertEqual([("person.guess", subject, {"wrong": 5})],
                             [(e["kind"], e["subject"], e["detail"]) for e in told])

    def test_disabled(self):
        """Who does not know the password is told nothing; nor can a disabled user give himself another."""
        name, password = self.user()
        self.sat.rest_ok("POST", self.path(name) + "/disable")
        browser = Browser(self)
        wrong = self.refused(403, "WRONG_PASSWORD", browser.sign_in(name, "something else"))
        unknown = self.refused(403, "WRONG_PASSWORD", browser.sign_in("nobody at all", "something else"))
        self.assertEqual(wrong.json(), unknown.json())
        self.refused(403, "USER_DISABLED", browser.sign_in(name, password))
        self.refused(403, "USER_DISABLED", browser.post("/password", {
            "username": name, "password": password, "newPassword": words()}))


class Guessing(People):
    def guess(self, browser, name):
        return browser.sign_in(name, "wrong " + secrets.token_hex(4))

    def test_one_address(self):
        """1,000 wrong passwords slow the address they come from, and nobody else."""
        name, password = self.user()
        home, thief = Browser(self), Browser(self)
        self.is_ok(home.sign_in(name, password))
        for _ in range(5):
            self.refused(403, "WRONG_PASSWORD", self.guess(thief, name))
        waits = []
        began = time.monotonic()
        for _ in range(995):
            reply = self.guess(thief, name)
            self.assertIn(reply.status, (403, 429), reply)
            if reply.status == 429:
                self.assertEqual("RATE_LIMITED", reply.json()["error"]["name"])
                waits.append(int(reply.headers["Retry-After"]))
        took = time.monotonic() - began
        tried = 995 - len(waits)
        self.assertLessEqual(tried, 1 + took.__int__().bit_length(), "after 1, 2, 4 … s another is looked at")
        self.assertGreaterEqual(min(waits), 1)
        self.refused(429, "RATE_LIMITED", thief.sign_in(name, password))
        self.refused(429, "RATE_LIMITED", thief.sign_in("somebody else", password))
        self.assertEqual(429, self.token(name, password, thief.address).status)
        self.refused(429, "RATE_LIMITED", thief.post("/password", {
            "username": name, "password": password, "newPassword": words()}))
        self.is_ok(home.sign_in(name, password))
        self.is_ok(Browser(self).sign_in(name, password))            # an address that was never seen

    def test_wait_is_true(self):
        """After the time that was told, not before, it may try again; a right password then is taken."""
        name, password = self.user()
        thief = Browser(self)
        for _ in range(5):
            self.guess(thief, name)
        reply = self.refused(429, "RATE_LIMITED", thief.sign_in(name, password))
        self.assertEqual("1", reply.headers["Retry-After"])
        time.sleep(1.05)
        self.refused(403, "WRONG_PASSWORD", self.guess(thief, name))
        self.assertEqual("2", self.refused(429, "RATE_LIMITED", self.guess(thief, name)).headers["Retry-After"])
        time.sleep(2.05)
        self.is_ok(thief.sign_in(name, password))
        self.is_ok(thief.sign_in(name, password))

    def test_many_addresses(self):
        """Several together slow the user, but not from where he signed in last; unknown names alike."""
        name, password = self.user()
        home, elsewhere = Browser(self), Browser(self)
        self.is_ok(home.sign_in(name, password))
        for user in (name, "nobody " + secrets.token_hex(4)):
            for _ in range(4):
                thief = Browser(self)
                for _ in range(3):
                    self.assertIn(self.guess(thief, user).status, (403, 429))
            reply = self.refused(429, "RATE_LIMITED", elsewhere.sign_in(user, password))
            self.assertGreaterEqual(int(reply.headers["Retry-After"]), 1)
        self.is_ok(home.sign_in(name, password))

    def test_together(self):
        """Guesses at the same time are guesses."""
        name, _ = self.user()
        address = next(_addresses)
        seen = []

        def work():
            seen.extend(self.guess(browser, name).status for browser in (Browser(self, address),) for _ in range(4))
        threads = [threading.Thread(target=work) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertLessEqual(seen.count(403), 22, seen)
        self.assertEqual(48, seen.count(403) + seen.count(429), seen)

    def test_time(self):
        """Known, unknown and disabled users take the same time; and what is refused takes none."""
        known, _ = self.user()
        disabled, _ = self.user()
        self.sat.rest_ok("POST", self.path(disabled) + "/disable")
        took = {"known": [], "disabled": [], "unknown": [], "not a name": []}
        names = {"known": known, "disabled": disabled, "unknown": "nobody", "not a name": "\u0001"}
        for _ in range(15):
            for what, name in names.items():
                browser = Browser(self)
                browser.get("/session")                              # the handshake
                began = time.monotonic()
                reply = browser.sign_in(name if what != "unknown" else "nobody " + secrets.token_hex(4), "wrong password")
                took[what].append(time.monotonic() - began)
                if reply.status != 429:
                    self.refused(403, "WRONG_PASSWORD", reply)
                else:                                                # many addresses for one name
                    took[what].pop()
        medians = {what: statistics.median(times) for what, times in took.items() if times}
        least, most = min(medians.values()), max(medians.values())
        self.assertLess(most - least, 0.35 * most, medians)


class Sessions(People):
    def test_browser(self):
        name, password = self.user("courier", account=self.sat.account)
        browser = Browser(self)
        reply = browser.sign_in(name, password)
        value = self.is_ok(reply)
        self.assertNotIn(browser.cookie, reply.body.decode())
        self.assertEqual((name, 1800), (value["user"], value["idleSeconds"]))
        shown = self.is_ok(browser.get("/session"))
        self.assertEqual(("browser", name, None, value["csrfToken"]),
                         tuple(shown[k] for k in ("kind", "user", "client", "csrfToken")))
        self.assertEqual([{"right": right, "places": [{"account": self.sat.account, "virtualAccount": None}]}
                          for right in ("account.read", "sync.read", "sync.carry")], shown["rights"])
        first = browser.cookie
        self.is_ok(browser.sign_in(name, password))
        self.assertNotEqual(first, browser.cookie, "another session at each sign-in")
        rows = self.is_ok(browser.get("/sessions"))["sessions"]
        self.assertEqual([(name, "browser", browser.address, "black box", True)],
                         [(r["user"], r["kind"], r["address"], r["agent"], r["current"]) for r in rows])
        head = browser.head({"Cookie": "__Host-session=" + first})
        self.refused(403, "LOGIN_REQUIRED", browser.client.request("GET", "/api/v1/session", headers=head))
        another = Browser(self)
        self.is_ok(another.sign_in(name, password))
        out = browser.post("/sign-out")
        self.is_ok(out)
        self.assertIn("Max-Age=0", out.headers["Set-Cookie"])
        self.refused(403, "LOGIN_REQUIRED", browser.get("/session"))
        self.assertEqual(1, len(self.sat.rest_ok("GET", "/sessions?user=" + urllib.parse.quote(name))["sessions"]))

    def test_sign_in_form(self):
        name, password = self.user()
        browser = Browser(self)
        self.refused(403, "CSRF", browser.sign_in(name, password, {"Origin": "https://evil.example"}))
        self.refused(403, "CSRF", browser.sign_in(name, password, {"Sec-Fetch-Site": "cross-site"}))
        reply = browser.client.request("POST", "/api/v1/sign-in", urllib.parse.urlencode(
            {"username": name, "password": password}), {"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(415, reply.status, reply)
        self.is_ok(browser.sign_in(name, password, {"Origin": "https://" + browser.host, "Sec-Fetch-Site": "same-origin"}))
        self.assertEqual(404, self.sat.rest("POST", "/sign-in", {"username": name, "password": password}).status)
        self.assertEqual(405, browser.client.request("GET", "/api/v1/sign-in").status)

    def test_csrf(self):
        """Every write by cookie takes the token and a page of this server."""
        chief = self.signed("system-administrator")
        victim, _ = self.user()
        writes = ((self.path(victim) + "/disable", {}), (self.sat.path() + "/virtual-accounts", {"name": "csrf"}),
                  ("/sign-out", {}), ("/sessions/1/end", {}), (self.sat.path("Default") + "/tokens", {}),
                  (self.sat.path() + "/roles", {"user": victim, "role": "account-user"}), ("/clients", {"name": "csrf"}))
        own = "https://" + chief.host
        for path, body in writes:
            for what, headers in (("none", {"X-CSRF-Token": ""}), ("wrong", {"X-CSRF-Token": "0" * 64}),
                                  ("the cookie", {"X-CSRF-Token": chief.cookie}),
                                  ("short", {"X-CSRF-Token": chief.csrf[:-1]}), ("origin", {"Origin": "https://evil.example"}),
                                  ("null origin", {"Origin": "null"}), ("plain", {"Origin": "http://" + chief.host}),
                                  ("longer", {"Origin": own + ".evil.example"}), ("cross-site", {"Sec-Fetch-Site": "cross-site"}),
                                  ("same-site", {"Sec-Fetch-Site": "same-site"})):
                with self.subTest(path=path, what=what):
                    self.refused(403, "CSRF", chief.post(path, body, headers))
            with self.subTest(path=path, what="left out"):
                self.refused(403, "CSRF", chief.post(path, body, csrf=False))
        head = chief.head({"Content-Type": "application/x-www-form-urlencoded"})
        path = "/api/v1" + self.sat.path() + "/virtual-accounts"
        for form in ("name=csrf", "name=csrf&csrf_token=" + "0" * 64):
            self.refused(403, "CSRF", chief.client.request("POST", path, form, head))
        self.assertEqual("ACTIVE", self.shown(victim)["userStatus"])
        name = "csrf " + secrets.token_hex(4)
        reply = chief.client.request("POST", path, urllib.parse.urlencode({"name": name, "csrf_token": chief.csrf}), head)
        self.assertEqual(200, reply.status, reply)
        self.is_ok(chief.post(self.path(victim) + "/disable", {}, {"Origin": own, "Sec-Fetch-Site": "same-origin"}))
        # another's token does not fit; nor is a cookie an access token, or the other way round
        other = self.signed("system-administrator")
        self.refused(403, "CSRF", other.post(self.path(victim) + "/enable", {}, {"X-CSRF-Token": chief.csrf}))
        for head in ({"Authorization": "Bearer " + other.cookie}, {"Cookie": "__Host-session=" + self.token(
                other.name, other.password).json()["access_token"]}):
            self.refused(403, "LOGIN_REQUIRED", other.client.request("GET", "/api/v1/session", headers=head))

    def test_list_and_end(self):
        chief, auditor, other = (self.signed(r) for r in ("system-administrator", "auditor", "auditor"))
        simple = self.signed("account-user", account=self.sat.account)
        token = self.token(simple.name, simple.password).json()["access_token"]
        own = self.is_ok(simple.get("/sessions"))["sessions"]
        self.assertEqual([(simple.name, "browser"), (simple.name, "token")], [(r["user"], r["kind"]) for r in own])
        self.assertNotIn(token, json.dumps(own))
        self.refused(403, "FORBIDDEN", simple.get("/sessions?user=" + urllib.parse.quote(chief.name)))
        everybody = {r["user"] for r in self.is_ok(auditor.get("/sessions"))["sessions"]}
        self.assertLessEqual({chief.name, auditor.name, other.name, simple.name}, everybody)
        ids = {who: self.is_ok(who.get("/sessions?user=" + urllib.parse.quote(who.name)))["sessions"][0]["id"]
               for who in (chief, auditor, other, simple)}
        texts = {self.refused(403, "FORBIDDEN", auditor.post("/sessions/%s/end" % i)).json()["statusMessage"]
                 for i in (ids[other], 2 ** 40, 0, "x")}
        self.assertEqual(1, len(texts), texts)
        self.is_ok(auditor.post("/sessions/%d/end" % ids[auditor]))
        self.refused(403, "LOGIN_REQUIRED", auditor.get("/session"))
        self.is_ok(chief.post("/sessions/%d/end" % own[1]["id"]))
        self.refused(403, "LOGIN_REQUIRED", simple.client.request(
            "GET", "/api/v1/session", headers={"Authorization": "Bearer " + token}))
        self.is_ok(simple.get("/session"))
        self.refused(404, "SESSION_UNKNOWN", chief.post("/sessions/%d/end" % own[1]["id"]))

    def test_revoked_while_sending(self):
        """Whoever loses the right while his body comes gets nothing and changes nothing."""
        for what in ("role", "disable", "session", "password"):
            for path, body in ((self.sat.path() + "/virtual-accounts", {"name": "late " + secrets.token_hex(4)}),
                               (self.sat.path() + "/licenses", {"limit": -1})):
                chief = self.signed("account-administrator", account=self.sat.account)
                data = json.dumps(body).encode()
                with contextlib.closing(chief.client.raw_socket()) as sock, self.subTest(what=what, path=path):
                    sock.sendall(("POST /api/v1%s HTTP/1.1\r\nHost: %s\r\nCookie: __Host-session=%s\r\nX-CSRF-Token: %s\r\n"
                                  "Content-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (
                                      path, chief.host, chief.cookie, chief.csrf, len(data))).encode() + data[:5])
                    time.sleep(0.2)
                    if what == "role":
                        self.sat.rest_ok("POST", self.path(chief.name) + "/roles/remove", {
                            "role": "account-administrator", "account": self.sat.account})
                    elif what == "disable":
                        self.sat.rest_ok("POST", self.path(chief.name) + "/disable")
                    elif what == "password":
                        self.sat.rest_ok("POST", self.path(chief.name) + "/password", {"password": words()})
                    else:
                        row = self.sat.rest_ok("GET", "/sessions?user=" + urllib.parse.quote(chief.name))["sessions"][0]
                        self.sat.rest_ok("POST", "/sessions/%d/end" % row["id"])
                    sock.sendall(data[5:])
                    answer = b""
                    while True:
                        piece = sock.recv(65536)
                        if not piece:
                            break
                        answer += piece
                    self.assertRegex(answer, rb"^HTTP/1.1 403 ")
                    if "name" in body:
                        names = [v["name"] for v in self.sat.rest_ok("GET", path)["virtualAccounts"]]
                        self.assertNotIn(body["name"], names)
