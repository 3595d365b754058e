use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use landfall_accounts::{AppAuthentication, AppName, Application};
use landfall_store::Store;

use super::{keys, terms};
use crate::environment::now;

/// One thing that an operator says of an application.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    key: Key,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Title,
    Auth,
    Keys,
    Tenant,
    Redirect,
    PostLogout,
    Backchannel,
    Offline,
    Alg,
    Download,
    Start,
    Terms,
}

impl Key {
    const ALL: [(&str, Self); 12] = [
        ("title", Self::Title),
        ("auth", Self::Auth),
        ("keys", Self::Keys),
        ("tenant", Self::Tenant),
        ("redirect", Self::Redirect),
        ("post-logout", Self::PostLogout),
        ("backchannel", Self::Backchannel),
        ("offline", Self::Offline),
        ("alg", Self::Alg),
        ("download", Self::Download),
        ("start", Self::Start),
        ("terms", Self::Terms),
    ];

    fn is_list(self) -> bool {
        matches!(self, Self::Redirect | Self::PostLogout)
    }
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("expected key=value")?;
        let found = Key::ALL.iter().find(|(key, _)| *key == name);
        let (_, key) = found.ok_or_else(|| {
            let names: Vec<&str> = Key::ALL.iter().map(|(key, _)| *key).collect();
            format!("there is no setting `{name}`: write one of {}", names.join(", "))
        })?;
        Ok(Self { key: *key, value: value.to_owned() })
    }
}

pub(super) async fn run(store: &Store, name: &AppName, settings: Vec<Setting>) -> Result<()> {
    for (at, setting) in settings.iter().enumerate() {
        let twice = settings.iter().skip(at + 1).any(|other| other.key == setting.key);
        if twice && !setting.key.is_list() {
            bail!("a setting is named twice, of which one value alone can count");
        }
    }
    let mut edits: Vec<Edit> = Vec::new();
    for key in [Key::Redirect, Key::PostLogout] {
        let given = settings.iter().filter(|setting| setting.key == key);
        edits.extend(list(key, given.map(|setting| setting.value.as_str()).collect())?);
    }
    for setting in settings.iter().filter(|setting| !setting.key.is_list()) {
        edits.push(edit(store, setting).await?);
    }
    let edit = move |app: &mut Application| edits.into_iter().for_each(|edit| edit(app));
    let app = store.change_application(name, edit, now()).await?;
    println!("{}: changed", app.name);
    if app.authentication == AppAuthentication::Secret && store.app_secrets(&app.id, now()).await?.is_empty()
    {
        println!("{}: it has no secret yet: `landfall app rotate {}` makes one", app.name, app.name);
    }
    Ok(())
}

type Edit = Box<dyn FnOnce(&mut Application) + Send>;

/// Addresses, which take the place of all that there are; an empty one alone takes all away.
fn list(key: Key, given: Vec<&str>) -> Result<Option<Edit>> {
    if given.is_empty() {
        return Ok(None);
    }
    let mut uris = Vec::new();
    for value in given.into_iter().filter(|value| !value.is_empty()) {
        uris.push(value.parse()?);
    }
    Ok(Some(Box::new(move |app| match key {
        Key::Redirect => app.redirect_uris = uris,
        _ => app.post_logout_uris = uris,
    })))
}

async fn edit(store: &Store, setting: &Setting) -> Result<Edit> {
    let value = setting.value.as_str();
    let there = (!value.is_empty()).then_some(value);
    let url = || there.map(str::parse).transpose();
    Ok(match setting.key {
        Key::Title => {
            let title = value.parse()?;
            Box::new(move |app| app.title = title)
        }
        Key::Auth if value == "secret" => Box::new(|app| app.authentication = AppAuthentication::Secret),
        Key::Auth => bail!("auth={value}: write auth=secret, or keys=FILE for private_key_jwt"),
        Key::Keys => {
            let keys = keys(Path::new(value))?;
            Box::new(move |app| app.authentication = keys)
        }
        Key::Tenant => {
            let tenant = match there {
                Some(name) => Some(store.tenant_named(&name.parse()?).await?.id),
                None => None,
            };
            Box::new(move |app| app.tenant = tenant)
        }
        Key::Backchannel => {
            let url = url()?;
            Box::new(move |app| app.backchannel_logout = url)
        }
        Key::Offline => {
            let offline = value.parse()?;
            Box::new(move |app| app.offline = offline)
        }
        Key::Alg => {
            let algorithm = value.parse()?;
            Box::new(move |app| app.signed_with = algorithm)
        }
        Key::Download => {
            let url = url()?;
            Box::new(move |app| app.activation.download = url)
        }
        Key::Start => {
            let url = url()?;
            Box::new(move |app| app.activation.start = url)
        }
        Key::Terms => {
            let terms = there.map(|file| terms(Path::new(file))).transpose().context("terms")?;
            Box::new(move |app| app.activation.terms = terms)
        }
        Key::Redirect | Key::PostLogout => bail!("a list is set as a whole"),
    })
}
