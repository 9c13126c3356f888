"""Bad input: every member of every part missing, null, of another type, too long, twice, not UTF-8, too deep, cut.

Each must be 400 or its FAILED code as §4 says, never a 5xx, never a hang, and must change nothing.  The base message
is a REGISTRATION with a token nobody made (so that no reading of it can be OK), or names no instance.
"""

import copy
import random
import unittest

import product as P
from case import CUWL, Case

DELETE = object()
HUGE = 10 ** 30
MIB = 1 << 20


def mutants(value):
    """(what, replacement) of another type than `value`, and what no member may be."""
    table = [("missing", DELETE), ("null", None), ("number", 7), ("true", True), ("text", "x"), ("array", []),
             ("object", {}), ("huge integer", HUGE), ("real", 0.5), ("70000 characters", "a" * 70000)]
    kinds = {str: ("text",), int: ("number",), bool: ("true",), list: ("array",), dict: ("object",),
             type(None): ("null",)}
    return [(w, r) for w, r in table if w not in kinds[type(value)]]


def paths(value, prefix=()):
    for name, member in value.items():
        yield prefix + (name,), member
        if isinstance(member, dict):
            yield from paths(member, prefix + (name,))


def put(tree, path, value):
    tree = copy.deepcopy(tree)
    at = tree
    for name in path[:-1]:
        at = at[name]
    if value is DELETE:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return tree


def twice(tree, path):
    """JSON text of the tree with one member written a second time."""
    def text(value, rest):
        if not rest:
            return P.compact(value)
        parts = []
        for name, member in value.items():
            inside = text(member, rest[1:]) if name == rest[0] else P.compact(member)
            parts.append(P.compact(name) + ":" + inside)
            if name == rest[0] and len(rest) == 1:
                parts.append(P.compact(name) + ":" + inside)
        return "{" + ",".join(parts) + "}"
    return text(tree, path)


def nested(depth):
    return "[" * depth + "]" * depth


class Input(Case):
    def setUp(self):
        self.sender = self.product()

    def judge(self, reply, what, codes=None, only_400=False):
        """400, or a signed FAILED (with one of the codes, if given)."""
        if reply.status == 400:
            return "400"
        if only_400:
            self.fail("%s: expected 400, got %r" % (what, reply))
        self.assertEqual(200, reply.status, "%s: %r" % (what, reply))
        answer = P.read_answer(reply, None, self.sat.root, strict=False)
        if codes:
            self.failed(answer, codes, what)
        else:
            self.assertEqual("FAILED", answer.status, "%s: %r" % (what, answer))
        return answer.code

    def base(self):
        """-> the parts of a well-formed REGISTRATION whose token is unknown: header, data."""
        timestamp, nonce = P.now_ms(), P.new_nonce()
        product = self.sender
        data = {"token": "no-such-token", "csr": self.csr(), "software_tag_identifier": product.software_tag,
                "product_version": "12.5.1", "hostname": "ucm", "ip_address": "192.0.2.1", "force": False,
                "timestamp": timestamp, "nonce": nonce}
        inner = {"header": product.header("REGISTRATION", timestamp, nonce), "nonce": nonce,
                 "request_data": P.compact(data)}
        return inner, data

    def csr(self):
        if not hasattr(self, "made_csr"):
            self.made_csr = P.make_csr(self.sender.key)
        return self.made_csr

    def post_inner(self, text):
        request = text if isinstance(text, bytes) else text.encode("utf-8")
        return self.sender.post(P.envelope_bytes(request, P.sign(self.sender.key, request)))


