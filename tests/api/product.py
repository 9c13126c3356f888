"""A product instance written from the protocol page alone.

Holds its keys, makes certificate requests, builds and signs messages, carries
them over keep-alive HTTPS and verifies the answers: signature over the bytes
of `response`, the credential chain up to the licensing root, the role of the
signer, nonce, response type and identifier.  Shares no code with the server.
"""

import base64
import datetime
import functools
import http.client
import json
import re
import secrets
import ssl
import threading
import time
import urllib.parse
import uuid as uuid_module

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import schema

TRANSPORT = "/SmartTransport"
UCM_SOFTWARE_TAG = "regid.2016-07.com.cisco.UCM,12.0_00000000-0000-4000-8000-000000000001"
SME_SOFTWARE_TAG = "regid.2016-07.com.cisco.UCM_SME,12.0_00000000-0000-4000-8000-000000000002"
FAILED_CODES = frozenset("""INVALID_REQUEST INVALID_TOKEN TOKEN_EXPIRED TOKEN_EXHAUSTED TOKEN_REVOKED INVALID_CSR
    INVALID_SIGNATURE UNKNOWN_INSTANCE CERTIFICATE_EXPIRED CERTIFICATE_REVOKED ALREADY_REGISTERED CLOCK_SKEW REPLAY
    SYNC_EXPIRED UNSUPPORTED_REQUEST ACCOUNT_INACTIVE SERVED_ELSEWHERE HTTPS_REQUIRED RESERVATION_IN_USE""".split())
HOUR_MS = 3600 * 1000
DAY_MS = 24 * HOUR_MS


class BadAnswer(Exception):
    """The answer is one that a product must treat as no answer."""


# keys and certificate requests ------------------------------------------------------------------------------------

class KeyPool:
    """RSA keys are slow to make: a few are made in the background, each is handed out once."""

    def __init__(self):
        self.ready = {}
        self.threads = []
        self.lock = threading.Condition()

    def prepare(self, bits, count):
        def work():
            for _ in range(count):
                key = rsa.generate_private_key(65537, bits)
                with self.lock:
                    self.ready.setdefault(bits, []).append(key)
                    self.lock.notify_all()
        thread = threading.Thread(target=work, daemon=True)
        self.threads.append(thread)
        thread.start()

    def rsa(self, bits):
        with self.lock:
            if self.ready.get(bits):
                return self.ready[bits].pop()
        return rsa.generate_private_key(65537, bits)


KEYS = KeyPool()


def new_key(kind="P-256"):
    if kind == "P-256":
        return ec.generate_private_key(ec.SECP256R1())
    if kind == "P-384":
        return ec.generate_private_key(ec.SECP384R1())
    if kind.startswith("RSA-"):
        return KEYS.rsa(int(kind[4:]))
    raise ValueError(kind)


def sign(key, data):
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


def check_signature(public_key, signature, data, algorithm=None):
    """Raises InvalidSignature."""
    algorithm = algorithm or hashes.SHA256()
    if isinstance(public_key, rsa.RSAPublicKey):
        public_key.verify(signature, data, padding.PKCS1v15(), algorithm)
    else:
        public_key.verify(signature, data, ec.ECDSA(algorithm))


def make_csr(key, subject=None, extensions=(), algorithm=hashes.SHA256()):
    name = subject or x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "product")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(key, algorithm).public_bytes(serialization.Encoding.PEM).decode()


def public_bytes(key):
    public = key.public_key() if hasattr(key, "public_key") else key
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def private_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def pem(cert):
    return cert.public_bytes(serialization.Encoding.PEM).decode()


PEM_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.S)


def load_certificates(text):
    return [x509.load_pem_x509_certificate(part.encode()) for part in PEM_CERTIFICATE.findall(text)]


def extension(cert, kind):
    try:
        return cert.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None


def to_ms(moment):
    return int(moment.replace(tzinfo=datetime.timezone.utc).timestamp() * 1000)


# HTTPS ------------------------------------------------------------------------------------------------------------

class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def __repr__(self):
        return "HTTP %d %r" % (self.status, self.body[:300])

    def json(self):
        return json.loads(self.body.decode("utf-8"))


NO_CHECK_TIME = 0x200000      # X509_V_FLAG_NO_CHECK_TIME: for a server whose clock a test has moved


@functools.lru_cache(maxsize=None)
def tls_context(ca_file, any_time=False):
    context = ssl.create_default_context(cafile=ca_file)
    context.check_hostname = True
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if any_time:
        context.verify_flags |= NO_CHECK_TIME
    return context


