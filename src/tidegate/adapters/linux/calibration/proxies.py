"""How are the proxies started that a calibration measures? One thread each, and no more than is needed."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tidegate.adapters.linux.sandbox.features import missing_programs, program
from tidegate.adapters.linux.sandbox.namespace import Namespace
from tidegate.errors import RigError

_READY_S = 10.0
_NGINX_STREAM = (
    "/usr/lib/nginx/modules/ngx_stream_module.so",
    "/usr/lib64/nginx/modules/ngx_stream_module.so",
)
_VERSION = re.compile(r"\d+\.\d+(\.\d+)*")
_VERSION_WORDS = {"haproxy": "-v", "nginx": "-v", "envoy": "--version"}
_TITLES = {"haproxy": "HAProxy", "nginx": "nginx", "envoy": "Envoy"}


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """A running proxy.

    Parameters
    ----------
    process
        The one process that does its work.
    port
        Where it listens.
    """

    process: subprocess.Popen[bytes]
    port: int

    def stop(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait()


def version(name: str) -> str:
    """Return name and version of an installed program, such as ``HAProxy 2.6.12``.

    Raises
    ------
    RigError
        If it is not installed.
    """
    path = program(name)
    if path is None:
        raise RigError(missing_programs([name])[0])
    said = subprocess.run(  # noqa: S603  a program of PATH, asked for its version
        [path, _VERSION_WORDS[name]], capture_output=True, text=True, check=False
    )
    found = _VERSION.search(said.stdout + said.stderr)
    return f"{_TITLES[name]} {found[0] if found else ''}".strip()


def start(place: Namespace, name: str, backend: int, certificate: str = "") -> Proxy:
    """Start a proxy in front of a backend's port and wait until it listens.

    Parameters
    ----------
    place
        The namespace it runs in.
    name
        ``haproxy_tcp`` and so on; a name ending in ``_here`` answers by itself.
    backend
        Port of 127.0.0.1 that it passes connections on to.
    certificate
        File with key and certificate, where it ends TLS.

    Raises
    ------
    RigError
        If it is not installed, or does not come to listen.
    """
    path = program(name.partition("_")[0])
    if path is None:
        raise RigError(missing_programs([name.partition("_")[0]])[0])
    with place.entered(), closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    written = Path(f"{name}-{port}.yaml").absolute()  # Envoy goes by the ending; the others do not care
    text, arguments = _CONFIGURATIONS[name](port, backend, certificate)
    written.write_text(text, encoding="utf-8")
    complaints = written.with_suffix(".log")
    with complaints.open("wb") as log:
        words = [path, *(word.replace("FILE", str(written)) for word in arguments)]
        process = place.start(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    proxy = Proxy(process=process, port=port)
    _wait(place, proxy, name, complaints)
    return proxy


def _wait(place: Namespace, proxy: Proxy, name: str, complaints: Path) -> None:
    end_s = time.monotonic() + _READY_S
    while not _listens(place, proxy.port):
        if proxy.process.poll() is not None or time.monotonic() > end_s:
            proxy.stop()
            said = complaints.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise RigError(
                f"{name.partition('_')[0]} does not start: {said[0] if said else 'it says nothing'}"
            )
        time.sleep(0.02)


def _listens(place: Namespace, port: int) -> bool:
    with place.entered():
        table = Path("/proc/thread-self/net/tcp").read_text(encoding="ascii")
    return f":{port:04X} 00000000:0000 0A" in table


def _haproxy(mode: str, extra: str) -> Callable[[int, int, str], tuple[str, list[str]]]:
    def configuration(port: int, backend: int, certificate: str) -> tuple[str, list[str]]:
        tls = f" ssl crt {certificate} ssl-min-ver TLSv1.3" if certificate else ""
        text = (
            "global\n  maxconn 2000\n  nbthread 1\ndefaults\n"
            f"  mode {mode}\n  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\n"
            f"frontend here\n  bind 127.0.0.1:{port}{tls}\n  {extra}\n  default_backend there\n"
            f"backend there\n  server one 127.0.0.1:{backend}\n"
        )
        return text, ["-db", "-f", "FILE"]

    return configuration


def _nginx(body: str, *, stream: bool) -> Callable[[int, int, str], tuple[str, list[str]]]:
    def configuration(port: int, backend: int, _certificate: str) -> tuple[str, list[str]]:
        module = next((path for path in _NGINX_STREAM if Path(path).exists()), "") if stream else ""
        load = f"load_module {module};\n" if module else ""
        temporary = "".join(
            f"{kind}_temp_path {kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        text = (
            f"{load}daemon off;\nmaster_process off;\nuser root;\npid nginx.pid;\nerror_log stderr crit;\n"
            "events { worker_connections 2000; }\n"
            + body.format(port=port, backend=backend, temporary="" if stream else temporary)
        )
        return text, ["-e", "stderr", "-p", str(Path.cwd()), "-c", "FILE"]

    return configuration


def _envoy(port: int, backend: int, _certificate: str) -> tuple[str, list[str]]:
    text = f"""
static_resources:
  listeners:
  - address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
    filter_chains:
    - filters:
      - name: tcp
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: here
          cluster: there
  clusters:
  - name: there
    connect_timeout: 5s
    load_assignment:
      cluster_name: there
      endpoints:
      - lb_endpoints:
        - endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {backend}}}}}}}
"""
    return text, ["--disable-hot-restart", "--concurrency", "1", "-l", "error", "--config-path", "FILE"]


_CONFIGURATIONS: dict[str, Callable[[int, int, str], tuple[str, list[str]]]] = {
    "haproxy_tcp": _haproxy("tcp", ""),
    "haproxy_http": _haproxy("http", "option httpclose"),
    "haproxy_here": _haproxy("http", "option httpclose\n  http-request return status 200"),
    "nginx_tcp": _nginx(
        "stream {{ server {{ listen 127.0.0.1:{port}; proxy_pass 127.0.0.1:{backend}; }} }}\n", stream=True
    ),
    "nginx_http": _nginx(
        "http {{ {temporary} access_log off; server {{ listen 127.0.0.1:{port}; keepalive_timeout 0; "
        "location / {{ proxy_pass http://127.0.0.1:{backend}; }} }} }}\n",
        stream=False,
    ),
    "envoy_tcp": _envoy,
}
