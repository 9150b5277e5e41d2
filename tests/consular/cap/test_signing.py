"""The signature of a CAP document: whole or not at all."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID
from lxml import etree

from bot.consular.cap import signing
from bot.consular.cap.signing import Signer, SigningError, is_signed_by, open_signer

ALERT = (
    '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
    "<identifier>tammen-7-1</identifier></alert>"
)
FROM, UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8


def own(
    folder: Path, key: ec.EllipticCurvePrivateKey, for_key: ec.EllipticCurvePrivateKey
) -> tuple[Path, Path]:
    """Files of a key and of a certificate."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "وزارة الخارجية")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(for_key.public_key())
    )
    made = made.serial_number(7).not_valid_before(FROM).not_valid_after(UNTIL)
    certificate = made.sign(for_key, hashes.SHA256())
    paths = folder / "key.pem", folder / "certificate.pem"
    paths[0].write_bytes(key.private_bytes(PEM, PKCS8, serialization.NoEncryption()))
    paths[1].write_bytes(certificate.public_bytes(PEM))
    return paths


def own_signer(folder: Path) -> Signer:
    """A ministry that signs with its own key."""
    key = ec.generate_private_key(ec.SECP256R1())
    return open_signer(*own(folder, key, key), folder)


def test_a_key_is_made_once_and_signs_alike(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as several:  # processes that begin at the same time
        made = list(several.map(lambda _n: open_signer(None, None, tmp_path / "var"), range(4)))
    assert len({one.certificate for one in made}) == 1
    kept = tmp_path / "var" / "cap-signing.pem"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in kept.parent.iterdir()] == ["cap-signing.pem"]
    signed = {made[0].sign(etree.fromstring(ALERT)) for _ in range(2)}
    assert len(signed) == 1
    assert is_signed_by(signed.pop(), made[0].certificate)


@pytest.mark.parametrize(
    "change", [(b"tammen-7-1", b"tammen-7-2"), (b"<ds:Signature ", b"<other/><ds:Signature ")]
)
def test_what_was_changed_is_not_signed(tmp_path: Path, change: tuple[bytes, bytes]) -> None:
    signer = open_signer(None, None, tmp_path)
    signed = signer.sign(etree.fromstring(ALERT))
    assert change[0] in signed
    assert not is_signed_by(signed.replace(*change), signer.certificate)
    assert not is_signed_by(ALERT.encode(), signer.certificate)
    assert not is_signed_by(signed, open_signer(None, None, tmp_path / "other").certificate)


def test_the_signature_is_the_last_element(tmp_path: Path) -> None:
    signed = etree.fromstring(open_signer(None, None, tmp_path).sign(etree.fromstring(ALERT)))
    assert [etree.QName(child).localname for child in signed] == ["identifier", "Signature"]


def test_a_ministry_signs_with_its_own_key(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    signer = open_signer(*own(tmp_path, key, key), tmp_path)
    assert is_signed_by(signer.sign(etree.fromstring(ALERT)), signer.certificate)
    assert not (tmp_path / "cap-signing.pem").exists()


def test_a_key_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    paths = own(
        tmp_path, ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    )
    with pytest.raises(SigningError, match="not the certificate"):
        open_signer(*paths, tmp_path)
    other = ed25519.Ed25519PrivateKey.generate().private_bytes(
        PEM, PKCS8, serialization.NoEncryption()
    )
    paths[0].write_bytes(other)
    with pytest.raises(SigningError, match="RSA or an EC"):
        open_signer(*paths, tmp_path)
    paths[0].write_text("not a key")
    with pytest.raises(SigningError, match="PEM"):
        open_signer(*paths, tmp_path)


def test_a_made_key_is_read_again(tmp_path: Path) -> None:
    first = open_signer(None, None, tmp_path)
    signing._read.cache_clear()
    again = open_signer(None, None, tmp_path)
    assert again is not first
    assert is_signed_by(again.sign(etree.fromstring(ALERT)), first.certificate)