class Client:
    """One keep-alive HTTPS connection.  A request on a connection that the server closed meanwhile is sent again."""

    STALE = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError, ssl.SSLEOFError)

    def __init__(self, url, ca_file, timeout=30, any_time=False, source=None):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port or 443
        self.ca_file, self.timeout, self.any_time = ca_file, timeout, any_time
        self.source = (source, 0) if source else None       # the address that the server sees
        self.connection = None
        self.connections_n = 0

    def open(self):
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(self.host, self.port, timeout=self.timeout,
                                                          context=tls_context(self.ca_file, self.any_time),
                                                          source_address=self.source)
            self.connection.connect()
            self.connections_n += 1
        return self.connection

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def request(self, method, path, body=None, headers=None):
        reused = self.connection is not None
        try:
            return self.once(method, path, body, headers)
        except self.STALE:
            if not reused:
                raise
            return self.once(method, path, body, headers)

    def once(self, method, path, body, headers):
        connection = self.open()
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            data = response.read()
        except BaseException:
            self.close()
            raise
        reply = Reply(response.status, response.headers, data)
        if response.will_close:
            self.close()
        schema.saw(method, path, reply.status, reply.headers, data)
        return reply

    def raw_socket(self):
        """A verified TLS socket of its own, for bytes that http.client would not send."""
        import socket
        plain = socket.create_connection((self.host, self.port), timeout=self.timeout)
        return tls_context(self.ca_file).wrap_socket(plain, server_hostname=self.host)


# messages ---------------------------------------------------------------------------------------------------------

def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def now_ms():
    return int(time.time() * 1000)


def new_nonce():
    return str(secrets.randbits(64))


class Message:
    """A built message: `body` are the bytes to send, `request` the bytes that the signature covers."""

    def __init__(self, request_type, nonce, timestamp, request, body, identifier="", key=None):
        self.request_type, self.nonce, self.timestamp = request_type, nonce, timestamp
        self.request, self.body, self.identifier, self.key = request, body, identifier, key


ESCAPES = {0x22: b'\\"', 0x5c: b"\\\\", 0x0a: b"\\n", 0x0d: b"\\r", 0x09: b"\\t"}


def escape_bytes(data):
    """JSON string of arbitrary bytes; bytes that are no UTF-8 stay as they are."""
    out = bytearray(b'"')
    for byte in data:
        out += ESCAPES.get(byte) or (b"\\u%04x" % byte if byte < 0x20 else bytes([byte]))
    return bytes(out + b'"')


def envelope_bytes(request, signature, credential=b"null", type_name=b"SHA-256"):
    """The envelope around the bytes of `request`, without going through a JSON library."""
    return (b'{"signature":{"type":"' + type_name + b'","value":"' + base64.b64encode(signature) + b'"},"credential":'
            + credential + b',"request":' + escape_bytes(request) + b"}")


def edited(value, edit):
    """edit: None, a function that changes in place or returns a replacement, or a dict that is merged."""
    if edit is None:
        return value
    if callable(edit):
        result = edit(value)
        return value if result is None else result
    value.update(edit)
    return value


# answers ----------------------------------------------------------------------------------------------------------

def is_issued_by(cert, issuer):
    if cert.issuer != issuer.subject:
        return False
    try:
        check_signature(issuer.public_key(), cert.signature, cert.tbs_certificate_bytes, cert.signature_hash_algorithm)
    except (InvalidSignature, TypeError, ValueError):
        return False
    return True


def same_authority(a, b):
    return a.subject == b.subject and public_bytes(a.public_key()) == public_bytes(b.public_key())


def check_dates(cert, moment=None):
    moment = moment or datetime.datetime.utcnow()
    if not cert.not_valid_before <= moment <= cert.not_valid_after:
        raise BadAnswer("certificate %s is valid %s to %s, now is %s" % (
            cert.subject.rfc4514_string(), cert.not_valid_before, cert.not_valid_after, moment))


def check_authority(cert, root):
    constraints = extension(cert, x509.BasicConstraints)
    if constraints is None or not constraints.value.ca or constraints.value.path_length != 0:
        raise BadAnswer("%s is not a CA with pathlen 0" % cert.subject.rfc4514_string())
    usage = extension(cert, x509.KeyUsage)
    if usage is None or not usage.value.key_cert_sign:
        raise BadAnswer("%s must not sign certificates" % cert.subject.rfc4514_string())
    if not is_issued_by(cert, root):
        raise BadAnswer("%s is not issued by the licensing root" % cert.subject.rfc4514_string())


