use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "test_logins")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// Of the secret in the link.
    #[sea_orm(primary_key, auto_increment = false)]
    pub link: Vec<u8>,
    pub connection_id: Uuid,
    /// Of the link until it is opened, then of the login.
    pub expires_at: i64,
    /// Present once the link was opened.
    pub handle: Option<String>,
    /// Present once a response was judged, as are the next five but `user_id`.
    pub hop: Option<Vec<u8>>,
    pub seen_until: Option<i64>,
    pub code: Option<String>,
    pub says: Option<String>,
    pub user_id: Option<Uuid>,
    pub decision: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
