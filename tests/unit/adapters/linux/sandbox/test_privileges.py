"""The one line that says which setting forbids namespaces."""

from __future__ import annotations

import errno
import os

import pytest

from tidegate.adapters.linux.sandbox.privileges import NAMES, reason, settings

OPEN = {
    "kernel.unprivileged_userns_clone": "1",
    "user.max_user_namespaces": "100",
    "user.max_net_namespaces": "100",
    "kernel.apparmor_restrict_unprivileged_userns": "0",
}


def refused(number: int) -> OSError:
    return OSError(number, os.strerror(number), "unshare")


@pytest.mark.parametrize(
    ("name", "value", "number", "wanted"),
    [
        (
            "kernel.unprivileged_userns_clone",
            "0",
            errno.EPERM,
            "sysctl -w kernel.unprivileged_userns_clone=1",
        ),
        ("user.max_user_namespaces", "0", errno.ENOSPC, "sysctl -w user.max_user_namespaces=10000"),
        ("user.max_net_namespaces", "0", errno.ENOSPC, "sysctl -w user.max_net_namespaces=10000"),
        (
            "kernel.apparmor_restrict_unprivileged_userns",
            "1",
            errno.EACCES,
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        ),
    ],
)
def test_the_setting_that_forbids_is_named_with_the_command_that_allows(name, value, number, wanted):
    """One line holds the setting, its value and the command."""
    line = reason(refused(number), OPEN | {name: value})
    assert f"{name} is {value}" in line
    assert wanted in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("number", "wanted"),
    [
        (errno.EPERM, "container"),
        (errno.ENOSPC, "as many exist already"),
        (errno.EINVAL, "built without them"),
    ],
)
def test_without_a_forbidding_setting_the_error_decides(number, wanted):
    """A container, an exhausted count and a small kernel are told apart."""
    assert wanted in reason(refused(number), OPEN)


def test_settings_of_this_machine_are_read():
    """Only known names are read, each with its text."""
    found = settings()
    assert set(found) <= set(NAMES)
    assert all(value.strip() == value for value in found.values())
