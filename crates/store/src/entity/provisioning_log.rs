use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provisioning_log")]
pub struct Model {
    /// Counts up in the order of writing.
    #[sea_orm(primary_key)]
    pub id: i64,
    pub tenant_id: Uuid,
    pub connection_id: Uuid,
    pub credential_id: Uuid,
    /// How the credential begins; absent if it was gone when the row was written.
    pub prefix: Option<String>,
    pub at: i64,
    pub trace: String,
    pub action: String,
    /// `user`, `group` or `other`.
    pub target: String,
    pub user_id: Option<Uuid>,
    pub group_id: Option<Uuid>,
    pub name: Option<String>,
    pub name_folded: Option<String>,
    pub changes: String,
    pub status: i64,
    pub code: Option<String>,
    pub took: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
