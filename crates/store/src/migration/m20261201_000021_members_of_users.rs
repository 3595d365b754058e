//! The groups of an account are found in an index alone: one that has only whose they are loses, to a planner that has counted
//! nothing, against the primary key, which has all members of the tenant.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut index = Index::create();
        index.name("directory_members_of_user").table("directory_members");
        for column in ["tenant_id", "user_id", "group_id"] {
            index.col(column);
        }
        manager.create_index(index).await?;
        let mut old = Index::drop();
        old.name("directory_members_user").table("directory_members");
        manager.drop_index(old).await
    }
}
