"""An OpenID issuer of staff tokens on this machine: a discovery document, a key set, RS256, all over TLS.

The template takes https addresses only, so the issuer has a certificate of its own, which the emulator is told to
trust.
"""

import base64
import datetime
import http.server
import ipaddress
import json
import ssl
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

KEY_ID = "staff-1"


class Issuer:
    """The running issuer. Its certificate stands in `authority`."""

    def __init__(self, folder, audience):
        self.audience = audience
        self.key = new_key()
        self.authority = folder / "issuer.pem"
        self.authority.write_bytes(certificate(new_key()))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.authority)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def handler(self):
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                document = issuer.documents().get(self.path)
                self.send_response(404 if document is None else 200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(document).encode())

            def log_message(self, *_):
                pass

        return Handler

    def documents(self):
        numbers = self.key.public_key().public_numbers()
        public = {"n": number(numbers.n), "e": number(numbers.e)}
        key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID, **public}
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            },
            "/keys": {"keys": [key]},
        }

    def token(self, person, tenant, key=None, **claims):
        """A staff token, signed by the issuer's key or another one."""
        now = int(time.time())
        standard = {"iss": self.url, "aud": self.audience, "sub": person, "tenant": tenant, "token_use": "access"}
        times = {"iat": now, "nbf": now, "exp": now + 600}
        parts = [{"alg": "RS256", "typ": "JWT", "kid": KEY_ID}, {**standard, **times, **claims}]
        signed = ".".join(encoded(json.dumps(part).encode()) for part in parts)
        signature = (key or self.key).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{encoded(signature)}"


def new_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def certificate(key):
    """A certificate for 127.0.0.1 that vouches for itself, and its key, as PEM."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "staff issuer of a test")])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign"), False
    )
    now = datetime.datetime.now(datetime.timezone.utc)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True, key_cert_sign=True, encipher_only=False, decipher_only=False, **usage
            ),
            critical=True,
        )
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return signed.public_bytes(serialization.Encoding.PEM) + private
