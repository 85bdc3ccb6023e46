"""The signed statement: what was changed, kept back or signed by others is found."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import site_sample as sample
from record_sample import NOON_S
from tidegate.errors import InputError
from tidegate.inform.site.manifest import read_manifest, wrong_files
from tidegate.inform.site.segment_link import is_private

OURS = sample.KEY.public_key().public_bytes_raw().hex()


@pytest.fixture(scope="module")
def tree():
    return sample.built()


def test_it_states_when_and_how_long(tree):
    """Made at noon, good for ten minutes, numbered by its milliseconds, signed by us."""
    found = read_manifest(tree.manifest, public_key=OURS)
    assert (NOON_S, NOON_S + 600.0) == (found.made_s, found.until_s)
    assert round(NOON_S * 1000) == found.sequence == tree.sequence


def test_a_whole_copy_is_whole(tree):
    """Every file of the site is as published."""
    assert [] == list(wrong_files(read_manifest(tree.manifest), tree.files, tree.digests()))


def test_every_difference_is_found(tree):
    """A file changed, one left out and one put in are each named."""
    digests = tree.digests()
    digests["index.html"] = "0" * 64
    del digests["history.html"]
    digests["more.html"] = "0" * 64
    assert [
        "history.html is missing", "index.html is not what was published", "more.html was never published",
    ] == list(wrong_files(read_manifest(tree.manifest), tree.files, digests))  # fmt: skip


def test_another_list_of_files_is_found(tree):
    """The list of files is the one that was signed."""
    found = list(wrong_files(read_manifest(tree.manifest), tree.files + b" ", tree.digests()))
    assert ["files.json is not the one that was published"] == found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("valid_until", "2035-12-01T12:00:00.000Z"), ("made_at", "2025-12-01T12:00:00.001Z"),
        ("sequence", 1), ("files_sha256", "0" * 64), ("site", "https://status.example.com"),
    ],
)  # fmt: skip
def test_no_field_can_be_changed(tree, name, value):
    """Whoever changes a field breaks the signature."""
    document = json.loads(tree.manifest)
    document["stated"][name] = value
    with pytest.raises(InputError, match="changed after it was signed"):
        read_manifest(json.dumps(document).encode())


def test_another_key_is_refused(tree):
    """A manifest that somebody else signed rightly is not ours."""
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32).public_key().public_bytes_raw().hex()
    with pytest.raises(InputError, match="another key"):
        read_manifest(tree.manifest, public_key=other)


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"\xff", b'{"stated": {}, "signature": "zz"}'])
def test_what_is_no_manifest_is_refused(text):
    """Rubbish is refused as such."""
    with pytest.raises(InputError, match="no manifest"):
        read_manifest(text)


def test_secret_addresses_are_in_no_file(tree):
    """The paths of segments' pages stand in no byte that everybody can read."""
    secrets = [path.rpartition("/")[2].encode() for path in tree.made if is_private(path)]
    assert 8 == len(secrets)
    told = [
        path
        for path, content in tree.contents().items()
        if not is_private(path)
        for secret in secrets
        if secret.removesuffix(b".html") in content
    ]
    assert [] == told
