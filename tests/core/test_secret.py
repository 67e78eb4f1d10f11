"""The key is shown by nothing but `reveal`."""

from __future__ import annotations

import pickle

from openrouter.core.secret import Secret

KEY = "sk-or-v1-0123456789"


def test_it_shows_a_fingerprint_instead_of_itself() -> None:
    secret = Secret(KEY)
    assert secret.reveal() == KEY
    assert KEY not in f"{secret} {secret!r} {[secret]}"
    assert secret.fingerprint in repr(secret)
    assert not hasattr(secret, "__dict__")


def test_equal_keys_are_equal_and_others_are_not() -> None:
    assert Secret(KEY) == Secret(KEY)
    assert hash(Secret(KEY)) == hash(Secret(KEY))
    assert Secret(KEY) != Secret(f"{KEY}0")
    assert Secret(KEY) != KEY
    assert Secret(KEY).fingerprint != Secret(f"{KEY}0").fingerprint


def test_it_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(Secret(KEY))) == Secret(KEY)  # noqa: S301 - our own


def test_any_text_can_be_a_secret() -> None:
    assert Secret("\ud800").reveal() == "\ud800"
