"""On PYTHONPATH, this takes the network from every Python that starts, but for this machine."""

import socket

connect, getaddrinfo = socket.socket.connect, socket.getaddrinfo
HERE = {"127.0.0.1", "localhost", "::1", "0.0.0.0", "", None}


def connect_here(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in HERE:
        raise OSError(f"The test has no network: {address[0]} was asked for.")
    return connect(self, address)


def look_up_here(host, *arguments, **keywords):
    if host not in HERE:
        raise socket.gaierror(f"The test has no network: {host} was asked for.")
    return getaddrinfo(host, *arguments, **keywords)


socket.socket.connect, socket.getaddrinfo = connect_here, look_up_here
