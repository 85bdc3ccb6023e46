"""Write the public site of the recorded day of 7 December 2021, as it would have stood that noon."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidegate.inform.site.site_setting import SiteSetting
from tidegate.inform.state import State
from tidegate.journal.moment import parse_moment
from tidegate.present.site.site_tree import site_tree
from tidegate.track.recorded import read_record

HERE = Path(__file__).parent
RECORD = HERE.parent / "examples" / "us_east_1_2021" / "record.yaml"
NOON = "2021-12-07T12:45-08:00"
NAME = "us-east-1-2021"


def write_example_site(root: Path = HERE / "_build" / "example_site") -> Path:
    """Write the site into a folder of its own below `root`, and return `root`."""
    text = RECORD.read_text(encoding="utf-8")
    found, now_s = read_record(text, RECORD.name), parse_moment(NOON)
    state = State().take_all(entry for entry in found.entries() if entry.said_s <= now_s)
    name = "us-east-1, 7 December 2021 (a recorded day)"
    setting = SiteSetting(name=name, zone=found.zone, languages=("en", "de", "fr", "es"))
    # Made of the record: it shows that nothing was changed, not who wrote it.
    key = Ed25519PrivateKey.from_private_bytes(sha256(text.encode()).digest())
    shutil.rmtree(root, ignore_errors=True)
    for path, content in site_tree(state, setting, now_s, key).contents().items():
        file = root / NAME / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return root


if __name__ == "__main__":
    print(write_example_site() / NAME)  # noqa: T201
