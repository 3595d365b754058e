//! The files of a job, in the folder of the double.

use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::job::Job;
use super::log::LogEntry;
use super::settings::Settings;

/// `provisioning.toml`, `provisioning-job.json` and `provisioning-log.jsonl` in the folder of a double.
///
/// ```
/// use landfall_entra_twin::provisioning::{Job, JobFiles};
/// let folder = tempfile::tempdir()?;
/// let files = JobFiles::at(folder.path());
/// let job = files.job(uuid::Uuid::from_u128(7))?;
/// files.save_job(&job)?;
/// assert_eq!(files.job(uuid::Uuid::from_u128(8))?, job);
/// assert!(files.settings()?.users.enabled);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct JobFiles(PathBuf);

impl JobFiles {
    /// Those of this folder, which is there.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// The settings; without a file those of the default job.
    ///
    /// # Errors
    /// [`JobFileError`] with the file, and in its source the line and field.
    pub fn settings(&self) -> Result<Settings, JobFileError> {
        let path = self.0.join("provisioning.toml");
        let text = read(&path)?.unwrap_or_default();
        text.parse().map_err(|source| JobFileError::Settings { path, source: Box::new(source) })
    }

    /// The job; without a file one that has done nothing yet, with this id.
    ///
    /// # Errors
    /// [`JobFileError`] with the file.
    pub fn job(&self, fresh: Uuid) -> Result<Job, JobFileError> {
        let path = self.job_file();
        match read(&path)? {
            None => Ok(Job::new(fresh)),
            Some(text) => {
                serde_json::from_str(&text).map_err(|source| JobFileError::Content { path, source })
            }
        }
    }

    /// Writes the job in one step.
    ///
    /// # Errors
    /// [`JobFileError`] with the file.
    pub fn save_job(&self, job: &Job) -> Result<(), JobFileError> {
        let path = self.job_file();
        let text = serde_json::to_string(job)
            .map_err(|source| JobFileError::Content { path: path.clone(), source })?;
        let fresh = path.with_extension("json.new");
        fs::write(&fresh, text).map_err(at(&fresh))?;
        fs::rename(&fresh, &path).map_err(at(&path))
    }

    /// Writes entries behind those that are in the log.
    ///
    /// # Errors
    /// [`JobFileError`] with the file.
    pub fn append(&self, entries: &[LogEntry]) -> Result<(), JobFileError> {
        let path = self.log_file();
        let mut lines = String::new();
        for entry in entries {
            let line = serde_json::to_string(entry);
            lines.push_str(&line.map_err(|source| JobFileError::Content { path: path.clone(), source })?);
            lines.push('\n');
        }
        let file = OpenOptions::new().create(true).append(true).open(&path);
        file.and_then(|mut file| file.write_all(lines.as_bytes())).map_err(at(&path))
    }

    /// All entries of the log, the oldest first.
    ///
    /// # Errors
    /// [`JobFileError`] with the file.
    pub fn log(&self) -> Result<Vec<LogEntry>, JobFileError> {
        let path = self.log_file();
        let file = match fs::File::open(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            file => file.map_err(at(&path))?,
        };
        let lines = BufReader::new(file).lines();
        lines
            .map(|line| {
                let line = line.map_err(at(&path))?;
                serde_json::from_str(&line)
                    .map_err(|source| JobFileError::Content { path: path.clone(), source })
            })
            .collect()
    }

    fn job_file(&self) -> PathBuf {
        self.0.join("provisioning-job.json")
    }

    fn log_file(&self) -> PathBuf {
        self.0.join("provisioning-log.jsonl")
    }
}

/// The files of a job cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobFileError {
    /// The system refused.
    #[error("cannot use {path:?}: is it in a folder that `entra-twin init` made?")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The settings are not what they should be.
    #[error("cannot understand {path:?}")]
    Settings {
        /// The file.
        path: PathBuf,
        /// Line and field.
        source: Box<toml::de::Error>,
    },
    /// Job or log are not what this program writes.
    #[error("cannot understand {path:?}: remove it, and the job begins anew")]
    Content {
        /// The file.
        path: PathBuf,
        /// Line and field.
        source: serde_json::Error,
    },
}

impl JobFileError {
    /// A stable name of the variant.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "job-file",
            Self::Settings { .. } => "job-settings",
            Self::Content { .. } => "job-content",
        }
    }
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> JobFileError {
    let path = path.to_owned();
    move |source| JobFileError::File { path, source }
}

fn read(path: &Path) -> Result<Option<String>, JobFileError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_understood_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let files = JobFiles::at(folder.path());
        for (name, code) in [
            ("provisioning.toml", "job-settings"),
            ("provisioning-job.json", "job-content"),
            ("provisioning-log.jsonl", "job-content"),
        ] {
            fs::write(folder.path().join(name), "{ nonsense").unwrap();
            let error = match name {
                "provisioning.toml" => files.settings().unwrap_err(),
                "provisioning-job.json" => files.job(Uuid::nil()).unwrap_err(),
                _ => files.log().unwrap_err(),
            };
            assert_eq!(error.code(), code);
            assert!(error.to_string().contains(name), "{error}");
        }
        let nowhere = JobFiles::at(folder.path().join("none"));
        assert_eq!(nowhere.save_job(&Job::new(Uuid::nil())).unwrap_err().code(), "job-file");
        assert!(nowhere.log().unwrap().is_empty());
    }
}
