#!/bin/sh
# pyhaproxy 0.3.7 (PyPI), Python 3.11: HAProxy configurations with `bind :443`, `server-template` and a `listen` section.
#
# Expected  each bind and server is read, or an error: HAProxy's manual writes `bind :80` in its own examples, the address may
#           be left out, and server-template stands where server stands.
# Seen      a bind without an address is left out without a word, as are the servers of a template: a frontend of two ports
#           has one, a backend of eleven servers one. Only in a `listen` section a missing address raises an
#           exception, and the whole file is not read.
# Matters   limits and servers are counted from such a reading: a door that is open is not on the list, and a backend looks
#           as if one server carried it.
set -eu
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT && cd "$place"
python3 -m venv own && own/bin/pip install --quiet pyhaproxy==0.3.7 2>/dev/null
cat >run.py <<'EOF'
import sys
from pyhaproxy.parse import Parser

FILE = """global
    maxconn 1000
defaults
    mode http
    timeout connect 5s
frontend doors
    bind *:80
    bind :443 ssl crt /etc/a.pem
    default_backend web
backend web
    server one 10.0.0.1:80 check maxconn 100
    server-template web 1-10 web.example:80 check
"""
def listened(bind):
    try:
        return len(Parser(filestring=FILE + f"listen other\n    bind {bind}\n    server x 10.0.0.2:80\n").build_configuration().listens)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
read = Parser(filestring=FILE).build_configuration()
binds = [bind.port for bind in read.frontends[0].binds()]
servers = [server.name for server in read.backends[0].servers()]
star, none = listened("*:8080"), listened(":8080")
print(f"binds: {binds}; servers: {servers}; listen sections with *:8080: {star}; with :8080: {none}")
sys.exit(0 if binds == ["80"] and servers == ["one"] and star == 1 and "Exception" in str(none) else 1)
EOF
own/bin/python run.py
