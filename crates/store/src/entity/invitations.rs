use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// Of the secret in the link.
    #[sea_orm(primary_key, auto_increment = false)]
    pub link: Vec<u8>,
    pub user_id: Uuid,
    pub expires_at: i64,
    /// How it ended before its time.
    pub ended: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
