"""Whether a port is free, and if not, who has it."""

import errno
import socket

import psutil

from scripts.dev.processes import SetupError

LOOPBACK = "127.0.0.1"


def is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise SetupError(
                f"Port {port} is reserved for root; choose one from 1024 on."
            ) from None
        except OSError as error:
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                raise SetupError(f"HOST={host} is not an address of this machine.") from None
            return False
    return True


def claim(host: str, port: int, option: str) -> int:
    if not is_free(host, port):
        raise SetupError(
            f"Port {port} is in use{_by_whom(port)}; stop that program or choose another port: "
            f"{option}={port + 10} scripts/run"
        )
    return port


def first_free(port: int) -> int:
    for candidate in range(port, port + 50):
        if is_free(LOOPBACK, candidate):
            return candidate
    raise SetupError(f"No free port from {port} to {port + 50}.")


def _by_whom(port: int) -> str:
    try:
        connections = psutil.net_connections("inet")
    except psutil.AccessDenied:
        return ""
    for connection in connections:
        at = connection.laddr
        if at and at.port == port and connection.status == psutil.CONN_LISTEN:
            return _name_of(connection.pid)
    return ""


def _name_of(pid: int | None) -> str:
    try:
        return f" by {psutil.Process(pid).name()} (process {pid})" if pid else ""
    except psutil.Error:
        return ""
