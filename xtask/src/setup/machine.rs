//! What is on this machine, by its files.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::postgres;

/// Something that a machine shows when a thing is installed.
pub(super) enum Sign {
    /// A program on the search path.
    Program(&'static str),
    /// A file, by its path from the root.
    File(&'static str),
    /// A module that Python finds; Debian keeps some of its own in packages apart.
    PythonModule(&'static str),
    /// The programs of a PostgreSQL server, which Debian keeps off the search path.
    PostgresServer,
    /// A module that pkg-config knows.
    PkgConfig(&'static str),
    /// The shared library that bindgen loads.
    Libclang,
    /// The headers that come with clang itself; without them bindgen does not find `stddef.h`.
    ClangHeaders,
}

/// A machine: where it looks for programs, where its files begin, and how it was told otherwise.
pub(super) struct Machine {
    search: Vec<PathBuf>,
    root: PathBuf,
    environment: fn(&str) -> Option<OsString>,
}

impl Machine {
    /// This one.
    pub(super) fn here() -> Self {
        let search = env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
        Self { search, root: PathBuf::from("/"), environment: crate::workspace::set }
    }

    /// Whether this sign is there.
    pub(super) fn shows(&self, sign: &Sign) -> bool {
        match sign {
            Sign::Program(name) => self.search.iter().any(|folder| folder.join(name).is_file()),
            Sign::File(path) => self.root.join(path).is_file(),
            Sign::PythonModule(module) => self.succeeds("python3", &["-c", &format!("import {module}")]),
            Sign::PostgresServer => postgres::programs(&self.root, &self.search).is_some(),
            Sign::PkgConfig(module) => self.succeeds("pkg-config", &["--exists", module]),
            Sign::Libclang => {
                self.told("LIBCLANG_PATH")
                    || self.library_folders().iter().any(|folder| holds_libclang(folder))
            }
            Sign::ClangHeaders => {
                let folders = self.library_folders();
                let mut versions = folders.iter().flat_map(|folder| subfolders(&folder.join("clang")));
                self.told("BINDGEN_EXTRA_CLANG_ARGS")
                    || versions.any(|version| version.join("include/stddef.h").is_file())
            }
        }
    }

    /// Whether a program on the search path is content.
    fn succeeds(&self, program: &str, words: &[&str]) -> bool {
        let Ok(path) = env::join_paths(&self.search) else { return false };
        let mut command = Command::new(program);
        command.env("PATH", path).args(words).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    /// Whether the environment says where to look, which is believed.
    fn told(&self, variable: &str) -> bool {
        (self.environment)(variable).is_some()
    }

    /// `/usr/lib`, `/usr/lib/x86_64-linux-gnu`, `/usr/lib/llvm-14/lib` and their like.
    fn library_folders(&self) -> Vec<PathBuf> {
        let mut folders = Vec::new();
        for base in ["usr/lib", "usr/lib64", "usr/local/lib"] {
            let base = self.root.join(base);
            for folder in subfolders(&base) {
                folders.push(folder.join("lib"));
                folders.push(folder);
            }
            folders.push(base);
        }
        folders
    }
}

/// `libclang.so` and `libclang-14.so.1`, but not `libclang-cpp.so.14`, which is another library.
fn holds_libclang(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let Some(rest) = name.to_str().and_then(|name| name.strip_prefix("libclang")) else { return false };
        rest.starts_with(".so")
            || rest.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    })
}

fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A machine with these files and nothing else.
    pub(crate) fn machine(files: &[&str]) -> (tempfile::TempDir, Machine) {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let search = vec![root.path().join("usr/bin")];
        let machine = Machine { search, root: root.path().to_owned(), environment: |_| None };
        (root, machine)
    }

    #[track_caller]
    fn shows(sign: Sign, file: &str) -> bool {
        let (_root, machine) = machine(&[file]);
        machine.shows(&sign)
    }

    #[test]
    fn a_program_is_found_on_the_search_path() {
        assert!(shows(Sign::Program("chromium"), "usr/bin/chromium"));
        assert!(!shows(Sign::Program("chromium"), "usr/lib/chromium"));
        assert!(!shows(Sign::Program("chromium"), "usr/bin/chromium-browser"));
    }

    #[test]
    fn a_file_is_found_at_its_place() {
        const PAGE: &str = "usr/share/simplesamlphp/www/index.php";
        assert!(shows(Sign::File(PAGE), PAGE));
        assert!(!shows(Sign::File(PAGE), "usr/share/simplesamlphp/index.php"));
    }

    #[test]
    fn without_python_it_finds_no_module() {
        let (_root, machine) = machine(&[]);
        assert!(!machine.shows(&Sign::PythonModule("venv")));
    }

    #[test]
    fn a_postgres_server_is_found_where_debian_keeps_it() {
        let files = ["initdb", "postgres", "pg_isready", "createdb"]
            .map(|program| format!("usr/lib/postgresql/15/bin/{program}"));
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let (_root, machine) = machine(&files);
        assert!(machine.shows(&Sign::PostgresServer));
        let (_root, machine) = super::tests::machine(&files[1..]);
        assert!(!machine.shows(&Sign::PostgresServer), "a client alone is no server");
    }

    #[test]
    fn libclang_is_found_where_systems_put_it() {
        for file in [
            "usr/lib/x86_64-linux-gnu/libclang-14.so.1",
            "usr/lib/llvm-14/lib/libclang.so.1",
            "usr/lib64/libclang.so",
        ] {
            assert!(shows(Sign::Libclang, file), "{file}");
        }
    }

    #[test]
    fn the_other_library_of_clang_does_not_count() {
        assert!(!shows(Sign::Libclang, "usr/lib/x86_64-linux-gnu/libclang-cpp.so.14"));
        assert!(!shows(Sign::Libclang, "usr/lib/x86_64-linux-gnu/libclang_rt.so"));
    }

    #[test]
    fn headers_count_with_stddef_alone() {
        assert!(shows(Sign::ClangHeaders, "usr/lib/llvm-14/lib/clang/14.0.6/include/stddef.h"));
        assert!(shows(Sign::ClangHeaders, "usr/lib/clang/14/include/stddef.h"));
        assert!(!shows(Sign::ClangHeaders, "usr/lib/clang/14/include/other.h"));
        assert!(!shows(Sign::ClangHeaders, "usr/include/stddef.h"));
    }

    #[test]
    fn who_tells_where_headers_are_is_believed() {
        let (_root, mut machine) = machine(&[]);
        assert!(!machine.shows(&Sign::ClangHeaders));
        machine.environment = |name| (name == "BINDGEN_EXTRA_CLANG_ARGS").then(|| "-I/headers".into());
        assert!(machine.shows(&Sign::ClangHeaders));
        assert!(!machine.shows(&Sign::Libclang));
    }

    #[test]
    fn without_pkg_config_no_module_is_known() {
        let (_root, machine) = machine(&[]);
        assert!(!machine.shows(&Sign::PkgConfig("xmlsec1")));
    }
}
