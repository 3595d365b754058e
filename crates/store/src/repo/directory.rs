use std::collections::HashMap;
use std::fmt;

use landfall_accounts::{
    Directory, DirectoryRequest, DirectoryUser, Group, GroupField, GroupId, GroupPush, MemberChange, Page,
    PageOf, Push, Query, StoredExtension, TenantId, UserField, UserId,
    ports::{DeleteOutcome, DirectoryStore, GroupOutcome, PortError, PushOutcome},
};
use time::OffsetDateTime;

use super::{directory_groups as groups, directory_users as users, memberships, push, scim_extensions};
use crate::{Store, open::Turn, store::finish};

impl DirectoryStore for Store {
    async fn push_user(
        &self,
        by: &DirectoryRequest,
        push: Push,
        now: OffsetDateTime,
    ) -> Result<PushOutcome, PortError> {
        let txn = self.transaction(Turn::Tenant(by.directory.tenant)).await?;
        let outcome = push::push(&txn, self.tombstones()?, by, None, &push, now).await?;
        finish(txn).await?;
        Ok(outcome)
    }

    async fn edit_user<E: fmt::Debug + Send>(
        &self,
        by: &DirectoryRequest,
        user: &UserId,
        edit: impl FnOnce(&DirectoryUser) -> Result<Push, E> + Send,
        now: OffsetDateTime,
    ) -> Result<Result<PushOutcome, E>, PortError> {
        let txn = self.transaction(Turn::Tenant(by.directory.tenant)).await?;
        let Some(known) = users::find(&txn, &by.directory, user).await? else {
            return Ok(Ok(PushOutcome::NotFound));
        };
        let push = match edit(&known) {
            Ok(push) => push,
            Err(error) => return Ok(Err(error)),
        };
        let outcome = push::push(&txn, self.tombstones()?, by, Some(known), &push, now).await?;
        finish(txn).await?;
        Ok(Ok(outcome))
    }

    async fn delete_user(
        &self,
        by: &DirectoryRequest,
        user: &UserId,
        now: OffsetDateTime,
    ) -> Result<DeleteOutcome, PortError> {
        let txn = self.transaction(Turn::Tenant(by.directory.tenant)).await?;
        let outcome = push::delete(&txn, self, by, user, now).await?;
        finish(txn).await?;
        Ok(outcome)
    }

    async fn declared_extension(&self, tenant: TenantId) -> Result<Option<StoredExtension>, PortError> {
        Ok(scim_extensions::find(self.reader(), tenant).await?)
    }

    async fn find_user(
        &self,
        directory: &Directory,
        user: &UserId,
    ) -> Result<Option<DirectoryUser>, PortError> {
        Ok(users::find(self.reader(), directory, user).await?)
    }

    async fn users_page(
        &self,
        directory: &Directory,
        query: &Query<UserField>,
    ) -> Result<Page<DirectoryUser>, PortError> {
        Ok(users::page(self.reader(), directory, query).await?)
    }

    async fn push_group(
        &self,
        by: &DirectoryRequest,
        group: GroupPush,
        members: Vec<UserId>,
        now: OffsetDateTime,
    ) -> Result<GroupOutcome, PortError> {
        let txn = self.transaction(Turn::Tenant(by.directory.tenant)).await?;
        let outcome = groups::create(&txn, by, group, members, now).await?;
        finish(txn).await?;
        Ok(outcome)
    }

    async fn edit_group<E: fmt::Debug + Send>(
        &self,
        by: &DirectoryRequest,
        group: &GroupId,
        edit: impl FnOnce(&Group) -> Result<(GroupPush, Vec<MemberChange>), E> + Send,
        now: OffsetDateTime,
    ) -> Result<Result<GroupOutcome, E>, PortError> {
        let txn = self.transaction(Turn::Tenant(by.directory.tenant)).await?;
        let Some(known) = groups::find(&txn, &by.directory, group).await? else {
            return Ok(Ok(GroupOutcome::NotFound));
        };
        let (push, changes) = match edit(&known) {
            Ok(edited) => edited,
            Err(error) => return Ok(Err(error)),
        };
        let outcome = groups::change(&txn, by, known, push, changes, now).await?;
        finish(txn).await?;
        Ok(Ok(outcome))
    }

    async fn delete_group(
        &self,
        by: &DirectoryRequest,
        group: &GroupId,
        now: OffsetDateTime,
    ) -> Result<DeleteOutcome, PortError> {
        let txn = self.transaction(Turn::Tenant(by.directory.tenant)).await?;
        let outcome = groups::delete(&txn, by, group, now).await?;
        finish(txn).await?;
        Ok(outcome)
    }

    async fn find_group(&self, directory: &Directory, group: &GroupId) -> Result<Option<Group>, PortError> {
        Ok(groups::find(self.reader(), directory, group).await?)
    }

    async fn groups_page(
        &self,
        directory: &Directory,
        query: &Query<GroupField>,
    ) -> Result<Page<Group>, PortError> {
        Ok(groups::page(self.reader(), directory, query).await?)
    }

    async fn members(
        &self,
        directory: &Directory,
        group: &GroupId,
        page: PageOf,
    ) -> Result<Page<UserId>, PortError> {
        Ok(memberships::page(self.reader(), directory, group, page).await?)
    }

    async fn groups_of(
        &self,
        directory: &Directory,
        users: &[UserId],
    ) -> Result<HashMap<UserId, Vec<Group>>, PortError> {
        Ok(memberships::groups_of(self.reader(), directory, users).await?)
    }
}
