//! A folder that holds one tenant and its application.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{App, Seed, Tenant};

/// A folder with `tenant.toml` and `app.toml`.
///
/// A running double reads both at each request, so that an edit takes effect at once.
///
/// ```
/// use landfall_entra_twin::{DataDir, Seed};
/// let folder = tempfile::tempdir()?;
/// let data = DataDir::init(folder.path().join("twin"), Seed::Contoso)?;
/// assert_eq!(data.tenant()?.name, "Contoso");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// Names a folder that [`DataDir::init`] made before.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// Makes the folder if need be and writes the files of a seed into it.
    ///
    /// # Errors
    /// [`DataError::Exists`] if a tenant is there already, [`DataError::File`] if the folder cannot be written.
    pub fn init(folder: impl Into<PathBuf>, seed: Seed) -> Result<Self, DataError> {
        let data = Self::at(folder);
        let (tenant, app) = (data.tenant_file(), data.app_file());
        for path in [&tenant, &app] {
            if path.exists() {
                return Err(DataError::Exists { path: path.clone() });
            }
        }
        fs::create_dir_all(&data.0).map_err(at(&data.0))?;
        fs::write(&app, seed.app_toml()).map_err(at(&app))?;
        fs::write(&tenant, seed.tenant_toml()).map_err(at(&tenant))?;
        Ok(data)
    }

    /// Reads the tenant.
    ///
    /// # Errors
    /// [`DataError`] names the file and, in its source, the line and field.
    pub fn tenant(&self) -> Result<Tenant, DataError> {
        read(&self.tenant_file())
    }

    /// Reads the application.
    ///
    /// # Errors
    /// [`DataError`] names the file and, in its source, the line and field.
    pub fn app(&self) -> Result<App, DataError> {
        read(&self.app_file())
    }

    /// Writes the application in one step, so that a running double reads the old file or the new one.
    ///
    /// Comments in the file are not kept.
    ///
    /// # Errors
    /// [`DataError::File`] if the folder cannot be written.
    pub fn save_app(&self, app: &App) -> Result<(), DataError> {
        self.save(&self.app_file(), app)
    }

    /// Writes the tenant, as [`DataDir::save_app`] writes the application.
    ///
    /// # Errors
    /// [`DataError::File`] if the folder cannot be written.
    pub fn save_tenant(&self, tenant: &Tenant) -> Result<(), DataError> {
        self.save(&self.tenant_file(), tenant)
    }

    fn save(&self, path: &Path, content: &impl Serialize) -> Result<(), DataError> {
        let written = toml::to_string_pretty(content)
            .map_err(|source| DataError::Write { path: path.to_owned(), source: Box::new(source) })?;
        let fresh = path.with_extension("toml.new");
        fs::write(
            &fresh,
            format!("# TEST KEY: never trust this certificate anywhere but on your own machine.\n{written}"),
        )
        .map_err(at(&fresh))?;
        fs::rename(&fresh, path).map_err(at(path))
    }

    fn tenant_file(&self) -> PathBuf {
        self.0.join("tenant.toml")
    }

    fn app_file(&self) -> PathBuf {
        self.0.join("app.toml")
    }
}

/// The files of a double cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// [`DataDir::init`] does not overwrite.
    #[error("{path:?} is there already: choose another folder, or remove it")]
    Exists {
        /// The file in the way.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot use {path:?}: is it a folder that `entra-twin init` made?")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("cannot understand {path:?}")]
    Content {
        /// The file.
        path: PathBuf,
        /// Line and field.
        source: Box<toml::de::Error>,
    },
    /// Tenant or application cannot be written as TOML.
    #[error("cannot write {path:?}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What is not writable.
        source: Box<toml::ser::Error>,
    },
}

impl DataError {
    /// A stable name of the variant.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "data-exists",
            Self::File { .. } => "data-file",
            Self::Content { .. } => "data-content",
            Self::Write { .. } => "data-write",
        }
    }
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> DataError {
    let path = path.to_owned();
    move |source| DataError::File { path, source }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, DataError> {
    let text = fs::read_to_string(path).map_err(at(path))?;
    toml::from_str(&text)
        .map_err(|source| DataError::Content { path: path.to_owned(), source: Box::new(source) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_survives_being_written() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::init(folder.path(), Seed::Contoso).unwrap();
        let mut app = data.app().unwrap();
        app.sign_on_url = "http://127.0.0.1:1/sso?a=\"b\"".into();
        data.save_app(&app).unwrap();
        let again = data.app().unwrap();
        assert_eq!(again.sign_on_url, app.sign_on_url);
        assert_eq!(again.claims, app.claims);
        assert!(again.signing == app.signing);
    }

    #[test]
    fn a_tenant_survives_being_written() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::init(folder.path(), Seed::Contoso).unwrap();
        let mut tenant = data.tenant().unwrap();
        tenant.users[0].user_principal_name = "Bea@contoso.example".to_owned();
        data.save_tenant(&tenant).unwrap();
        let again = data.tenant().unwrap();
        assert_eq!(again.users.len(), tenant.users.len());
        assert!(again.find("Bea@contoso.example").is_some() && again.signing == tenant.signing);
    }

    #[test]
    fn a_tenant_in_the_folder_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        DataDir::init(folder.path(), Seed::Contoso).unwrap();
        let error = DataDir::init(folder.path(), Seed::Fabrikam).unwrap_err();
        assert_eq!(error.code(), "data-exists");
        assert_eq!(DataDir::at(folder.path()).tenant().unwrap().name, "Contoso");
    }

    #[test]
    fn a_broken_file_is_named_with_its_field() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::init(folder.path(), Seed::Contoso).unwrap();
        let path = folder.path().join("app.toml");
        let broken = fs::read_to_string(&path).unwrap().replace("sign = \"assertion\"", "sign = \"nothing\"");
        fs::write(&path, broken).unwrap();
        let error = data.app().unwrap_err();
        assert_eq!(error.code(), "data-content");
        assert!(error.to_string().contains("app.toml"));
        assert!(std::error::Error::source(&error).unwrap().to_string().contains("nothing"));
        assert_eq!(DataDir::at(folder.path().join("none")).app().unwrap_err().code(), "data-file");
    }
}
