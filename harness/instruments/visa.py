"""One VISA connection: ask, get the whole answer of this question, or fail.

A connection on which anything went wrong is closed and opened again before its next use. It is never read again: what
comes out of it could be the answer to an earlier question.
"""

from __future__ import annotations

import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from harness.errors import BadAnswer, ConnectionFault, NoAnswer, StimcertError
from harness.instruments.receive import PEEK, MessageBytes, SocketBytes, limit_silence, waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_RECEIVE_BYTES = 1 << 20
_LONGEST_BLOCK_DIGITS = 9
_QUOTED = 60
_GREETING = b"*CLS;*OPC?\n"
DEFAULT_TIMEOUT_S = 5.0
"""Wall time after which a peer counts as dead. Bench time never runs into it."""


def brief(message: str) -> str:
    """A message as a sentence quotes it: whole if short, else its beginning."""
    return repr(message if len(message) <= _QUOTED else message[: _QUOTED - 3] + "...")


def _reason(error: Exception) -> str:
    """What an exception of another layer says; its kind where it says nothing."""
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")


class VisaLink:
    """A connection to one instrument.

    Args:
        role: of the instrument, for messages.
        resource: VISA resource name.
        library: VISA library, as PyVISA names it.
        timeout_s: wall time after which the peer counts as dead.
    """

    def __init__(self, role: str, resource: str, library: str = "@py", timeout_s: float = DEFAULT_TIMEOUT_S) -> None:
        self.role = role
        self.resource = resource
        self._library = library
        self._timeout_s = timeout_s
        self._manager: Any = None
        self._session: Any = None
        # Under a session of pyvisa-py: its own object, and the plain socket where it is one.
        self._inner: Any = None
        self._peer: socket.socket | None = None
        # Where nothing may wait to be read between two exchanges: that socket, or the one HiSLIP answers on.
        self._watched: socket.socket | None = None
        self._ends_messages = False
        self._trusted = False
        # False where an answer just filled what was asked of a transport: more of it may wait unseen.
        self._end_is_known = True
        self._greeted = False

    def ready(self) -> None:
        """Open the connection now, where it is not; the next question then costs no more than itself."""
        if self._session is None or not self._trusted:
            self.query("*OPC?")

    def query(self, message: str) -> str:
        """Send a message and return its one-line answer, without the line feed.

        Raises:
            ConnectionFault: the connection is lost or the instrument does not answer.
            BadAnswer: the answer is no line of ASCII text.
        """
        return self._line(message, message.encode("ascii"))

    def query_after_block(self, command: str, data: bytes, question: str) -> str:
        """Send a command whose last parameter is a block, and a question behind it; return the question's one line.

        Args:
            command: up to the block, for example `DATA:ARB:DAC name,`.
            data: of a block of definite length (IEEE 488.2, 7.7.6.2), any bytes.
            question: in the same message, so that nothing is in flight afterwards.
        """
        length = str(len(data))
        if len(length) > _LONGEST_BLOCK_DIGITS:
            raise ValueError(f"a block of {length} bytes is longer than its header can say")
        head, tail = f"{command}#{len(length)}{length}".encode("ascii"), f";{question}".encode("ascii")
        return self._line(f"{command}<{length} bytes>;{question}", head + data + tail)

    def query_block(self, message: str) -> bytes:
        """Send a message and return the data of the definite-length block that answers it (IEEE 488.2, 8.7.9).

        Over a raw socket each of the block's four parts (two bytes, length, data, line feed) has the time-out plus what
        its bytes take at `receive.SLOWEST_BYTES_PER_S`. Over other transports PyVISA's time-out holds for each of its
        own reads.

        Raises:
            ConnectionFault: the connection is lost, or the block does not come, or not whole, in time.
            BadAnswer: the answer is no block, or its message ends before or after the block does.
        """
        with self._exchange(message) as session:
            peer = self._peer
            if peer is not None:
                peer.sendall(message.encode("ascii") + b"\n")
                return self._read_block(SocketBytes(peer, self._timeout_s).take, message)
            session.write_raw(message.encode("ascii") + b"\n")
            if self._ends_messages:
                return self._message_block(session, message)
            # Termination off: a block may hold any byte, and a read would stop at each line feed in it.
            session.read_termination = None
            try:
                return self._read_block(lambda count: session.read_bytes(count, chunk_size=_RECEIVE_BYTES), message)
            finally:
                session.read_termination = "\n"

    def reopen(self) -> None:
        """Close the connection; the next question opens a fresh one."""
        self._trusted = False
        if self._session is not None:
            with suppress(Exception):  # a dead peer cannot be closed politely, and need not be
                self._session.close()
            self._session = None

    def close(self) -> None:
        """Close for good."""
        self.reopen()
        if self._manager is not None:
            self._manager.close()
            self._manager = None

    def _line(self, message: str, raw_message: bytes) -> str:
        with self._exchange(message) as session:
            session.write_raw(raw_message + b"\n")
            raw = session.read_raw()
            line, end, surplus = raw.partition(b"\n")
            if not end:
                raise BadAnswer(self._said(message, raw, "a line that ends"))
            if surplus:
                raise self._unasked(surplus, message)
            try:
                return str(line.decode("ascii")).strip()
            except UnicodeDecodeError as error:
                raise BadAnswer(self._said(message, raw, "ASCII text")) from error

    def _message_block(self, session: Any, message: str) -> bytes:  # noqa: ANN401 - PyVISA's resource
        incoming = MessageBytes(session)
        try:
            data = self._read_block(incoming.take, message)
        except EOFError as error:
            raise BadAnswer(f"{self.role} answered {brief(message)} only in part: {error}") from error
        if incoming.left:
            raise self._unasked(incoming.left, message)
        self._end_is_known = incoming.ended
        return data

    def _read_block(self, read: Callable[[int], bytes], message: str) -> bytes:
        head = read(2)
        if head[:1] != b"#" or not head[1:2].isdigit() or head[1:2] == b"0":
            raise BadAnswer(self._said(message, head, "a block of definite length"))
        digits = read(int(head[1:2]))
        if not digits.isdigit() or len(digits) > _LONGEST_BLOCK_DIGITS:
            raise BadAnswer(self._said(message, head + digits, "the length of a block"))
        data = read(int(digits)) if int(digits) else b""
        if read(1) != b"\n":
            raise BadAnswer(f"{self.role} answered {brief(message)} with a block that is longer than it says")
        return data

    @contextmanager
    def _exchange(self, message: str) -> Iterator[Any]:
        import pyvisa  # noqa: PLC0415 - late: a run that needs no bench need not pay for it

        session = self._open()
        self._refuse_surplus(message)
        self._trusted = False
        self._end_is_known = True
        try:
            if not self._greeted:
                # What an earlier user left in the error queue is not blamed on our commands.
                session.write_raw(_GREETING)
                session.read_raw()
                self._greeted = True
            yield session
        except pyvisa.VisaIOError as error:
            if error.error_code == pyvisa.constants.StatusCode.error_timeout:
                raise self._silence(message) from error
            raise ConnectionFault(
                f"{self.role} at {self.resource}: {error.description}; asked {brief(message)}"
            ) from error
        except TimeoutError as error:
            raise self._silence(message, str(error)) from error
        except StimcertError:
            raise
        except Exception as error:
            # Whatever else the layers below raise: bare RuntimeErrors and failed assertions of pyvisa-py among it.
            raise ConnectionFault(
                f"lost the connection to {self.role} at {self.resource} while asking {brief(message)}: "
                f"{_reason(error)}; check that it is on and connected"
            ) from error
        self._refuse_surplus(message)
        # Not reached after any exception or signal: the connection stays untrusted and is not read again.
        self._trusted = self._end_is_known

    def _open(self) -> Any:  # noqa: ANN401 - PyVISA's resource
        if self._session is not None and self._trusted:
            return self._session
        self.reopen()
        import pyvisa  # noqa: PLC0415 - late, as above

        try:
            if self._manager is None:
                self._manager = pyvisa.ResourceManager(self._library)
            milliseconds = int(self._timeout_s * 1000)
            session: Any = self._manager.open_resource(self.resource, open_timeout=milliseconds)
            self._session = session
            session.timeout = milliseconds
            serial = pyvisa.constants.InterfaceType.asrl
            info = self._manager.resource_info(self.resource)
            # HiSLIP, VXI-11, USBTMC and GPIB mark where a message ends; sockets and serial lines do not.
            self._ends_messages = info.resource_class == "INSTR" and info.interface_type != serial
            # A message is read to its own end; reading to a line feed would leave the rest of it unseen.
            session.read_termination = None if self._ends_messages else "\n"
            self._tune()
        except Exception as error:
            raise ConnectionFault(
                f"cannot open {self.role} at {self.resource}: {_reason(error)}; "
                "check the bench file's resource and the cable"
            ) from error
        self._greeted = False
        return session

    def _tune(self) -> None:
        """Make raw sockets of pyvisa-py fast: no waiting for delayed acknowledgements, large receives."""
        sessions = getattr(self._manager.visalib, "sessions", None)
        self._inner = sessions.get(self._session.session) if isinstance(sessions, dict) else None
        interface = getattr(self._inner, "interface", None)
        self._peer = interface if isinstance(interface, socket.socket) else None
        self._watched = self._peer if self._peer is not None else getattr(interface, "_sync", None)
        if self._peer is not None:
            self._peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            limit_silence(self._peer, self._timeout_s)
            self._inner.max_recv_size = _RECEIVE_BYTES

    def _refuse_surplus(self, message: str) -> None:
        """Nothing may wait to be read but the answer that was asked for; SCPI gives answers no tags.

        Raises:
            BadAnswer: more came than was asked for; the connection is opened anew before its next use.
        """
        surplus = bytes(getattr(self._inner, "_pending_buffer", b""))
        if not surplus and self._watched is not None:
            surplus = waiting(self._watched, _QUOTED)
        if surplus:
            self.reopen()
            raise self._unasked(surplus, message)

    def _unasked(self, surplus: bytes, message: str) -> BadAnswer:
        return BadAnswer(f"{self.role} sent {surplus[:_QUOTED]!r} that nobody asked for, around {brief(message)}")

    def _silence(self, message: str, came: str = "") -> ConnectionFault:
        peer = self._peer
        if peer is not None:
            # pyvisa-py reports a closed connection as a time-out; look whether there is still a peer.
            with suppress(OSError):
                if peer.recv(1, PEEK) == b"":
                    return ConnectionFault(
                        f"{self.role} at {self.resource} closed the connection instead of answering {brief(message)}; "
                        "check that it is on and that nobody else uses it"
                    )
        said = (
            f"answered {brief(message)} only in part: {came}"
            if came
            else f"did not answer {brief(message)} within {self._timeout_s:g} s"
        )
        return NoAnswer(f"{self.role} at {self.resource} {said}; check that it is on and connected")

    def _said(self, message: str, raw: bytes, expected: str) -> str:
        return f"{self.role} answered {brief(message)} with {raw[:40]!r}, which is not {expected}"