class Envelope(Input):
    def envelope(self):
        inner, _ = self.base()
        text = P.compact(inner)
        import base64
        value = base64.b64encode(P.sign(self.sender.key, text.encode())).decode()
        return {"signature": {"type": "SHA-256", "value": value}, "credential": None, "request": text}

    def test_the_base_itself(self):
        self.judge(self.sender.post(P.compact(self.envelope()).encode()), "base", "INVALID_TOKEN")

    def test_members(self):
        with self.unchanged():
            for path, value in paths(self.envelope()):
                for what, replacement in mutants(value):
                    with self.subTest(member=".".join(path), what=what):
                        body = P.compact(put(self.envelope(), path, replacement)).encode()
                        strict = path == ("request",) and not isinstance(replacement, str)
                        self.judge(self.sender.post(body), what, only_400=strict)

    def test_twice(self):
        for path, _ in paths(self.envelope()):
            with self.subTest(member=".".join(path)):
                self.judge(self.sender.post(twice(self.envelope(), path).encode()), "twice", only_400=True)

    def test_other_documents(self):
        for body in (b"null", b"[]", b"{}", b"7", b'"x"', b"true", b"{", b"}", b"[{}]", b" ", b"\x00", b"\xff\xfe{}",
                     b"<xml/>", b"{'a':1}", b'{"request":"x"}', b"\xef\xbb\xbf{}", nested(40).encode(),
                     nested(30000).encode(), b'{"a":' * 5000 + b"1" + b"}" * 5000, b'"' + b"a" * 100000 + b'"'):
            with self.subTest(body=body[:40]):
                self.judge(self.sender.post(body), "document", only_400=True)

    def test_after_the_end(self):
        body = P.compact(self.envelope()).encode()
        for tail in (b"x", b"{}", b",", b"\x00", b"null"):
            with self.subTest(tail=tail):
                self.judge(self.sender.post(body + tail), "tail", only_400=True)
        self.judge(self.sender.post(b" \r\n\t" + body + b" \r\n\t"), "white space", "INVALID_TOKEN")

    def test_not_utf8_and_nul(self):
        body = P.compact(self.envelope()).encode()
        for what, bad in (("lone continuation", b"\x80"), ("overlong", b"\xc0\xaf"), ("surrogate", b"\xed\xa0\x80"),
                          ("beyond", b"\xf5\x80\x80\x80"), ("cut sequence", b"\xe2\x82"), ("NUL byte", b"\x00"),
                          ("NUL escape", b"\\u0000"), ("lone surrogate escape", b"\\ud800"),
                          ("control character", b"\x01"), ("unknown escape", b"\\q")):
            for where, old in (("a name", b'"credential"'), ("a new member", b'"request":"')):
                with self.subTest(what=what, where=where):
                    if where == "a name":
                        new = b'"cred' + bad + b'ential"'
                    else:
                        new = b'"zz":"' + bad + b'","request":"'
                    self.judge(self.sender.post(body.replace(old, new, 1)), what, only_400=True)

    def test_depth(self):
        body = P.compact(self.envelope())
        for depth, good in ((20, True), (40, False), (1000, False)):
            with self.subTest(depth=depth):
                deep = '{"zz":' + nested(depth) + "," + body[1:]
                if good:
                    self.judge(self.sender.post(deep.encode()), "depth", "INVALID_TOKEN")
                else:
                    self.judge(self.sender.post(deep.encode()), "depth", only_400=True)

    def test_prefixes(self):
        """Every 16th prefix of a valid message, and the last ones."""
        body = P.compact(self.envelope()).encode()
        with self.unchanged("prefixes"):
            for end in sorted(set(range(0, len(body), 16)) | set(range(len(body) - 8, len(body)))):
                with self.subTest(end=end):
                    reply = self.sender.post(body[:end])
                    self.assertIn(reply.status, (400, 411) if end == 0 else (400,), reply)

    def test_flipped_bits(self):
        body = P.compact(self.envelope()).encode()
        dice = random.Random(20)
        with self.unchanged("flipped bits"):
            for place in range(0, len(body), 13):
                flipped = bytearray(body)
                flipped[place] ^= 1 << dice.randrange(8)
                with self.subTest(place=place, byte=flipped[place]):
                    self.judge(self.sender.post(bytes(flipped)), "flipped bit")

    def test_random_bytes(self):
        dice = random.Random(21)
        for size in (1, 7, 100, 5000, 60000):
            self.judge(self.sender.post(dice.randbytes(size)), "%d random bytes" % size, only_400=True)


