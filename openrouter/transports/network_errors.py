"""What goes wrong with a connection, under the names that httpx has for it: its exceptions are made of these later."""

from __future__ import annotations


class NetworkError(Exception):
    """The other side is gone."""


class ConnectError(NetworkError):
    """No connection came about."""


class ReadError(NetworkError):
    """The connection broke while something was to be read."""


class WriteError(NetworkError):
    """The connection broke while something was to be written."""


class TimeoutException(Exception):  # noqa: N818 - as httpx calls it
    """Something took too long."""


class ConnectTimeout(TimeoutException):
    """Connecting did."""


class ReadTimeout(TimeoutException):
    """Reading did."""


class WriteTimeout(TimeoutException):
    """Writing did."""


class ProtocolError(Exception):
    """One side did not keep to HTTP."""


class LocalProtocolError(ProtocolError):
    """This one would not."""


class RemoteProtocolError(ProtocolError):
    """The other one did not."""


NETWORK_ERRORS = (NetworkError, TimeoutException, ProtocolError, OSError)
"""All of them, and what sockets raise, such as a broken record of TLS."""
