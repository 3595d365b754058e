use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "connections")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub state: String,
    pub entity_id: String,
    /// JSON: a list of pairs of binding and location.
    pub sso: String,
    /// Present on an Entra connection alone.
    pub entra_tid: Option<String>,
    /// Present on any other connection alone, as is `login_name`.
    pub subject: Option<String>,
    pub login_name: Option<String>,
    pub preset: String,
    pub jit: String,
    pub unsolicited: String,
    pub certificate_dates: String,
    pub guests: String,
    pub created_at: i64,
    /// JSON: a list of triples of name, reason and end.
    pub weakenings: String,
    /// JSON: a list of triples of binding, location and place of answers.
    pub slo: String,
    pub metadata_valid_until: Option<i64>,
    pub force_authn: String,
    pub name_id_format: String,
    pub authn_context: String,
    /// Present where our name is another than the installation's.
    pub own_entity_id: Option<String>,
    pub traced_until: Option<i64>,
    /// Present at most where `traced_until` is.
    pub traced_because: Option<String>,
    /// Present where they are shorter than the installation's.
    pub session_idle: Option<String>,
    pub session_absolute: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
