use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "connection_certificates")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub connection_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub fingerprint: Vec<u8>,
    pub der: Vec<u8>,
    pub not_before: i64,
    pub not_after: i64,
    pub state: String,
    pub first_seen: i64,
    pub last_used: Option<i64>,
    /// How many days before its end it was last warned of.
    pub expiry_warned: Option<i64>,
    /// How many milliseconds the identity provider's clock was ahead at the last login that was written down.
    pub clock_last: Option<i64>,
    pub clock_last_seen: Option<i64>,
    /// The greatest of a day.
    pub clock_most: Option<i64>,
    pub clock_most_seen: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
