use std::{collections::HashMap, fmt, future::Future};

use time::OffsetDateTime;

use super::PortError;
use crate::{
    Directory, DirectoryRequest, DirectoryUser, Group, GroupField, GroupId, GroupPush, MemberChange, Page,
    PageOf, Push, PushRefusal, Query, StoredExtension, TenantId, UserField, UserId,
};

/// Keeps what the directories of customers push: people and groups.
///
/// # Security
/// Each method reaches what its directory has pushed, and nothing else: what is of another tenant, of another connection
/// or of no directory is not found [attack H1].
pub trait DirectoryStore: Send + Sync {
    /// Makes the account of a person who is pushed, or takes over the one that has the person's identity key.
    ///
    /// In one transaction the facts are read, [`decide_push`](crate::decide_push) is asked with the connection's settings
    /// of this moment, and its decision is carried out.
    /// The sessions of a person who is pushed as inactive end in it.
    /// Each outcome leaves its event.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then nothing happened.
    fn push_user(
        &self,
        by: &DirectoryRequest,
        push: Push,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<PushOutcome, PortError>> + Send;

    /// Changes an account: whole, in part, or its activity alone, as `edit` says of what stands there.
    ///
    /// One transaction, as for [`push_user`](Self::push_user); nobody changes the account between the reading and the writing.
    /// What `edit` answers with an error is not changed.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then nothing happened.
    ///
    /// # Security
    /// The sessions of a person who becomes inactive end in the same transaction [attack H8].
    fn edit_user<E: fmt::Debug + Send>(
        &self,
        by: &DirectoryRequest,
        user: &UserId,
        edit: impl FnOnce(&DirectoryUser) -> Result<Push, E> + Send,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Result<PushOutcome, E>, PortError>> + Send;

    /// Deprovisions an account: its sessions end, its keys are buried, its memberships end,
    /// and what the directory said of it is forgotten.
    ///
    /// The account stays, so that the log can be read, and is not found any more.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then nothing happened.
    fn delete_user(
        &self,
        by: &DirectoryRequest,
        user: &UserId,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<DeleteOutcome, PortError>> + Send;

    /// What the tenant declares of attributes of its own at this moment; none if it declares nothing.
    ///
    /// What stands under a version is never changed, so that it need be asked for once.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn declared_extension(
        &self,
        tenant: TenantId,
    ) -> impl Future<Output = Result<Option<StoredExtension>, PortError>> + Send;

    /// The account of this id, active or not.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn find_user(
        &self,
        directory: &Directory,
        user: &UserId,
    ) -> impl Future<Output = Result<Option<DirectoryUser>, PortError>> + Send;

    /// The accounts that fit, active or not.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn users_page(
        &self,
        directory: &Directory,
        query: &Query<UserField>,
    ) -> impl Future<Output = Result<Page<DirectoryUser>, PortError>> + Send;

    /// Makes a group with these members.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then nothing happened.
    fn push_group(
        &self,
        by: &DirectoryRequest,
        group: GroupPush,
        members: Vec<UserId>,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<GroupOutcome, PortError>> + Send;

    /// Changes a group and its members, as `edit` says of what stands there, in one transaction.
    ///
    /// It costs as much as the members that are named, however many the group has.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then nothing happened.
    fn edit_group<E: fmt::Debug + Send>(
        &self,
        by: &DirectoryRequest,
        group: &GroupId,
        edit: impl FnOnce(&Group) -> Result<(GroupPush, Vec<MemberChange>), E> + Send,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Result<GroupOutcome, E>, PortError>> + Send;

    /// Deletes a group; its members stay.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then nothing happened.
    fn delete_group(
        &self,
        by: &DirectoryRequest,
        group: &GroupId,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<DeleteOutcome, PortError>> + Send;

    /// The group of this id, without its members.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn find_group(
        &self,
        directory: &Directory,
        group: &GroupId,
    ) -> impl Future<Output = Result<Option<Group>, PortError>> + Send;

    /// The groups that fit, without their members.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn groups_page(
        &self,
        directory: &Directory,
        query: &Query<GroupField>,
    ) -> impl Future<Output = Result<Page<Group>, PortError>> + Send;

    /// The members of a group, active or not, the oldest account first.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn members(
        &self,
        directory: &Directory,
        group: &GroupId,
        page: PageOf,
    ) -> impl Future<Output = Result<Page<UserId>, PortError>> + Send;

    /// The groups of which each of these accounts is a member, the oldest first; who is in none is left out.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn groups_of(
        &self,
        directory: &Directory,
        users: &[UserId],
    ) -> impl Future<Output = Result<HashMap<UserId, Vec<Group>>, PortError>> + Send;
}

/// What became of a person who was pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "whoever answers must handle every outcome")]
pub enum PushOutcome {
    /// An account was made.
    Created(Box<DirectoryUser>),
    /// The account that the person had from signing in is the directory's now.
    Attached(Box<DirectoryUser>),
    /// The account is as was pushed, whether it was before or not.
    Changed(Box<DirectoryUser>),
    /// Nothing was changed.
    Refused(PushRefusal),
    /// The directory has no such account.
    NotFound,
}

/// What became of a group that was pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "whoever answers must handle every outcome")]
pub enum GroupOutcome {
    /// It is as was pushed.
    Done(Box<Group>),
    /// Nothing was changed.
    Refused(GroupRefusal),
    /// The directory has no such group.
    NotFound,
}

/// Why a group is not as was pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GroupRefusal {
    /// The connection is disabled.
    #[error("the connection is disabled")]
    ConnectionDisabled,
    /// The name is another group's.
    #[error("the group {with} of this directory has this name already")]
    NameTaken {
        /// The group.
        with: GroupId,
    },
    /// The external id is another group's.
    #[error("the group {with} of this directory has this external id already")]
    ExternalIdTaken {
        /// The group.
        with: GroupId,
    },
    /// Somebody who was to be a member is not of this directory.
    #[error("this directory has no account {user}, which was to be a member: push the person first")]
    NoMember {
        /// The first such account.
        user: UserId,
    },
    /// The directory has as many groups as it may have.
    #[error("this directory has {most} groups, and may not have more")]
    Full {
        /// How many it may have.
        most: u64,
    },
}

impl GroupRefusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ConnectionDisabled => "connection.disabled",
            Self::NameTaken { .. } => "group.name_taken",
            Self::ExternalIdTaken { .. } => "group.external_id_taken",
            Self::NoMember { .. } => "group.no_member",
            Self::Full { .. } => "group.full",
        }
    }
}

/// What became of a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "whoever answers must handle every outcome")]
pub enum DeleteOutcome {
    /// It is gone.
    Deleted,
    /// The directory has nothing of this id.
    NotFound,
    /// The connection is disabled; nothing was changed.
    Disabled,
}
