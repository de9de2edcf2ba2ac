//! The rust-libp2p server that the client measures: TCP, Noise, Yamux, ping and identify. It prints "Listening on
//! MULTIADDR" and runs until SIGTERM or SIGINT.

use std::error::Error;
use std::time::Duration;

use futures::StreamExt;
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{SwarmBuilder, identify, noise, ping, tcp, yamux};
use tokio::signal::unix::{SignalKind, signal};

/// Its own pings are as far apart as those of the other servers: it is the client that pings.
const PING_INTERVAL: Duration = Duration::from_secs(100);
/// Ping streams do not count as use, and a connection that is not used is closed after 10 s by default.
const IDLE_TIMEOUT: Duration = Duration::from_secs(3600);

#[derive(NetworkBehaviour)]
struct Behaviour {
    ping: ping::Behaviour,
    identify: identify::Behaviour,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut swarm = SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)?
        .with_behaviour(|key| Behaviour {
            ping: ping::Behaviour::new(ping::Config::new().with_interval(PING_INTERVAL)),
            identify: identify::Behaviour::new(identify::Config::new("ipfs/0.1.0".into(), key.public())),
        })?
        .with_swarm_config(|config| config.with_idle_connection_timeout(IDLE_TIMEOUT))
        .build();
    swarm.listen_on("/ip4/127.0.0.1/tcp/0".parse()?)?;

    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut asked_to_trim = signal(SignalKind::user_defined2())?;
    loop {
        tokio::select! {
            event = swarm.select_next_some() => {
                if let SwarmEvent::NewListenAddr { address, .. } = event {
                    println!("Listening on {address}/p2p/{}", swarm.local_peer_id());
                }
            }
            _ = asked_to_trim.recv() => give_memory_back(),
            _ = terminated.recv() => return Ok(()),
            _ = interrupted.recv() => return Ok(()),
        }
    }
}

/// So that the resident memory says what is needed, not what the allocator keeps for later.
#[cfg(target_env = "gnu")]
fn give_memory_back() {
    // SAFETY: glibc takes its own locks, and no argument can be wrong.
    unsafe { libc::malloc_trim(0) };
}

#[cfg(not(target_env = "gnu"))]
fn give_memory_back() {}
