"""HiSLIP byte by byte, from IVI-6.1."""

from __future__ import annotations

import struct
import time
from typing import TYPE_CHECKING

import pytest

from tests.simulation import hislip
from tests.simulation.hislip import FIRST_ID, Client, Port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

IDENTITY = "stimcert bench,BW1,SIM0BW10001,1.0"


@pytest.fixture
def port() -> Iterator[Port]:
    """The sample instrument behind a HiSLIP port."""
    with Port() as opened:
        yield opened


def await_that(condition: Callable[[], bool]) -> None:
    """Return when it holds: another thread is about to make it true."""
    deadline = time.monotonic() + 10.0
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(1e-3)


def test_a_session_begins_on_two_channels(port: Port) -> None:
    """6.1: version 1.0, synchronized mode, a session id for the second channel; sizes are told each way (6.10)."""
    channel = port.channel()
    channel.socket.sendall(bytes.fromhex("4853 00 00 0100 7878 0000000000000007") + b"hislip0")
    assert channel.socket.recv(64) == bytes.fromhex("4853 01 00 0100 0001 0000000000000000")
    other = port.channel()
    other.socket.sendall(bytes.fromhex("4853 11 00 00000001 0000000000000000"))
    assert other.receive().kind == hislip.ASYNC_INITIALIZE_RESPONSE
    other.send(hislip.MAXIMUM_SIZE, payload=struct.pack("!Q", 4096))
    assert other.receive() == (hislip.MAXIMUM_SIZE_RESPONSE, 0, 0, struct.pack("!Q", 1 << 20))


def test_a_newer_client_is_answered_with_the_older_version(port: Port) -> None:
    """6.1: the server answers the highest version that both have."""
    channel = port.channel()
    channel.send(hislip.INITIALIZE, 0, 0x0200 << 16, b"")
    assert channel.receive().parameter >> 16 == 0x0100


def test_a_response_carries_the_id_of_its_query(port: Port) -> None:
    """3.1: the response has the MessageID of the message that ended the query, and ends with DataEnd."""
    client = port.client()
    assert client.query("*IDN?\n") == IDENTITY
    client.write("*I", kind=hislip.DATA)
    number = client.write("DN?")
    assert client.sync.receive() == (hislip.DATA_END, 0, number, IDENTITY.encode() + b"\n")
    client.delivered = 1
    assert client.query("SYST:ERR?") == '+0,"No error"'


def test_a_long_response_comes_in_parts_that_the_client_takes(port: Port) -> None:
    """6.10: no message is longer than the client said; all parts carry the query's id."""
    client = port.client()
    assert client.ask(hislip.MAXIMUM_SIZE, payload=struct.pack("!Q", 116)).kind == hislip.MAXIMUM_SIZE_RESPONSE
    for count, parts in ((99, [100]), (100, [100, 1]), (250, [100, 100, 51])):
        number = client.write(f"LONG? {count}")
        seen = [client.sync.receive() for _ in parts]
        assert [len(message.payload) for message in seen] == parts
        assert {message.parameter for message in seen} == {number}
        assert [message.kind for message in seen] == [hislip.DATA] * (len(parts) - 1) + [hislip.DATA_END]
        assert b"".join(message.payload for message in seen) == b"x" * count + b"\n"
        client.delivered = 1


def test_blocks_go_both_ways(port: Port) -> None:
    """A block may hold anything; one of indefinite length ends with the message (IEEE 488.2 7.7.6)."""
    client = port.client()
    data = bytes(range(256))
    client.write("BLOC #3256" + data.decode("latin-1"))
    client.write("BLOC?")
    assert client.sync.receive().payload == data + b"\n"
    client.delivered = 1
    client.write("BLOC #0a\nb;c,d\n")
    client.write("BLOC?")
    assert client.sync.receive().payload == b"a\nb;c,d\n"


