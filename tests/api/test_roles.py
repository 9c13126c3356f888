"""Who may call what: every route, every role, in its own place and in others, against roles.txt, which is written by hand."""

import os
import re
import time
import unittest
import urllib.parse

from case import Case
from people import COLUMNS, NOBODY, close_worlds, world
from satellite import TOP

HERE = os.path.dirname(os.path.abspath(__file__))
SERVERS = ("satellite", "manager")
BAD_JSON = b'{"not JSON'
# Authorization is decided from the head: what follows it is never done.
REFUSED = ("LOGIN_REQUIRED", "FORBIDDEN")


def described():
    """(method, path) -> {x-access, x-server, x-door}, from etc/openapi.yaml."""
    found, path, entry = {}, None, None
    with open(os.path.join(TOP, "etc", "openapi.yaml"), encoding="utf-8") as f:
        text = f.read().split("\npaths:\n", 1)[1]
    for line in text.split("\n"):
        if re.match(r"\S", line):
            break
        m = re.match(r"  (/\S*):$", line)
        if m:
            path = m.group(1)
        m = re.match(r"    (get|post):$", line)
        if m:
            entry = found[m.group(1).upper(), path] = {}
        m = re.match(r"      (x-\w+): (.+)$", line)
        if m:
            entry[m.group(1)] = m.group(2)
    # What products reach is not at the administration door, except that list.
    return {k: v for k, v in found.items() if v.get("x-door") != "products" or k[1].startswith("/crl/")}


def matrix():
    """(method, path) -> {(place, role): y, p or -}, from roles.txt."""
    found = {}
    with open(os.path.join(HERE, "roles.txt"), encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            key, cells = tuple(words[:2]), words[2:]
            assert len(cells) == len(COLUMNS) + 1 and set(cells) <= set("yp-"), "roles.txt, line %d: %s" % (number, line)
            assert key not in found, "roles.txt, line %d: %s %s is there twice" % (number, *key)
            found[key] = dict(zip([NOBODY, *COLUMNS], cells))
    return found


def error_name(reply):
    try:
        value = reply.json()
        return value["error"]["name"] if isinstance(value.get("error"), dict) else ""
    except (ValueError, KeyError, AttributeError):
        return ""


class Roles(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(close_worlds)

    def fill_in(self, path, here):
        """The path of a route, with the names of what is in the own virtual account."""
        things = {"product-instances": here.own.instance, "reservations": here.own.reservation}
        for name in re.findall(r"\{(\w+)\}", path):
            value = {"account": here.account, "va": here.own.name}.get(name)
            if value is None:
                value = things.get(path.split("/")[3], "nothing-" + here.mark)
            path = path.replace("{%s}" % name, urllib.parse.quote(value, safe=""))
        return path

    def test_every_route_is_in_the_matrix(self):
        there, wanted = set(matrix()), set(described())
        self.assertEqual([], sorted(wanted - there), "routes that roles.txt lacks")
        self.assertEqual([], sorted(there - wanted), "in roles.txt, but no route")

    def test_open_and_signed_in(self):
        """Nobody is let in but where the description says so."""
        for key, row in matrix().items():
            access = described().get(key, {}).get("x-access")
            self.assertEqual("y" if access == "open" else "-", row[NOBODY], key)
            if access in ("open", "signed-in"):
                self.assertEqual({"y"}, {v for k, v in row.items() if k != NOBODY}, key)

    def test_matrix(self):
        began = time.monotonic()
        described_, wrong = described(), []
        for server in SERVERS:
            here = world(self.sat, server)
            people = here.people()
            for key, row in matrix().items():
                if described_[key].get("x-server", server) != server:
                    continue
                path = self.fill_in(key[1], here)
                for who, cell in row.items():
                    reply = people[who].call(key[0], path, BAD_JSON if key[0] == "POST" else None)
                    name = error_name(reply)
                    self.assertNotIn(name, ("METHOD_NOT_ALLOWED",), (key, reply))
                    if (reply.status == 403 and name in REFUSED) == (cell != "-"):
                        wrong.append("%s %s %s: %s says %s, the answer is %d %s" % (
                            server, key[0], path, people[who], cell, reply.status, reply.body[:200].decode()))
        self.assertEqual([], wrong)
        self.assertLess(time.monotonic() - began, 60)

    def test_parts(self):
        """What is answered in part has nothing of other places in it: no name, number, token or product of theirs."""
        leaks = []
        for server in SERVERS:
            here = world(self.sat, server)
            people = here.people()
            for key, row in matrix().items():
                access = described()[key]
                if access.get("x-server", server) != server or not re.search(r"\.read |licenses/", access["x-access"] + key[1]):
                    continue
                if key[0] == "POST" and ".read " not in access["x-access"]:
                    continue
                body = {"limit": -1, "license": "CUWL"} if key[0] == "POST" else None
                for who, cell in row.items():
                    if cell == "-":
                        continue
                    reply = people[who].call(key[0], self.fill_in(key[1], here), body)
                    self.assertEqual(200, reply.status, (key, who, reply))
                    text = reply.body.decode()
                    leaks += ["%s %s: %s sees '%s'" % (key[0], key[1], people[who], c)
                              for c in here.hidden_from(people[who]) if c in text]
        self.assertEqual([], sorted(leaks))


if __name__ == "__main__":
    unittest.main()