class Inner(Input):
    # members without which neither header nor message can be read: always 400
    NEEDED = {("header",), ("nonce",), ("request_data",), ("header", "timestamp"), ("header", "nonce"),
              ("header", "request_type")}

    def test_members(self):
        inner, _ = self.base()
        with self.unchanged():
            for path, value in paths(inner):
                for what, replacement in mutants(value):
                    if what == "70000 characters" and path == ("request_data",):
                        continue                                     # its limit is 512 KiB
                    if what == "text" and path[-1] not in ("timestamp",) and value is None:
                        continue                                     # a text where the sample has null is no mistake
                    with self.subTest(member=".".join(path), what=what):
                        fresh, _ = self.base()
                        reply = self.post_inner(P.compact(put(fresh, path, replacement)))
                        self.judge(reply, what, only_400=path in self.NEEDED and (
                            replacement is DELETE or not isinstance(replacement, str)))

    def test_twice(self):
        for path, _ in paths(self.base()[0]):
            with self.subTest(member=".".join(path)):
                self.judge(self.post_inner(twice(self.base()[0], path)), "twice", only_400=True)

    def test_nonces(self):
        for nonce in ("007", "00", "-1", "+1", "abc", "", " 1", "1 ", "1.0", "1e3", "0x1f", "18446744073709551616",
                      "9" * 40, "१", "1\u0000"):
            with self.subTest(nonce=nonce):
                inner, data = self.base()
                inner["nonce"] = inner["header"]["nonce"] = data["nonce"] = nonce
                inner["request_data"] = P.compact(data)
                self.judge(self.post_inner(P.compact(inner)), nonce, "INVALID_REQUEST")

    def test_nonces_that_differ(self):
        for where in ("header", "inner", "data"):
            with self.subTest(where=where):
                inner, data = self.base()
                if where == "header":
                    inner["header"]["nonce"] = P.new_nonce()
                elif where == "inner":
                    inner["nonce"] = P.new_nonce()
                else:
                    inner["request_data"] = P.compact(dict(data, nonce=P.new_nonce()))
                self.judge(self.post_inner(P.compact(inner)), where, "INVALID_REQUEST")

    def test_not_utf8_and_nul(self):
        inner, _ = self.base()
        text = P.compact(inner).encode()
        for what, bad in (("lone continuation", b"\x80"), ("overlong", b"\xc0\x80"), ("surrogate", b"\xed\xbf\xbf"),
                          ("cut sequence", b"\xf0\x9f\x98"), ("NUL byte", b"\x00"), ("NUL escape", b"\\u0000"),
                          ("lone surrogate escape", b"\\udc00")):
            for old in (b'"locale":"', b'"udi_serial_number":"', b'"name":"'):
                with self.subTest(what=what, member=old):
                    self.judge(self.post_inner(text.replace(old, old + bad, 1)), what, only_400=True)

    def test_depth(self):
        inner, _ = self.base()
        text = P.compact(inner)
        for depth, good in ((20, True), (40, False), (2000, False)):
            with self.subTest(depth=depth):
                reply = self.post_inner('{"zz":' + nested(depth) + "," + text[1:])
                if good:
                    self.judge(reply, "depth", "INVALID_TOKEN")
                else:
                    self.judge(reply, "depth", only_400=True)

    def test_not_an_object(self):
        for text in ("null", "[]", "7", '"x"', "{", "", "{}", '{"header":{}}', "x"):
            with self.subTest(text=text):
                self.judge(self.post_inner(text), "inner", only_400=True)

    def test_prefixes(self):
        text = P.compact(self.base()[0])
        for end in range(0, len(text), 64):
            with self.subTest(end=end):
                self.judge(self.post_inner(text[:end]), "prefix", only_400=True)

    def test_identities(self):
        """UDI members that are empty, odd or long: never OK, never a 5xx, nothing registered."""
        with self.unchanged():
            for member in ("udi_pid", "udi_serial_number", "uuid"):
                for value in ("", " ", "x" * 65536, "ä" * 40000, "'; DROP TABLE instance; --", "\x7f", "\u202e", "%s%n",
                              "../../etc/passwd", "a\nb", "not-a-uuid"):
                    with self.subTest(member=member, value=value[:30]):
                        inner, _ = self.base()
                        inner["header"]["sudi"][member] = value
                        self.judge(self.post_inner(P.compact(inner)), member)


