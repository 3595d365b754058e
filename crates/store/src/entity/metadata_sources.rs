use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "metadata_sources")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub connection_id: Uuid,
    pub url: String,
    pub approval: String,
    pub signed_by: Option<Vec<u8>>,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub last_success: i64,
    /// Both or neither, as is `failure`.
    pub failed_at: Option<i64>,
    pub failure: Option<String>,
    pub last_attempt: i64,
    /// Also the lease: whoever fetches has moved it on before.
    pub next_attempt: i64,
    /// JSON: a list of pairs of binding and location, at another host.
    pub waiting: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
