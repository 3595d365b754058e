use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    /// Counts up, so that what happened in one millisecond keeps its order.
    #[sea_orm(primary_key)]
    pub id: i64,
    pub at: i64,
    pub kind: String,
    pub tenant_id: Option<Uuid>,
    pub connection_id: Option<Uuid>,
    pub user_id: Option<Uuid>,
    pub trace: Option<String>,
    pub detail: String,
    /// Its number in the chain of its tenant, or of the installation; absent in a row that Landfall did not write.
    pub seq: Option<i64>,
    /// Present where `seq` is, as is `hash`.
    pub form: Option<i64>,
    pub hash: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