class RegistrationData(Input):
    """A wrong member of request_data is INVALID_REQUEST and names it, with a token that is good."""

    OPTIONAL = {"force", "hostname", "ip_address", "product_version"}

    def setUp(self):
        super().setUp()
        self.token = self.sat.new_token(uses=100)

    def post_data(self, text, product=None, strict=True):
        product = product or self.product()
        product.client.close()
        product.client = self.sender.client
        timestamp, nonce = P.now_ms(), P.new_nonce()
        return product.send(product.message("REGISTRATION", data_text=text(product, timestamp, nonce),
                                            timestamp=timestamp, nonce=nonce), strict)

    def data(self, product, timestamp, nonce):
        return {"token": self.token, "csr": P.make_csr(product.key), "software_tag_identifier": product.software_tag,
                "product_version": "12.5.1", "hostname": "ucm", "ip_address": "192.0.2.1", "force": False,
                "timestamp": timestamp, "nonce": nonce}

    def test_members(self):
        good = self.data(self.product(), 1, "1")
        registered = 0
        for member, value in good.items():
            for what, replacement in mutants(value):
                with self.subTest(member=member, what=what):
                    answer = self.post_data(lambda *a: P.compact(put(self.data(*a), (member,), replacement)))
                    if replacement in (DELETE, None) and member in self.OPTIONAL | {"timestamp"} \
                            and answer.status == "OK":
                        registered += 1
                        continue
                    codes = ["INVALID_REQUEST"]
                    if member == "csr":
                        codes.append("INVALID_CSR")
                    if member == "token" and what == "70000 characters":
                        codes.append("INVALID_TOKEN")
                    self.failed(answer, codes, "%s %s" % (member, what))
                    if answer.code == "INVALID_REQUEST" and what not in ("huge integer", "70000 characters"):
                        self.assertIn(member, answer.message, "the message names the member")
        self.assertEqual(100 - registered, self.sat.uses_left(self.token), "uses of the token")

    def test_twice(self):
        with self.unchanged():
            for member in self.data(self.product(), 1, "1"):
                with self.subTest(member=member):
                    answer = self.post_data(lambda *a: twice(self.data(*a), (member,)))
                    self.failed(answer, ("INVALID_REQUEST", "INVALID_CSR"), member)

    def test_documents(self):
        with self.unchanged():
            for text in ("null", "[]", "7", '"x"', "{", "", "{}", "x", nested(40), '{"a":1}x'):
                with self.subTest(text=text):
                    self.failed(self.post_data(lambda *a: text), ("INVALID_REQUEST", "INVALID_CSR"), text)

    def test_strings(self):
        """NUL in any string; 64 KiB is the limit."""
        with self.unchanged():
            for member in ("token", "software_tag_identifier", "product_version", "hostname", "ip_address"):
                for what, value in (("NUL", "a\u0000b"), ("70000 characters", "a" * 70000)):
                    with self.subTest(member=member, what=what):
                        answer = self.post_data(lambda *a: P.compact(dict(self.data(*a), **{member: value})))
                        self.failed(answer, ("INVALID_REQUEST",) if member != "token" else
                                    ("INVALID_REQUEST", "INVALID_TOKEN"), what)

    def test_not_utf8(self):
        """In request_data bad UTF-8 cannot stand without being bad in the inner object: 400.  Lone surrogates can be
        written as escapes: INVALID_REQUEST."""
        with self.unchanged():
            answer = self.post_data(lambda *a: P.compact(self.data(*a)).replace('"ucm"', '"\\ud800"'))
            self.failed(answer, "INVALID_REQUEST", "lone surrogate escape")
            answer = self.post_data(lambda *a: P.compact(self.data(*a)).replace('"ucm"', '"\\u0000"'))
            self.failed(answer, "INVALID_REQUEST", "NUL escape")
            inner, _ = self.base()
            text = P.compact(inner).encode().replace(b"no-such", b"no\xffsuch")
            self.judge(self.post_inner(text), "bad byte inside request_data", only_400=True)

    def test_depth_and_integers(self):
        with self.unchanged():
            for what, text in (("depth 40", nested(40)), ("10^30", str(HUGE)), ("2^63", str(2 ** 63)),
                               ("-2^63-1", str(-2 ** 63 - 1)), ("1e999", "1e999"), ("NaN", "NaN"), ("01", "01"),
                               ("0x1", "0x1")):
                with self.subTest(what):
                    answer = self.post_data(lambda *a: '{"zz":' + text + "," + P.compact(self.data(*a))[1:])
                    self.failed(answer, ("INVALID_REQUEST", "INVALID_CSR"), what)

    def test_depth_and_integers_within_bounds(self):
        for text in (nested(20), str(2 ** 63 - 1), str(-2 ** 63), "1.5", '"ä😀"', '"\\ud83d\\ude00"'):
            with self.subTest(text):
                self.ok(self.post_data(lambda *a: '{"zz":' + text + "," + P.compact(self.data(*a))[1:]))


