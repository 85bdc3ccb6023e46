"""What does node-postgres make of a pool's options? A `Pool` is made with them, and its options asked back.

It passes over names that it does not know, so these are refused here.
"""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.adapters.validators.validation import missing, program, run, unpacked
from tidegate.protect.config_file import ConfigFile, Validation

_FIND = 'module.paths.push("/usr/lib/node_modules", "/usr/local/lib/node_modules", "/usr/share/nodejs");'
_MAKE = (
    _FIND
    + """
const { Pool } = require("pg");
const stated = require(process.cwd() + "/" + process.argv[1]);
const known = ["max", "min", "connectionTimeoutMillis", "idleTimeoutMillis", "maxLifetimeSeconds"];
const pool = new Pool(stated);
const wrong = Object.keys(stated).filter(
  (name) => !known.includes(name) || !Number.isInteger(stated[name]) || pool.options[name] !== stated[name]);
if (wrong.length > 0 || pool.options.max < 1) {
  console.error("not taken: " + wrong.map((name) => `${name} = ${pool.options[name]}`).join(", "));
  process.exit(1);
}
"""
)


def validate(files: Sequence[ConfigFile]) -> tuple[Validation, ...]:
    """Return whether a pool has the options that each file states."""
    node, by = program("node"), "Pool of node-postgres"
    if node is None:
        return missing(files, by, "node")
    with unpacked(files) as folder:
        there = run((node, "-e", f'{_FIND} require.resolve("pg")'), name="pg", by=by, folder=folder)
        if not there.valid:
            return missing(files, by, "pg (npm install --global pg)")
        return tuple(run((node, "-e", _MAKE, one.name), name=one.name, by=by, folder=folder) for one in files)
