"""How every process connects to Temporal: profile, converter, keyring. There is no second way."""

import base64
import dataclasses
import os
import zlib
from collections.abc import Mapping, Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, HeaderCodecBehavior
from temporalio.contrib.pydantic import (
    PydanticPayloadConverter,
    ToJsonOptions,
    pydantic_data_converter,
)
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
)
from temporalio.envconfig import ClientConfig
from temporalio.runtime import Runtime
from typing_extensions import override

from workflows.origin import OriginInterceptor

NONCE = 12
"""Bytes: 96 bits, as NIST SP 800-38D wants for GCM."""
ENCRYPTED = b"binary/encrypted"
RAW_DEFLATE = -15
WORTH_DEFLATING, LARGEST = 100, 2 * 1024 * 1024
"""Bytes: shorter payloads gain nothing; longer ones than Temporal's own limit never were."""


class Keyring(BaseSettings):
    """Keys of the payloads: `HMS_CODEC_KEYS=name:base64,older:base64`; the first one seals."""

    model_config = SettingsConfigDict(env_prefix="HMS_")

    codec_keys: SecretStr

    def keys(self) -> dict[str, bytes]:
        named = (entry.partition(":") for entry in self.codec_keys.get_secret_value().split(","))
        return {name.strip(): base64.b64decode(key) for name, _, key in named}


class SealingCodec(PayloadCodec):
    """Encrypts payloads with AES-256-GCM; the namespace and the key's name are authenticated."""

    def __init__(self, keys: Mapping[str, bytes], namespace: str) -> None:
        self._active = next(iter(keys))
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self._namespace = namespace

    @override
    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._seal(payload.SerializeToString()) for payload in payloads]

    @override
    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._open(payload) for payload in payloads]

    def _seal(self, plain: bytes) -> Payload:
        nonce = os.urandom(NONCE)
        packed = pack(plain)
        sealed = self._ciphers[self._active].encrypt(nonce, packed, self._bound_to(self._active))
        return Payload(
            metadata={"encoding": ENCRYPTED, "key": self._active.encode()}, data=nonce + sealed
        )

    def _open(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCRYPTED:
            return payload
        name = payload.metadata["key"].decode()
        nonce, sealed = payload.data[:NONCE], payload.data[NONCE:]
        packed = self._ciphers[name].decrypt(nonce, sealed, self._bound_to(name))
        return Payload.FromString(unpack(packed))

    def _bound_to(self, key: str) -> bytes:
        return f"{self._namespace}|{key}".encode()


def pack(plain: bytes) -> bytes:
    """Deflate what gets shorter by it. The first byte says which."""
    deflated = zlib.compress(plain, wbits=RAW_DEFLATE) if len(plain) > WORTH_DEFLATING else plain
    return b"\1" + deflated if len(deflated) < len(plain) else b"\0" + plain


def unpack(packed: bytes) -> bytes:
    """Undo `pack`. Its input is authenticated; the bound holds against a key gone astray."""
    if packed[:1] == b"\0":
        return packed[1:]
    return zlib.decompressobj(RAW_DEFLATE).decompress(packed[1:], LARGEST)


class BriefPayloadConverter(PydanticPayloadConverter):
    """Leaves out what was not said: its receiver has the same defaults, and histories are kept."""

    def __init__(self) -> None:
        super().__init__(ToJsonOptions(exclude_unset=True))


def converter(keyring: Keyring, namespace: str) -> DataConverter:
    """Make the converter of API, workers, replay, tests and codec server."""
    return dataclasses.replace(
        pydantic_data_converter,
        payload_converter_class=BriefPayloadConverter,
        payload_codec=SealingCodec(keyring.keys(), namespace),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


async def connect(identity: str, *, runtime: Runtime | None = None, lazy: bool = False) -> Client:
    """Connect as Temporal's own profile and `TEMPORAL_*` variables say."""
    profile = ClientConfig.load_client_connect_config()
    namespace = profile.get("namespace", "hms")
    return await Client.connect(
        profile.get("target_host", "127.0.0.1:7233"),
        namespace=namespace,
        api_key=profile.get("api_key"),
        tls=profile.get("tls"),
        data_converter=converter(Keyring(), namespace),
        header_codec_behavior=HeaderCodecBehavior.CODEC,
        interceptors=[OriginInterceptor()],
        identity=identity,
        runtime=runtime,
        lazy=lazy,
    )
