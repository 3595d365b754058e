//! How far the clock of an identity provider is from ours, as a figure.

use metrics_exporter_prometheus::PrometheusBuilder;
use time::Duration;

use crate::world::{SIMON, World};

#[tokio::test]
async fn the_clock_of_an_identity_provider_is_measured_at_each_accepted_login() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _counted_here = metrics::set_default_local_recorder(&recorder);
    let world = World::new().await;
    for (ahead, status, shown) in [(7, 303, "7"), (3660, 403, "7"), (-40, 303, "-40"), (-61, 403, "-40")] {
        let mut browser = world.browser();
        let begun = browser.begin(&world, &world.contoso).await;
        let now = world.clock.now();
        world.clock.set(now - Duration::seconds(ahead));
        let message = world.contoso.says(&world.contoso.person(SIMON), Some(&begun));
        world.clock.set(now);
        let answer = browser.submit(&world.contoso.form(&message, Some(&begun))).await;
        assert_eq!(answer.status, status, "{ahead}");
        let figures = recorder.handle().render();
        let line = format!("landfall_idp_clock_skew_seconds{{connection=\"contoso-entra\"}} {shown}\n");
        assert!(figures.contains(&line), "{ahead}: {figures}");
    }
}
