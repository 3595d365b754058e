use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "logout_notices")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// As the application was when the session ended: it may be deleted since.
    pub app: String,
    /// Absent in those from before this was kept.
    pub app_id: Option<Uuid>,
    pub address: String,
    pub signed_with: String,
    pub user_id: Uuid,
    pub session_id: Uuid,
    pub ended_at: i64,
    pub tries: i32,
    pub due_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
