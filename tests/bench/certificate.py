"""A certificate authority for the stubs' TLS, which every measured client finds at the end of its certifi bundle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

if TYPE_CHECKING:
    from pathlib import Path

AUTHORITY = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "benchmark authority")])
SERVER = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "benchmark server")])

SIGNS_CERTIFICATES = x509.KeyUsage(  # which Python 3.13 and newer ask of an authority, as they do for key identifiers
    key_cert_sign=True,
    crl_sign=False,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files: the authority's certificate, and the server's with its key."""

    authority: Path
    server: Path


def certificates(folder: Path) -> Certificates:
    """Those in the folder, made if they are not there: sites that were built trust them."""
    made = Certificates(folder / "authority.pem", folder / "server.pem")
    if not (made.authority.exists() and made.server.exists()):
        folder.mkdir(parents=True, exist_ok=True)
        _make(made)
    return made


def _make(made: Certificates) -> None:
    authority_key, server_key = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    identifier = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    authority = (
        _builder(AUTHORITY, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(SIGNS_CERTIFICATES, critical=True)
        .add_extension(identifier, critical=False)
    )
    names = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
    server = _builder(SERVER, server_key).add_extension(names, critical=False).add_extension(issuer, critical=False)
    made.authority.write_bytes(authority.sign(authority_key, SHA256()).public_bytes(Encoding.PEM))
    key = server_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    made.server.write_bytes(server.sign(authority_key, SHA256()).public_bytes(Encoding.PEM) + key)
    made.server.chmod(0o600)


def _builder(subject: x509.Name, key: EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(AUTHORITY)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
    )
