//! An address that messages name and that nobody may fetch.

use std::io::{self, Read as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// A port of 127.0.0.1 at which nobody is to knock; whoever does gets no answer.
pub(super) struct Bait {
    place: SocketAddr,
    address: String,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    connections: AtomicUsize,
    over: AtomicBool,
}

impl Bait {
    /// # Errors
    /// If no port is free.
    pub(super) fn lay() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let place = listener.local_addr()?;
        let counts = Arc::new(Counts::default());
        let counted = counts.clone();
        thread::Builder::new().name("bait".to_owned()).spawn(move || {
            for connection in listener.incoming() {
                counted.connections.fetch_add(1, Ordering::SeqCst);
                drop(connection);
                if counted.over.load(Ordering::SeqCst) {
                    break;
                }
            }
        })?;
        Ok(Self { place, address: format!("http://{place}"), counts })
    }

    /// Where it is, without a slash at the end.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// How many connections have come since it was asked last.
    pub(super) fn taken(&self) -> usize {
        // Connections are counted in their order, and this one ends when it has been.
        let own = TcpStream::connect(self.place).is_ok_and(|mut own| {
            let _ = own.read(&mut [0]);
            true
        });
        self.counts.connections.swap(0, Ordering::SeqCst).saturating_sub(own.into())
    }
}

impl Drop for Bait {
    fn drop(&mut self) {
        self.counts.over.store(true, Ordering::SeqCst);
        // It waits for one more.
        drop(TcpStream::connect(self.place));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_connection_is_counted_once_and_ended() {
        let bait = Bait::lay().unwrap();
        assert_eq!(bait.address(), format!("http://{}", bait.place));
        assert_eq!(bait.taken(), 0);
        let mut first = TcpStream::connect(bait.place).unwrap();
        drop(TcpStream::connect(bait.place).unwrap());
        assert_eq!((bait.taken(), bait.taken()), (2, 0));
        assert_eq!(first.read(&mut [0]).unwrap(), 0);
    }
}
