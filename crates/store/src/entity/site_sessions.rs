use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "site_sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: Vec<u8>,
    pub session_id: Uuid,
    pub site_id: Uuid,
    /// Of the cookie of the browser that began.
    pub state: Vec<u8>,
    pub target: String,
    pub code_until: i64,
    /// Present once the code was exchanged for it, as is `entered_at`.
    pub token: Option<Vec<u8>>,
    pub entered_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