def test_mav_follows_the_response(port: Port) -> None:
    """6.14: MAV from the response to its delivery, and never for a message that the server has not seen."""
    client = port.client()
    assert client.status() == 0
    number = client.write("*IDN?")
    await_that(lambda: client.status() == 0x10)
    assert client.ask(hislip.STATUS_QUERY, 0, number).control == 0x10
    assert client.ask(hislip.STATUS_QUERY, 0, number - 2).control == 0  # it names another message
    client.read()
    assert client.status() == 0
    assert client.query("SYST:ERR?") == '+0,"No error"'


def test_an_unread_response_is_an_error_that_the_client_is_not_told(port: Port) -> None:
    """3.1.1: a message without RMT-delivered after a response was sent: -410 in the queue, nothing on the wire."""
    client = port.client()
    client.write("*IDN?")
    assert client.read() == IDENTITY
    client.delivered = 0  # as if the application had never seen it
    assert client.query("*ESR?") == "+132"  # power on, query error
    assert client.query("SYST:ERR?") == '-410,"Query INTERRUPTED"'
    assert client.query("SYST:ERR?") == '+0,"No error"'


def test_a_message_before_the_response_interrupts_it(port: Port) -> None:
    """3.1.1: input that waits when a response is ready clears it; both channels name the message that interrupted."""
    client = port.client()
    first = hislip.HEADER.pack(b"HS", hislip.DATA_END, 0, FIRST_ID, 5) + b"*IDN?"
    second = hislip.HEADER.pack(b"HS", hislip.DATA_END, 0, FIRST_ID + 2, 6) + b"*OPC?\n"
    client.sync.socket.sendall(first + second)
    assert client.other.receive() == (hislip.ASYNC_INTERRUPTED, 0, FIRST_ID + 2, b"")
    assert client.sync.receive() == (hislip.INTERRUPTED, 0, FIRST_ID + 2, b"")
    assert client.sync.receive() == (hislip.DATA_END, 0, FIRST_ID + 2, b"1\n")
    client.next_id, client.delivered = FIRST_ID + 4, 1
    assert client.query("SYST:ERR?") == '-410,"Query INTERRUPTED"'


def test_a_message_during_a_query_interrupts_its_response(port: Port) -> None:
    """3.1.1: the same where the second message came while the first one was still being executed."""
    client = port.client()
    client.write("STAR")
    client.write("*OPC?")
    await_that(lambda: port.around.keeper.is_waited_for)
    second = client.write("*IDN?")
    with port.around.keeper:
        port.instrument.finish()
    assert client.other.receive() == (hislip.ASYNC_INTERRUPTED, 0, second, b"")
    assert client.sync.receive() == (hislip.INTERRUPTED, 0, second, b"")
    assert client.read() == IDENTITY


def test_two_messages_before_one_end_interrupt_each_other(port: Port) -> None:
    """A line feed ends a message: what is asked before it is not read any more (IEEE 488.2 6.3.2.3)."""
    client = port.client()
    assert client.query("*IDN?\n*OPC?\n") == "1"
    assert client.query("SYST:ERR?") == '-410,"Query INTERRUPTED"'


def test_a_device_clear_ends_a_query_that_waits(port: Port) -> None:
    """6.12: both handshakes, the message is abandoned, the instrument is cleared, ids begin anew."""
    client = port.client()
    client.write("WAIT?")
    await_that(lambda: port.around.keeper.is_waited_for)
    assert client.clear(wanted=1) == (hislip.CLEAR_ACKNOWLEDGE, 0, 0, b"")  # overlap mode is refused
    assert port.instrument.clears == 1
    assert client.query("SYST:ERR?") == '+0,"No error"'


def test_a_device_clear_takes_opc_back(port: Port) -> None:
    """IEEE 488.2 12.5.2: the event of an *OPC whose operation the clear ends never comes."""
    client = port.client()
    assert client.query("*CLS;STAR;*OPC;*STB?") == "+0"
    client.clear()
    assert client.query("*ESR?") == "+0"


