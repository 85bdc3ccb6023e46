"""Whatever a pool or a log-in is set to: what a target says it expressed is in its files, and holds there."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

import protected_world as sample
from tidegate.adapters.validators.vendors import validate
from tidegate.errors import InputError
from tidegate.protect.adopted import Subjects
from tidegate.protect.protection import protection_of
from tidegate.protect.targets import vendors
from tidegate.world.file.overlay import overlay
from tidegate.world.file.value import value_at

_TIMES = st.one_of(
    st.integers(1, 3_000).map(float), st.integers(1, 100_000).map(lambda ms: ms / 1000), st.floats(1e-6, 1e7)
)
_COUNTS = st.integers(1, 100_000)
_SHARES = st.one_of(st.integers(0, 100).map(lambda percent: percent / 100), st.floats(0.0, 1.0))
_POOL = "services.web.calls.0.pool."
_POOLS = {
    f"{_POOL}most": _COUNTS,
    f"{_POOL}least": st.one_of(st.none(), st.integers(0, 60)),
    f"{_POOL}opened": st.sampled_from(["eager", "lazy"]),
    f"{_POOL}wait": st.one_of(st.none(), _TIMES),
    f"{_POOL}idle_timeout": st.one_of(st.none(), _TIMES),
    "clients.workers.pool": _COUNTS,
    "services.web.calls.0.connection_age.age": _TIMES,
    "clients.workers.connection_age.age": _TIMES,
    "services.web.calls.0.connection_age.jitter": _SHARES,
}
_LOGINS = {
    "services.bastion.login.timeout": st.one_of(st.none(), _TIMES),
    "services.bastion.login.most": st.one_of(st.none(), _COUNTS),
    "services.bastion.login.drop_from": st.one_of(st.none(), st.integers(0, 100_000)),
    "services.bastion.login.drop": _SHARES,
    "services.bus.login.timeout": st.one_of(st.none(), _TIMES),
    "services.bus.login.most": _COUNTS,
    "services.bus.connections": st.one_of(st.none(), st.integers(1, 10**12)),
    "services.bus.connections_when_full": st.sampled_from(["refuse", "backlog"]),
}
EACH = pytest.mark.parametrize(
    ("target", "values"),
    [
        *((one, _POOLS) for one in ("hikaricp", "sqlalchemy", "node-postgres")),
        *((one, _LOGINS) for one in ("sshd", "nats")),
    ],
)
SOME = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def written(target, values, data):
    """What a target makes of some values, and the world that has them; no contradictions."""
    paths = data.draw(st.lists(st.sampled_from(list(values)), min_size=1, unique=True))
    changes = {path: data.draw(values[path]) for path in paths}
    file = sample.world_of(target)
    try:
        protected = overlay(file, changes)
        protection = protection_of(file, changes)
    except InputError:
        assume(False)
        raise
    return changes, protected, vendors.named(target).write(protection, file, None)


@EACH
@settings(max_examples=200, **SOME)
@given(data=st.data())
def test_what_is_expressed_reads_back(target, values, data):
    """Read after write gives every value expressed: exactly, or within a second where that is noted."""
    changes, protected, done = written(target, values, data)
    assert sorted(changes) == sorted([*done.expressed, *(one.path for one in done.not_expressed)])
    assert all(one.why for one in done.not_expressed)
    for one in done.files:
        found = vendors.named(target).read(one.text, one.name, Subjects(world=protected.world)).overlay()
        again = overlay(protected, found).world
        section = "clients" if one.name.startswith("workers") else "services"
        for path in (path for path in done.expressed if path.startswith(section)):
            wanted, has = value_at(protected.world, path), value_at(again, path)
            if any(note.startswith(f"{path} = ") and "is written as" in note for note in done.notes):
                assert abs(has - wanted) <= 1.0, path
            else:
                assert wanted == has or abs(has - wanted) <= 1e-9, path


@EACH
@settings(max_examples=3, phases=(Phase.generate,), **SOME)
@given(data=st.data())
def test_the_vendor_takes_whatever_is_written(target, values, data):
    """The vendor's own library or server accepts the files of random pools and log-ins."""
    _, _, done = written(target, values, data)
    found = validate(done.files) if done.files else ()
    absent = [one.says for one in found if one.valid is None]
    if absent and os.environ.get("REQUIRE_PARTS") != "1":
        pytest.skip(absent[0])
    assert [] == [(one.name, one.says) for one in found if not one.valid]
