"""Entries handed over through a folder that both sites reach: never replaced, and checked like any."""

from __future__ import annotations

import pytest

from sites_sample import begun, group, kept, said, say
from tidegate.adapters.between_sites.carried_file import carry
from tidegate.adapters.between_sites.chain_store import StoredChains, StoreUnreachableError, offer
from tidegate.adapters.between_sites.s3_store import s3_store
from tidegate.adapters.between_sites.shared_folder import SharedFolder
from tidegate.errors import InputError
from tidegate.verbs.record.drawing import draw
from tidegate.verbs.record.handing_over import exchange_through, import_carried
from tidegate.verbs.record.site import members_of
from tiny_bucket import tiny_bucket


@pytest.fixture
def shared(tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    return folder


def test_sites_that_reach_only_a_folder_come_to_the_same(tmp_path, shared):
    with group(tmp_path, "west", "east") as (west, east):
        say(west, "west says", count=3), say(east, "east says")
        for one in (west, east, west):
            exchange_through(one, str(shared))
        assert kept(west) == kept(east)
        assert ["west says", "east says"] == said(east)


def test_what_was_handed_over_is_not_handed_over_again(tmp_path, shared):
    with group(tmp_path, "west", "east") as (west, _):
        assert 2 == exchange_through(west, str(shared)).given_count
        assert 0 == exchange_through(west, str(shared)).given_count
        say(west, "more")
        assert 1 == exchange_through(west, str(shared)).given_count


def test_nothing_in_the_folder_is_ever_replaced(tmp_path, shared):
    store = SharedFolder(shared)
    assert store.create("west/1", b"first")
    assert not store.create("west/1", b"second")
    assert b"first" == store.read("west/1")
    assert ["1"] == [one.name for one in (shared / "west").iterdir()]


def test_only_its_owner_reads_what_is_handed_over(tmp_path, shared):
    SharedFolder(shared).create("west/1", b"case")
    assert 0o600 == (shared / "west" / "1").stat().st_mode & 0o777


def test_a_folder_that_is_not_there_is_no_empty_one(tmp_path):
    with (
        group(tmp_path, "west", "east") as (west, _),
        pytest.raises(StoreUnreachableError, match="cannot be used"),
    ):
        exchange_through(west, str(tmp_path / "not mounted"))


def test_a_piece_that_is_not_what_its_name_says_is_passed_over(tmp_path, shared):
    with group(tmp_path, "west", "east") as (west, east):
        say(west, "true")
        store = SharedFolder(shared)
        stored = StoredChains(store)
        offer(west, stored, store)
        (shared / "west" / f"000000000001-000000000009-{'0' * 64}").write_bytes(b"lies\n")
        exchange_through(east, str(shared))
        assert ["true"] == said(east)


def test_what_a_stranger_puts_there_is_refused(tmp_path, shared):
    with group(tmp_path, "west", "east") as (west, _):
        stranger = begun(tmp_path / "other", "east")
        say(stranger, "lies")
        exchange_through(stranger, str(shared))
        drawn = exchange_through(west, str(shared)).drawn
        assert "key that is not trusted" in str(drawn.refused["east"])
        assert [] == said(west)
        stranger.close()


def test_a_carried_file_brings_everything(tmp_path):
    with group(tmp_path, "west", "east") as (west, east):
        say(west, "carried", count=5)
        assert 7 == carry(west, tmp_path / "file")
        assert 7 == import_carried(east, tmp_path / "file").drawn.new_count
        assert 0 == import_carried(east, tmp_path / "file").drawn.new_count
        assert 0o600 == (tmp_path / "file").stat().st_mode & 0o777


@pytest.mark.parametrize(
    "text",
    ["", "{}\n", '{"tidegate_carried": 2, "ends": []}\n', '{"tidegate_carried": 1, "ends": []}\n{"x": 1}\n',
     '{"tidegate_carried": 1, "ends": [["west", 1, "00"]]}\n{"chain": "west"}\nnothing\n'],
)  # fmt: skip
def test_another_file_is_refused_with_its_name(tmp_path, text):
    with group(tmp_path, "west", "east") as (west, _):
        (tmp_path / "file").write_text(text)
        with pytest.raises(InputError, match="file"):
            import_carried(west, tmp_path / "file")


def test_a_file_that_was_cut_off_brings_what_is_whole(tmp_path):
    with group(tmp_path, "west", "east") as (west, east):
        say(west, "word", count=5)
        carry(west, tmp_path / "file")
        whole = (tmp_path / "file").read_bytes().splitlines(keepends=True)
        (tmp_path / "cut").write_bytes(b"".join(whole[:-2]))
        drawn = import_carried(east, tmp_path / "cut").drawn
        assert 0 < drawn.new_count < 7
        assert draw(east, StoredChains(SharedFolder(tmp_path)), lambda: members_of(east)).new_count == 0


@pytest.fixture
def bucket(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with tiny_bucket() as found:
        yield found


def test_sites_that_reach_only_a_bucket_come_to_the_same(tmp_path, bucket):
    with group(tmp_path, "west", "east") as (west, east):
        for number in range(7):  # more pieces than a store lists at once
            say(west, f"west says {number}")
            exchange_through(west, bucket.word)
        say(east, "east says")
        west.begin_chain()
        say(west, "in another chain")
        for one in (east, west, east):
            exchange_through(one, bucket.word)
        assert kept(west) == kept(east)
        assert any("west%2B" in key for key in bucket.objects)


def test_nothing_in_a_bucket_is_ever_replaced(bucket):
    store = s3_store(bucket.word)
    assert store.create("west/1", b"first")
    assert not store.create("west/1", b"second")
    assert b"first" == store.read("west/1")


def test_a_bucket_that_does_not_answer_is_named(tmp_path, bucket, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _s: None)
    bucket.server_close()
    with (
        group(tmp_path, "west", "east") as (west, _),
        pytest.raises(StoreUnreachableError, match="s3://record"),
    ):
        exchange_through(west, "s3://record/entries?endpoint=http://127.0.0.1:9")
