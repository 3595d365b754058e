//! Several things at once, and not too many.

use std::future::Future;

use tokio::task::JoinSet;

/// Does the work of each item, at most `limit` at once, and begins no more once a result says to stop.
///
/// What is under way then is waited for. Results come in the order in which they end.
pub(crate) async fn at_once<I, O, F>(
    items: Vec<I>,
    limit: usize,
    work: impl Fn(I) -> F,
    stops: impl Fn(&O) -> bool,
) -> Vec<O>
where
    F: Future<Output = O> + Send + 'static,
    O: Send + 'static,
{
    let mut results = Vec::with_capacity(items.len());
    let mut waiting = items.into_iter();
    let mut running = JoinSet::new();
    let mut stopped = false;
    loop {
        while !stopped && running.len() < limit.max(1) {
            let Some(item) = waiting.next() else { break };
            running.spawn(work(item));
        }
        match running.join_next().await {
            None => return results,
            Some(Ok(result)) => {
                stopped = stopped || stops(&result);
                results.push(result);
            }
            Some(Err(error)) => {
                // Nobody aborts them, so that it is a panic, which is the caller's.
                if let Ok(panic) = error.try_into_panic() {
                    std::panic::resume_unwind(panic);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::task::yield_now;

    use super::*;

    #[tokio::test]
    async fn never_more_than_the_limit_are_under_way() {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let work = |item: usize| {
            let (now, most) = (now.clone(), most.clone());
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                for _ in 0..item % 5 {
                    yield_now().await;
                }
                now.fetch_sub(1, Ordering::SeqCst);
                item
            }
        };
        let mut results = at_once((0..100).collect(), 4, work, |_| false).await;
        results.sort_unstable();
        assert_eq!(results, (0..100).collect::<Vec<_>>());
        assert_eq!(most.load(Ordering::SeqCst), 4);
    }

    #[tokio::test]
    async fn after_a_stop_nothing_more_begins() {
        let results = at_once((0..100).collect(), 3, |item| async move { item }, |item| *item == 10).await;
        assert!(results.contains(&10) && results.len() <= 13, "{results:?}");
    }
}
