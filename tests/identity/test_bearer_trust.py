"""Several issuers, ours among them, put together."""

from __future__ import annotations

import pytest

from identity.bearer import Trusted
from identity.bearer_claims import Principal
from identity.bearer_trust import Trust
from identity.keys import KeyRing, generate
from identity.signing import OwnKeys, Signer
from tests.support.issuer import provider


async def test_ours_and_another_s() -> None:
    ring = KeyRing([generate("EdDSA", 0)])
    keys = OwnKeys(lambda: ring)
    signer = Signer(keys, issuer="https://shop.example", audience=("shop-api",))
    async with provider() as issuer:
        trust = Trust([issuer.issuer()], own=[Trusted(signer.as_issuer(), keys)])
        assert (await trust.verifier.bearer(signer.sign(Principal("41")))).principal.subject == "41"
        assert not issuer.asked, "nothing is asked before it is needed"
        assert (await trust.verifier.bearer(issuer.token())).principal.subject == "anna"
        assert trust.providers is not None
        assert trust.providers.of(None).name == "main"
        await trust.close()


async def test_without_a_client_there_is_no_login() -> None:
    async with provider() as issuer:
        trust = Trust([issuer.issuer(client=None)])
        assert trust.providers is None
        await trust.close()


async def test_nobody_is_called_as_we_are() -> None:
    keys = OwnKeys(lambda: KeyRing(()))
    signer = Signer(keys, issuer="https://shop.example", audience=("shop-api",))
    async with provider() as issuer:
        with pytest.raises(ValueError, match="same name"):
            Trust([issuer.issuer(name="shop")], own=[Trusted(signer.as_issuer(), keys)])
