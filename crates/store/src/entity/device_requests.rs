use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "device_requests")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub device_code: Vec<u8>,
    pub user_code: String,
    pub app_id: Uuid,
    pub scopes: String,
    pub created_at: i64,
    pub expires_at: i64,
    /// Milliseconds between two questions.
    pub interval: i64,
    pub last_asked_at: Option<i64>,
    pub decision: Option<String>,
    /// Present once its person has said yes, as is `grant_id`.
    pub tenant_id: Option<Uuid>,
    pub grant_id: Option<Uuid>,
    pub used_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
