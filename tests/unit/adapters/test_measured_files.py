from __future__ import annotations

from tidegate.adapters.files.measured import load_world, measured_beside
from tidegate.verbs.adopt import Adopt, adopt

WORLD = """
name: beside
networks: {a: {}, b: {}}
crossings: {edge: {between: [a, b], forwarding: 1k/s}}
services: {web: {network: b}}
clients: {app: {network: a, service: web, population: 5, retry: measured/curl}}
triggers: {more: {at: 5s, set: {clients.app.population: 6}}}
"""
MEASURED = "curl: {title: curl, tree: {layers: [{retries: 3, backoff: constant, base: 1s}]}}\n"
LIMIT = """table ip tg_edge {
  chain tg_admission {
    type filter hook forward priority 0; policy accept;
    ct state new limit rate over 100/second burst 10 packets drop
  }
}
"""


def folder(tmp_path):
    (tmp_path / "world.yaml").write_text(WORLD)
    (tmp_path / "measured.yaml").write_text(MEASURED)
    return str(tmp_path / "world.yaml")


def test_a_world_finds_what_was_measured_beside_it(tmp_path):
    """`retry: measured/curl` is the entry of the file in the same folder."""
    (layer,) = load_world(folder(tmp_path)).world.clients["app"].retry.layers
    assert (3, "constant", 1.0) == (layer.retries_count, layer.backoff, layer.base_s)


def test_a_world_with_measured_clients_can_adopt(tmp_path):
    """Its text is edited as any other's."""
    path = folder(tmp_path)
    asked = Adopt(
        world_text=WORLD,
        world_source=path,
        text=LIMIT,
        source="limit.nft",
        target="nftables",
        crossing="edge",
        measured=measured_beside(path),
    )
    assert "retry: measured/curl" in (text := adopt(asked).edited.text)
    assert "rate: 100/s" in text
