use axum::Router;

use super::World;

impl World {
    /// From now on the headers of this proxy count.
    pub(crate) fn trust(&mut self, proxy: &str) {
        self.proxies.push(proxy.parse().unwrap());
        self.serve();
    }

    /// Puts somebody at a host of the network.
    pub(crate) fn put(&self, host: &str, router: Router) {
        self.net.put(host, router);
    }

    /// Landfall itself, past the network.
    pub(crate) fn router(&self) -> Router {
        self.net.at("sso.example")
    }
}
