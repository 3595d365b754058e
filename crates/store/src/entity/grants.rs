use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "grants")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub app_id: Uuid,
    pub user_id: Uuid,
    pub connection_id: Uuid,
    pub session_id: Uuid,
    pub scopes: String,
    pub nonce: Option<String>,
    pub lasting: String,
    /// Absent where a device was approved, as are the next three.
    pub redirect: Option<String>,
    pub challenge: Option<String>,
    /// Stays when it is redeemed, so that it is known when it comes again.
    pub code: Option<Vec<u8>>,
    pub code_until: Option<i64>,
    /// Absent until its application has tokens.
    pub redeemed_at: Option<i64>,
    pub authenticated_at: Option<i64>,
    pub authn_context: Option<String>,
    /// A JSON list.
    pub authn_methods: Option<String>,
    pub created_at: i64,
    pub last_used_at: i64,
    pub expires_at: i64,
    pub ended_at: Option<i64>,
    pub user_agent: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
