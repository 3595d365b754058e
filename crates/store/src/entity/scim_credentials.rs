use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scim_credentials")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub connection_id: Uuid,
    /// Present but for a token that an operator made.
    pub client_id: Option<Uuid>,
    /// Of an access token: the secret that it was given for, if it was given for one.
    pub issued_by: Option<Uuid>,
    pub dialect: String,
    pub kind: String,
    pub prefix: String,
    pub digest: Vec<u8>,
    pub label: Option<String>,
    pub created_at: i64,
    /// None where it never ends by itself.
    pub expires_at: Option<i64>,
    pub last_used: Option<i64>,
    pub revoked_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
