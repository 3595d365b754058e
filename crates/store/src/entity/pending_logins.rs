use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pending_logins")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_id: String,
    pub handle: String,
    pub connection_id: Uuid,
    pub relay_state: Vec<u8>,
    pub browser: Vec<u8>,
    pub target: String,
    pub begun_at: i64,
    pub expires_at: i64,
    pub restart: Option<String>,
    pub saml: Vec<u8>,
    pub consumed_at: Option<i64>,
    pub purpose: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