def test_what_comes_during_a_device_clear_is_thrown_away(port: Port) -> None:
    """6.12: messages up to DeviceClearComplete are ignored."""
    client = port.client()
    assert client.ask(hislip.ASYNC_CLEAR).kind == hislip.ASYNC_CLEAR_ACKNOWLEDGE
    client.write("*IDN?")
    client.sync.send(hislip.TRIGGER, 0, client.next_id)
    client.sync.send(hislip.CLEAR_COMPLETE)
    assert client.sync.receive().kind == hislip.CLEAR_ACKNOWLEDGE
    assert port.instrument.triggers == 0
    client.next_id = FIRST_ID
    assert client.query("*OPC?") == "1"


def test_a_trigger_triggers_in_its_turn(port: Port) -> None:
    """6.9: the Trigger message is GET."""
    client = port.client()
    client.write("*CLS")
    client.write("", kind=hislip.TRIGGER)
    assert client.query("*OPC?") == "1"
    assert port.instrument.triggers == 1


def test_a_new_reason_requests_service_once(port: Port) -> None:
    """6.13: one request until the status was asked for, which clears the request and leaves the reason."""
    client = port.client()
    client.write("*CLS;*ESE 1;*SRE 36;STAR;*OPC")
    assert client.query("*STB?") == "+0"
    assert client.status() == 0
    with port.around.keeper:
        port.instrument.finish()
    assert client.other.receive() == (hislip.SERVICE_REQUEST, 0x60, 0, b"")
    client.write("FOO")  # one more reason, of which no request tells
    assert client.query("*STB?") == "+100"
    assert client.status() == 0x64
    assert client.status() == 0x24
    assert client.query("SYST:ERR?;*STB?") == '-113,"Undefined header";+112'  # MSS stays (IEEE 488.2 11.2.2); MAV
    assert client.query("*ESR?") == "+33"
    client.write("*OPC")
    assert client.other.receive() == (hislip.SERVICE_REQUEST, 0x60, 0, b"")


def test_mav_may_request_service(port: Port) -> None:
    """MAV is a reason like any other."""
    client = port.client()
    client.write("*CLS;*SRE 16")
    client.write("*IDN?")
    assert client.other.receive() == (hislip.SERVICE_REQUEST, 0x50, 0, b"")
    assert client.read() == IDENTITY


def test_an_exclusive_lock_makes_others_wait(port: Port) -> None:
    """6.5: what others send waits; their status queries do not. The release lets it through."""
    holder, other = port.client(), port.client()
    assert holder.lock() == 1
    assert holder.lock() == 3  # it has it already
    assert other.lock() == 0
    assert other.ask(hislip.LOCK_INFO) == (hislip.LOCK_INFO_RESPONSE, 1, 1, b"")
    other.write("*IDN?")
    assert holder.query("*OPC?") == "1"
    assert other.status() == 0
    assert holder.unlock() == 1
    assert other.read() == IDENTITY
    assert holder.unlock() == 3
    assert other.lock(timeout_ms=5000) == 1


def test_a_shared_lock_has_a_name(port: Port) -> None:
    """6.5: who knows the name shares it; of those one may have it alone; the last to leave frees it."""
    first, second, third = port.client(), port.client(), port.client()
    assert first.lock(b"ours") == 1
    assert second.lock(b"theirs") == 0
    assert second.lock(b"ours") == 1
    assert third.lock() == 0
    assert third.ask(hislip.LOCK_INFO) == (hislip.LOCK_INFO_RESPONSE, 0, 2, b"")
    assert second.query("*OPC?") == "1"
    assert first.lock() == 1
    assert second.lock() == 0
    assert (first.unlock(), first.unlock(), second.unlock()) == (1, 2, 2)
    assert third.lock() == 1


