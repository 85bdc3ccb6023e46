"""Who may ask, as a file says it: every fault at once, no token shown, and no way around."""

from __future__ import annotations

import base64
import hashlib

import pytest

from tidegate.adapters.files.secret_text import SecretText
from tidegate.errors import InputError
from tidegate.server.gate.permits import CLOSED, Permits, read_permits

TOKEN = "a-token-of-twenty-and-more"  # noqa: S105
HASHED = hashlib.sha256(TOKEN.encode()).hexdigest()
OTHER = hashlib.sha256(b"another").hexdigest()


def permits(tmp_path, text):
    path = tmp_path / "tokens.yaml"
    path.write_text(text)
    return Permits(SecretText(str(path), "--tokens"), str(path))


@pytest.mark.parametrize("stated", [f"token: {TOKEN}", f"sha256: {HASHED}"])
def test_a_token_opens_what_it_is_for(tmp_path, stated):
    found = permits(tmp_path, f"ci: {{{stated}, callers: [check], may_override: true}}")
    basic = base64.b64encode(f"any:{TOKEN}".encode()).decode()
    for said in (f"Bearer {TOKEN}", f"bearer  {TOKEN} ", f"Basic {basic}"):
        permit = found.of(said)
        assert (permit.name, permit.callers, permit.may_override) == ("ci", ("check",), True), said
    for said in (
        "",
        TOKEN,
        "Bearer",
        f"Bearer {TOKEN}x",
        f"Bearer {HASHED}",
        "Basic x",
        "Basic é",
        f"Token {TOKEN}",
    ):
        assert found.of(said) is None, said
    assert TOKEN not in repr(permit)
    assert HASHED not in repr(permit)


def test_a_token_is_for_all_callers_and_overrides_nothing_unless_it_says_so(tmp_path):
    permit = permits(tmp_path, f"all: {{token: {TOKEN}}}").of(f"Bearer {TOKEN}")
    assert (permit.callers, permit.may_override) == (CLOSED, False)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[]", "holds no tokens"),
        ("a: x", "a: is no token"),
        ("a: {}", "needs one of token and sha256"),
        (f"a: {{token: {TOKEN}, sha256: {HASHED}}}", "needs one of token and sha256"),
        ("a: {token: short}", "at least 20 characters"),
        (f"a: {{token: '{TOKEN} x'}}", "at least 20 characters"),
        ("a: {sha256: DIGEST-OF-ITS-TOKEN}", "64 hexadecimal digits"),
        (f"a: {{sha256: {HASHED}, callers: [kedda]}}", "did you mean keda?"),
        (f"a: {{sha256: {HASHED}, callers: []}}", "is no list of callers"),
        (f"a: {{sha256: {HASHED}, callers: check}}", "is no list of callers"),
        (f"a: {{sha256: {HASHED}, may_override: perhaps}}", "is no truth value"),
        (f"a: {{sha256: {HASHED}, may_override: [true]}}", "is no truth value"),
        (f"a: {{sha256: {HASHED}, caller: [check]}}", "did you mean callers?"),
        (f"a: {{token: {TOKEN}}}\nb: {{sha256: {HASHED}}}", "has the same token as a"),
        (f"a: {{token: {TOKEN}}}\na: {{sha256: {OTHER}}}", "a"),
    ],
)
def test_a_file_that_is_wrong_says_where(text, named):
    with pytest.raises(InputError) as raised:
        read_permits(text, "tokens.yaml")
    assert named in str(raised.value)
    assert "tokens.yaml" in str(raised.value)
    assert TOKEN not in str(raised.value)


def test_all_faults_are_said_at_once():
    with pytest.raises(InputError) as raised:
        read_permits("a: {token: x}\nb: {sha256: y}\nc: z", "tokens.yaml")
    assert 3 == len(raised.value.faults)


@pytest.mark.parametrize("held", [b"", b" \n", b"guess-me", b"\xff" * 40])
def test_a_secret_that_is_none_is_said_and_not_shown(tmp_path, held):
    path = tmp_path / "key"
    path.write_bytes(held)
    with pytest.raises(InputError) as raised:
        SecretText(str(path), "--run-task-key")
    assert "--run-task-key" in str(raised.value)
    assert "guess-me" not in str(raised.value)


def test_a_secret_is_read_again_as_its_file_changes(tmp_path):
    """As mounts do it: another file in its place, or none for a moment."""
    path = tmp_path / "key"
    path.write_text("the first key of sixteen\n")
    secret = SecretText(str(path), "--run-task-key")
    (tmp_path / "next").write_text("the second key of sixteen")
    (tmp_path / "next").rename(path)
    assert "the second key of sixteen" == secret.text
    path.unlink()
    assert ("the second key of sixteen", "SecretText(--run-task-key)") == (secret.text, repr(secret))
