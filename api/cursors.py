"""Cursors are sealed: the bookmark of a page holds the values that it is sorted by, names too."""

import base64
import binascii
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.problems import Code, Problem

NONCE = 12


class Cursors:
    """Seals with the first key, opens with all; bound to the list, its filters and the reader."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._ciphers = [AESGCM(key) for key in keys.values()]

    def seal(self, bookmark: str, bound_to: str) -> str:
        nonce = os.urandom(NONCE)
        sealed = self._ciphers[0].encrypt(nonce, bookmark.encode(), bound_to.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    def open(self, cursor: str, bound_to: str) -> str:
        try:
            sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except (binascii.Error, ValueError):
            raise Problem(Code.BAD_CURSOR) from None
        for cipher in self._ciphers:
            try:
                plain = cipher.decrypt(sealed[:NONCE], sealed[NONCE:], bound_to.encode())
            except (InvalidTag, ValueError):
                continue
            return plain.decode()
        raise Problem(Code.BAD_CURSOR)