def check_credential(credential, root, role, issuer=None, moment=None):
    """-> signer certificate.  role: "satellite" or "manager"; issuer: the CA that issued the product's own
    certificate, if it has one."""
    if not isinstance(credential, str):
        raise BadAnswer("the answer carries no credential: %r" % (credential,))
    certs = load_certificates(credential)
    if not certs:
        raise BadAnswer("no certificate in the credential")
    signer, rest = certs[0], certs[1:]
    constraints = extension(signer, x509.BasicConstraints)
    if constraints is not None and constraints.value.ca:
        raise BadAnswer("the signer is a CA")
    usage = extension(signer, x509.ExtendedKeyUsage)
    if usage is None or ExtendedKeyUsageOID.EMAIL_PROTECTION not in usage.value:
        raise BadAnswer("the signer %s has no emailProtection: it may not speak for a server"
                        % signer.subject.rfc4514_string())
    if any(same_authority(cert, root) for cert in rest):
        raise BadAnswer("the credential contains the root; it holds what is below the root")
    for cert in certs:
        check_dates(cert, moment)
    if role == "manager":
        if rest or not is_issued_by(signer, root):
            raise BadAnswer("the manager's signer is not issued directly by the root")
        return signer
    if len(rest) != 1:
        raise BadAnswer("a satellite's credential is signer and sub-CA, this one has %d certificates" % len(certs))
    check_authority(rest[0], root)
    if not is_issued_by(signer, rest[0]):
        raise BadAnswer("the signer is not issued by the sub-CA of the credential")
    if issuer is not None and not same_authority(issuer, rest[0]):
        raise BadAnswer("answered by another satellite than the one that issued this product's certificate")
    return signer


class Answer:
    """A verified answer.  `response` = the signed text, for byte comparisons."""

    def __init__(self, reply, envelope, inner, signer):
        self.reply, self.envelope, self.inner, self.signer = reply, envelope, inner, signer
        self.response = envelope["response"]
        self.status, self.code, self.message = inner["status"], inner["status_code"], inner["message"]
        self.data = json.loads(inner["response_data"])
        self.header = inner["header"]

    def __repr__(self):
        return "%s %s %r %s" % (self.status, self.code, self.message, self.inner.get("response_data", "")[:400])


def read_answer(reply, message, root, role="satellite", issuer=None, strict=True, moment=None):
    """Verifies as §2 and §5 demand.  strict=False leaves out the comparison with the message (whose header may be
    deliberately wrong)."""
    if reply.status != 200:
        raise BadAnswer("%r" % reply)
    try:
        envelope = reply.json()
        response = envelope["response"]
        inner = json.loads(response)
        for member in ("header", "nonce", "status", "status_code", "message", "response_data"):
            if member not in inner:
                raise BadAnswer("the answer has no %s: %s" % (member, response[:300]))
        for member in ("version", "timestamp", "nonce", "response_type", "product_instance_identifier", "connect_info"):
            if member not in inner["header"]:
                raise BadAnswer("the answer's header has no %s: %s" % (member, response[:300]))
    except (ValueError, KeyError, TypeError) as error:
        raise BadAnswer("cannot be read (%r): %r" % (error, reply))
    media = reply.headers.get("Content-Type", "")
    if not media.lower().startswith("application/json"):
        raise BadAnswer("Content-Type %r" % media)
    signer = None
    if inner["header"]["response_type"] == "HELLO" or (message is not None and message.request_type == "HELLO"):
        if envelope.get("signature") is not None or envelope.get("credential") is not None:
            raise BadAnswer("HELLO is answered unsigned, this has a signature or credential")
    else:
        signature = envelope.get("signature")
        if not isinstance(signature, dict) or signature.get("type") != "SHA-256":
            raise BadAnswer("no SHA-256 signature: %r; answer %s" % (signature, response[:300]))
        signer = check_credential(envelope.get("credential"), root, role, issuer, moment)
        try:
            check_signature(signer.public_key(), base64.b64decode(signature["value"], validate=True),
                            response.encode("utf-8"))
        except (InvalidSignature, ValueError) as error:
            raise BadAnswer("the signature does not fit the bytes of response: %r" % error)
    if inner["status"] not in ("OK", "OK_TRY_AGAIN", "FAILED"):
        raise BadAnswer("status %r" % inner["status"])
    if inner["status"] == "FAILED" and (inner["status_code"] not in FAILED_CODES or not inner["message"]):
        raise BadAnswer("FAILED with code %r and message %r" % (inner["status_code"], inner["message"]))
    if inner["status"] == "FAILED" and json.loads(inner["response_data"]) != {}:
        raise BadAnswer("FAILED has the response_data %r, not {}" % inner["response_data"])
    if inner["status"] == "OK_TRY_AGAIN" and "retry_after" not in json.loads(inner["response_data"]):
        raise BadAnswer("OK_TRY_AGAIN without retry_after: %r" % inner["response_data"])
    if strict and message is not None:
        if inner["nonce"] != message.nonce or inner["header"]["nonce"] != message.nonce:
            raise BadAnswer("nonce of the answer %r/%r, of the request %r" % (
                inner["header"]["nonce"], inner["nonce"], message.nonce))
        if inner["header"]["response_type"] != message.request_type:
            raise BadAnswer("response_type %r to %r" % (inner["header"]["response_type"], message.request_type))
        if message.request_type not in ("REGISTRATION", "HELLO") \
                and inner["header"]["product_instance_identifier"] != message.identifier:
            raise BadAnswer("identifier of the answer %r, of the request %r" % (
                inner["header"]["product_instance_identifier"], message.identifier))
    return Answer(reply, envelope, inner, signer)