class OtherData(Input):
    def test_renewal(self):
        product = self.registered()
        with self.unchanged():
            for value in (7, True, [], {}, "a" * 70000, "a\u0000b"):
                with self.subTest(value=str(value)[:20]):
                    self.failed(product.renew(csr=value, adopt=False), ("INVALID_REQUEST", "INVALID_CSR"))
        self.ok(product.authorize({CUWL: 0}))

    def test_documents(self):
        product = self.registered()
        with self.unchanged():
            for kind in ("AUTHORIZATION", "RENEW_REGISTRATION", "DEREGISTRATION"):
                for text in ("null", "[]", "7", '"x"', "{", "", "x", nested(40)):
                    with self.subTest(kind=kind, text=text):
                        answer = product.send(product.message(kind, data_text=text))
                        self.failed(answer, "INVALID_REQUEST", text)
        self.ok(product.authorize({CUWL: 0}))


class Sizes(Input):
    def body_of(self, request):
        return P.envelope_bytes(request, P.sign(self.sender.key, request))

    def test_one_mebibyte(self):
        inner, _ = self.base()
        body = self.body_of(P.compact(inner).encode())
        self.judge(self.sender.post(body + b" " * (MIB - len(body))), "exactly 1 MiB", "INVALID_TOKEN")
        for size in (MIB + 1, 2 * MIB):
            with self.subTest(size=size):
                try:
                    reply = self.sender.post(body + b" " * (size - len(body)))
                    self.assertEqual(413, reply.status, reply)
                except OSError:
                    pass                                             # refused and closed while we were still sending
                self.sender.client.close()

    def test_request_512_kibibytes(self):
        inner, _ = self.base()
        text = P.compact(inner).encode()
        at = text + b" " * (512 * 1024 - len(text))
        self.judge(self.sender.post(self.body_of(at)), "request of 512 KiB", "INVALID_TOKEN")
        self.judge(self.sender.post(self.body_of(at + b" ")), "one byte more", "INVALID_REQUEST")
        self.judge(self.sender.post(self.body_of(text + b" " * (900 * 1024))), "900 KiB", "INVALID_REQUEST")

    def test_strings_64_kibibytes(self):
        for size, good in ((65536, True), (65537, False)):
            inner, _ = self.base()
            inner["header"]["locale"] = "a" * size
            reply = self.post_inner(P.compact(inner))
            if good:
                self.judge(reply, "locale of 64 KiB")                # may be refused by a tighter limit of its own
            else:
                self.judge(reply, "one byte more", "INVALID_REQUEST")


class Alive(Input):
    def test_still_serving(self):
        """After all that: an ordinary registration."""
        product = self.registered()
        self.ok(product.authorize({CUWL: 0}))
        self.ok(product.deregister())
        self.assertEqual(200, self.sat.client().request("GET", "/healthz").status)


if __name__ == "__main__":
    unittest.main()
