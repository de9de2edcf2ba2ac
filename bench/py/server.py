"""The py-libp2p server that the client measures: TCP, Noise and Yamux, with the ping handler of the library.

It prints "Listening on MULTIADDR" and runs until SIGTERM or SIGINT.
"""

import ctypes
import gc
import signal

import trio
from libp2p import create_yamux_muxer_option, generate_new_ed25519_identity, new_host
from libp2p.host.ping import ID as PING, handle_ping
from libp2p.network.config import ConnectionConfig
from libp2p.rcmgr.manager import ResourceLimits, new_resource_manager
from multiaddr import Multiaddr

MANY = 100_000


async def main() -> None:
    host = new_host(
        key_pair=generate_new_ed25519_identity(),
        muxer_opt=create_yamux_muxer_option(),
        connection_config=ConnectionConfig(max_connections=MANY, high_watermark=MANY),
        resource_manager=new_resource_manager(ResourceLimits(max_connections=MANY, max_streams=MANY)),
    )
    host.set_stream_handler(PING, handle_ping)
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT, signal.SIGUSR2) as signals:
        async with host.run(listen_addrs=[Multiaddr("/ip4/127.0.0.1/tcp/0")]):
            port = host.get_transport_addrs()[0].value_for_protocol("tcp")
            print(f"Listening on /ip4/127.0.0.1/tcp/{port}/p2p/{host.get_id()}", flush=True)
            async for number in signals:
                if number != signal.SIGUSR2:
                    return
                give_memory_back()


def give_memory_back() -> None:
    """So that the resident memory says what is needed, not what is yet to be collected."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except AttributeError:
        pass  # not glibc


trio.run(main)