# the product ------------------------------------------------------------------------------------------------------

class Product:
    """endpoint: an object with product_url, ca_file, root (certificate); see satellite.System."""

    def __init__(self, endpoint, key=None, pid="UCM", serial=None, uuid=None, software_tag=UCM_SOFTWARE_TAG,
                 role="satellite", client=None):
        self.endpoint, self.role = endpoint, role
        self.key = key or new_key()
        self.pid = pid
        self.uuid = uuid or uuid_module.uuid4().hex
        self.serial = serial or self.uuid[-5:] + secrets.token_hex(3)
        self.software_tag = software_tag
        self.hostname, self.ip_address, self.version = "ucm-" + self.serial, "192.0.2.17", "12.5.1"
        self.client = client or Client(endpoint.product_url, endpoint.ca_file)
        self.clock_offset = 0
        self.identifier, self.certificate, self.issuer, self.chain = "", None, None, []
        self.signer_serial = ""
        self.last_message = None

    def twin(self, key=None):
        """The same machine (UDI), with a key of its own and no memory."""
        return Product(self.endpoint, key=key, pid=self.pid, serial=self.serial, uuid=self.uuid,
                       software_tag=self.software_tag, role=self.role)

    def clone(self, source=None):
        """A copy of the machine as it is now, with its key and certificate; source: the address it speaks from."""
        made = Product(self.endpoint, key=self.key, pid=self.pid, serial=self.serial, uuid=self.uuid,
                       software_tag=self.software_tag, role=self.role,
                       client=Client(self.endpoint.product_url, self.endpoint.ca_file, source=source))
        made.identifier, made.certificate, made.issuer = self.identifier, self.certificate, self.issuer
        made.chain, made.signer_serial, made.hostname = list(self.chain), self.signer_serial, self.hostname
        return made

    def now(self):
        return now_ms() + self.clock_offset

    @property
    def certificate_serial(self):
        return str(self.certificate.serial_number) if self.certificate else ""

    # building

    def header(self, request_type, timestamp, nonce, certificate=None):
        certificate = certificate or self.certificate
        return {
            "version": "1.3", "locale": "en_US.UTF-8",
            "sudi": {"suvi": None, "uuid": self.uuid, "host_identifier": None, "mac_address": None,
                     "udi_pid": self.pid, "udi_serial_number": self.serial, "udi_vid": None},
            "timestamp": timestamp, "nonce": nonce, "request_type": request_type, "agent_actions": None,
            "connect_info": {"name": "C_agent", "version": "1.3.4", "production": True, "additional_info": "",
                             "capabilities": ["UTILITY", "DLC", "AppHA", "MULTITIER", "EXPORT_2", "OK_TRY_AGAIN"]},
            "product_instance_identifier": self.identifier,
            "id_cert_serial_number": str(certificate.serial_number) if certificate else "",
            "signing_cert_serial_number": self.signer_serial}

    def message(self, request_type, data=None, *, key=None, signed=True, timestamp=None, nonce=None, certificate=None,
                edit_data=None, edit_header=None, edit_inner=None, edit_envelope=None,
                data_text=None, inner_text=None):
        """Builds one message.  The edit_* hooks change the parts before they are serialised; data_text replaces the
        text of request_data, inner_text (str or bytes) that of the inner object; the signature fits what is sent."""
        timestamp = self.now() if timestamp is None else timestamp
        nonce = nonce or new_nonce()
        if data_text is None:
            data = edited(dict(data or {}, timestamp=timestamp, nonce=nonce), edit_data)
            data_text = compact(data)
        header = edited(self.header(request_type, timestamp, nonce, certificate), edit_header)
        inner = edited({"header": header, "nonce": nonce, "request_data": data_text}, edit_inner)
        if inner_text is None:
            inner_text = compact(inner)
        elif callable(inner_text):
            inner_text = inner_text(inner)
        request = inner_text if isinstance(inner_text, bytes) else inner_text.encode("utf-8")
        signature = sign(key or self.key, request) if signed else b""
        if isinstance(inner_text, bytes):
            body = envelope_bytes(request, signature)
        else:
            envelope = edited({"signature": {"type": "SHA-256", "value": base64.b64encode(signature).decode()},
                               "credential": None, "request": inner_text}, edit_envelope)
            body = compact(envelope).encode("utf-8")
        return Message(request_type, nonce, timestamp, request, body, self.identifier, key or self.key)

    def registration(self, token, *, force=False, key=None, csr=None, edit_data=None, **options):
        data = {"token": token, "csr": csr or make_csr(key or self.key), "software_tag_identifier": self.software_tag,
                "product_version": self.version, "hostname": self.hostname, "ip_address": self.ip_address,
                "force": force}
        return self.message("REGISTRATION", data, key=key, edit_data=edit_data, **options)

    def authorization(self, usage, **options):
        rows = [{"tag": tag, "count": count} for tag, count in (usage.items() if isinstance(usage, dict) else usage)]
        return self.message("AUTHORIZATION", {"entitlements": rows}, **options)

    # carrying

    def post(self, body, headers=None):
        return self.client.request("POST", TRANSPORT, body, headers or {"Content-Type": "application/json"})

    def send(self, message, strict=True):
        """-> verified Answer; raises BadAnswer.  503 is waited out as Retry-After says."""
        for _ in range(20):
            reply = self.post(message.body)
            if reply.status != 503:
                break
            if "Retry-After" not in reply.headers:
                raise BadAnswer("503 without Retry-After")
            time.sleep(min(float(reply.headers["Retry-After"]), 2))
        self.last_message = message
        issuer = self.issuer if message.request_type != "REGISTRATION" else None
        moment = datetime.datetime.utcfromtimestamp(self.now() / 1000)
        return read_answer(reply, message, self.endpoint.root, self.role, issuer, strict, moment)

    def adopt(self, answer, key=None):
        """Takes the certificate of a REGISTRATION or RENEW_REGISTRATION answer into use."""
        chain = load_certificates(answer.data["ca_chain"])
        cert = load_certificates(answer.data["id_certificate"])[0]
        key = key or self.key
        if not chain:
            raise BadAnswer("ca_chain is empty")
        if not is_issued_by(cert, chain[0]):
            raise BadAnswer("the ID certificate is not issued by the first of ca_chain")
        check_authority(chain[0], self.endpoint.root)
        if self.role == "satellite":
            check_credential(answer.envelope["credential"], self.endpoint.root, "satellite", chain[0],
                             datetime.datetime.utcfromtimestamp(self.now() / 1000))
        if public_bytes(cert.public_key()) != public_bytes(key):
            raise BadAnswer("the ID certificate holds another key than the CSR")
        self.key, self.certificate, self.chain, self.issuer = key, cert, chain, chain[0]
        self.identifier = answer.data["product_instance_identifier"]
        self.signer_serial = str(answer.signer.serial_number)

    # the whole calls

    def register(self, token, *, force=False, key=None, **options):
        answer = self.send(self.registration(token, force=force, key=key, **options))
        if answer.status == "OK":
            self.adopt(answer, key)
        return answer

    def authorize(self, usage, **options):
        return self.send(self.authorization(usage, **options))

    def renew(self, *, new_key=None, csr=None, adopt=True, **options):
        if new_key is not None and csr is None:
            csr = make_csr(new_key)
        answer = self.send(self.message("RENEW_REGISTRATION", {"csr": csr}, **options))
        if answer.status == "OK" and adopt:
            self.adopt(answer, new_key)
        return answer

    def deregister(self, **options):
        return self.send(self.message("DEREGISTRATION", **options))

    def hello(self, **options):
        options.setdefault("edit_header", None)
        message = self.message("HELLO", signed=False, **options)
        return self.send(message)
