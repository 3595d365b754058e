use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "applications")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub title: String,
    pub kind: String,
    pub authentication: String,
    /// Present where it authenticates by keys of its own.
    pub jwks: Option<String>,
    pub tenant_id: Option<Uuid>,
    /// JSON lists, these two.
    pub redirect_uris: String,
    pub post_logout_uris: String,
    pub backchannel_logout: Option<String>,
    pub offline: String,
    pub signed_with: String,
    pub download: Option<String>,
    pub start: Option<String>,
    pub terms: Option<String>,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
