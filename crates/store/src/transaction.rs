use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    prelude::async_trait,
};

use crate::fault::Fault;

/// How many transactions this process has committed, shared by the clones of a store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written(Arc<AtomicU64>);

impl Written {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A transaction that may write, and is counted when it is committed.
pub(crate) struct Transaction {
    inner: DatabaseTransaction,
    written: Written,
}

impl Transaction {
    pub(crate) fn new(inner: DatabaseTransaction, written: Written) -> Self {
        Self { inner, written }
    }
}

/// Commits; a free function so that the database's own error type stays inside.
///
/// A commit that fails counts too: it may have happened all the same.
pub(crate) async fn finish(txn: Transaction) -> Result<(), Fault> {
    let committed = txn.inner.commit().await;
    txn.written.0.fetch_add(1, Ordering::SeqCst);
    Ok(committed?)
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.inner.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.inner.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.inner.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.inner.query_all_raw(statement).await
    }
}