def test_a_lock_goes_with_its_client(port: Port) -> None:
    """A client that is gone holds nothing, and its session is not there any more."""
    holder, other = port.client(), port.client()
    assert holder.lock() == 1
    holder.sync.close()
    assert holder.other.is_closed()  # one channel takes the other with it
    assert other.lock(timeout_ms=10_000) == 1


def test_remote_and_local_are_acknowledged(port: Port) -> None:
    """6.8: codes 0 to 6; another one is an error that ends nothing."""
    client = port.client()
    for code in range(7):
        assert client.ask(hislip.REMOTE_LOCAL, code) == (hislip.REMOTE_LOCAL_RESPONSE, 0, 0, b"")
    assert client.ask(hislip.REMOTE_LOCAL, 7)[:2] == (hislip.ERROR, 2)
    assert client.query("*OPC?") == "1"


def test_what_is_not_understood_is_an_error_and_goes_on(port: Port) -> None:
    """6.3: message types, control codes, vendor messages and sizes; the session stays."""
    client = port.client()
    for kind, control, code in ((99, 0, 1), (hislip.STATUS_QUERY, 0, 1), (200, 0, 3), (hislip.DATA_END, 4, 2)):
        client.sync.send(kind, control, FIRST_ID, b"*RST")
        assert client.sync.receive()[:2] == (hislip.ERROR, code)
    assert client.ask(hislip.DATA_END)[:2] == (hislip.ERROR, 1)
    assert client.ask(hislip.ASYNC_LOCK, 9)[:2] == (hislip.ERROR, 2)
    assert client.ask(hislip.MAXIMUM_SIZE, payload=b"1")[:2] == (hislip.ERROR, 0)
    size = (1 << 20) + 1
    client.sync.socket.sendall(hislip.HEADER.pack(b"HS", hislip.DATA_END, 0, FIRST_ID, size) + bytes(size))
    assert client.sync.receive()[:2] == (hislip.ERROR, 4)
    assert client.query("*OPC?") == "1"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"*IDN?\n" + bytes(16), 1),
        (hislip.HEADER.pack(b"HS", hislip.DATA_END, 0, FIRST_ID, 0), 3),
        (hislip.HEADER.pack(b"HS", hislip.ASYNC_INITIALIZE, 0, 4711, 0), 3),
        (hislip.HEADER.pack(b"HS", hislip.INITIALIZE, 0, 0x01000000, 4) + b"gpib", 3),
    ],
)
def test_a_wrong_beginning_is_fatal(port: Port, data: bytes, code: int) -> None:
    """6.2: the error says why, and the connection is closed."""
    channel = port.channel()
    channel.socket.sendall(data)
    assert channel.receive()[:2] == (hislip.FATAL_ERROR, code)
    assert channel.is_closed()


def test_data_before_the_second_channel_is_fatal(port: Port) -> None:
    """6.2: code 2."""
    channel = port.channel()
    channel.send(hislip.INITIALIZE, 0, 0x01000000, b"hislip0")
    channel.receive()
    channel.send(hislip.DATA_END, 0, FIRST_ID, b"*IDN?")
    assert channel.receive()[:2] == (hislip.FATAL_ERROR, 2)
    assert channel.is_closed()


def test_bytes_out_of_step_end_the_session(port: Port) -> None:
    """6.2: a poorly formed header closes both channels."""
    client = port.client()
    client.sync.socket.sendall(b"XS" + bytes(14))
    assert client.sync.receive()[:2] == (hislip.FATAL_ERROR, 1)
    assert client.sync.is_closed()
    assert client.other.is_closed()


def test_a_query_that_waits_does_not_hold_the_others(port: Port) -> None:
    """Several clients at once: one waits for ever, the others are answered, and its end ends the wait."""
    waiting = port.client()
    waiting.write("WAIT?")
    others: list[Client] = [port.client() for _ in range(7)]
    assert [other.query("*OPC?") for other in others] == ["1"] * 7
    waiting.close()
    assert others[0].lock(timeout_ms=10_000) == 1
