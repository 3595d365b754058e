use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub connection_id: Uuid,
    pub handle: String,
    /// Burnt when the session opens, as is `browser`.
    pub hop: Option<Vec<u8>>,
    pub browser: Option<Vec<u8>>,
    pub hop_until: i64,
    /// Present once the session is open.
    pub token: Option<Vec<u8>>,
    pub target: String,
    pub user_agent: Option<String>,
    pub opened_at: Option<i64>,
    pub expires_at: i64,
    pub ended_at: Option<i64>,
    pub end_reason: Option<String>,
    /// What the identity provider calls it; absent in sessions from before this was kept, as are the next two.
    pub name_id: Option<String>,
    pub name_id_saml: Option<Vec<u8>>,
    pub session_index: Option<String>,
    /// Milliseconds without use after which it ends.
    pub idle: i64,
    /// Absent while it waits for its hop, and in one from before this was kept until it is used.
    pub last_seen_at: Option<i64>,
    /// Absent in sessions from before this was kept.
    pub authenticated_at: Option<i64>,
    pub authn_context: Option<String>,
    /// A JSON list.
    pub authn_methods: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
