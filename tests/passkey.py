"""A small authenticator: makes a passkey and signs with it, as a telephone or a stick would."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT = 0x01
HAS_CREDENTIAL = 0x40
ES256 = {1: 2, 3: -7, -1: 1}  # COSE: EC2, ES256, P-256


@dataclass
class Authenticator:
    """One passkey for one site."""

    origin: str
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    count: int = 0

    def create(self, options: str) -> str:
        """Answer what a page needs to add the passkey."""
        asked = json.loads(options)
        numbers = self.key.public_key().public_numbers()
        public = {**ES256, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        credential = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id
        data = self._data(asked["rp"]["id"], PRESENT | HAS_CREDENTIAL)
        data += credential + cbor2.dumps(public)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", asked["challenge"])
        return self._answer({"clientDataJSON": client, "attestationObject": attestation})

    def get(self, options: str) -> str:
        """Answer a challenge."""
        asked = json.loads(options)
        self.count += 1
        data = self._data(asked["rpId"], PRESENT)
        client = self._client("webauthn.get", asked["challenge"])
        signed = data + hashlib.sha256(client).digest()
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        )

    def _data(self, host: str, flags: int) -> bytes:
        digest = hashlib.sha256(host.encode()).digest()
        return digest + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, response: dict[str, bytes]) -> str:
        encoded: dict[str, Any] = {name: _text(part) for name, part in response.items()}
        name = _text(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": encoded})


def _text(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")
