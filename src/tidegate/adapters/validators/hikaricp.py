"""What does HikariCP say of a pool's settings? Its HikariConfig takes them, judges them and is asked back.

What it sets to something else, because it is too small, counts as refused. Of Spring Boot's way of writing
them the names are turned into HikariCP's own, as Spring does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from tidegate.adapters.validators.validation import missing, program, run, unpacked
from tidegate.protect.config_file import ConfigFile, Validation

_BY = "HikariConfig"
_JARS = tuple(Path("/usr/share/java") / f"{name}.jar" for name in ("HikariCP", "slf4j-api"))
_CHECK = """
import com.zaxxer.hikari.HikariConfig;
import java.io.FileReader;
import java.util.Properties;

public class Check {
    public static void main(String[] args) throws Exception {
        Properties stated = new Properties();
        stated.load(new FileReader(args[0]));
        HikariConfig config = new HikariConfig(stated);
        config.setJdbcUrl("jdbc:none:");
        config.validate();
        for (String name : stated.stringPropertyNames()) {
            String getter = "get" + name.substring(0, 1).toUpperCase() + name.substring(1);
            String taken = String.valueOf(HikariConfig.class.getMethod(getter).invoke(config));
            if (!taken.equals(stated.getProperty(name))) {
                System.err.println(name + " = " + stated.getProperty(name) + " becomes " + taken);
                System.exit(1);
            }
        }
    }
}
"""


def validate(files: Sequence[ConfigFile]) -> tuple[Validation, ...]:
    """Return whether HikariCP takes each file and keeps every value of it."""
    java = program("java")
    if java is None or program("javac") is None:
        return missing(files, _BY, "a JDK")
    if not all(jar.is_file() for jar in _JARS):
        return missing(files, _BY, "libhikaricp-java")
    check = ConfigFile(target="", name="Check.java", text=_CHECK)
    with unpacked([check, *map(_plain, files)]) as folder:
        command = (java, "-cp", ":".join(map(str, _JARS)), "Check.java")
        return tuple(run((*command, one.name), name=one.name, by=_BY, folder=folder) for one in files)


def _plain(one: ConfigFile) -> ConfigFile:
    """Return Spring Boot's YAML as properties of HikariCP; properties as they are."""
    if not one.name.endswith(".yaml"):
        return one
    pool = yaml.safe_load(one.text)["spring"]["datasource"]["hikari"]
    rows = [f"{re.sub('-([a-z])', lambda found: found[1].upper(), name)}={pool[name]}" for name in pool]
    return replace(one, text="\n".join(rows) + "\n")
