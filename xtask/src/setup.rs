//! Looks for what this machine lacks, and installs it or says how.
//!
//! Where nothing is missing it prints nothing and is done at once, so that `demo` and `test` begin with it.

mod machine;
mod node;
mod python;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace::{Workspace, line, output, run};
use machine::Sign::{ClangHeaders, File, Libclang, PkgConfig, PostgresServer, Program, PythonModule};
use machine::{Machine, Sign};
pub(crate) use node::packages as node;
pub(crate) use python::environment as python;

/// What building and testing needs, developer tools included.
///
/// # Errors
/// As [`system`]; and when a tool cannot be installed.
pub(crate) fn everything(workspace: &Workspace) -> Result<()> {
    system(workspace)?;
    tools(workspace)
}

/// What `demo` and `test` need: the system's packages and the crates.
///
/// # Errors
/// When something is missing that only the person at the terminal can install; the message has the command.
pub(crate) fn system(workspace: &Workspace) -> Result<()> {
    provide(NEEDS)?;
    run(&mut workspace.cargo("fetch --quiet --locked"))
}

/// What each suite of `interop` needs besides [`system`] that is written in Python.
///
/// # Errors
/// As [`system`].
pub(crate) fn python_suites() -> Result<()> {
    provide(PYTHON_SUITES)
}

/// What `interop simplesamlphp` needs besides [`system`]: SimpleSAMLphp, and what runs it.
///
/// # Errors
/// As [`system`].
pub(crate) fn simplesamlphp() -> Result<()> {
    provide(SIMPLESAMLPHP)
}

/// What `interop twin` needs besides [`system`]: service providers that others wrote, and what runs them.
///
/// # Errors
/// As [`system`].
pub(crate) fn service_providers() -> Result<()> {
    provide(SERVICE_PROVIDERS)
}

/// What `interop oidc` needs besides [`system`]: clients of OpenID providers that others wrote, and what runs them.
///
/// # Errors
/// As [`system`].
pub(crate) fn clients() -> Result<()> {
    provide(CLIENTS)
}

/// What `interop forward-auth` needs besides [`system`]: proxies that others wrote.
///
/// # Errors
/// As [`system`].
pub(crate) fn proxies() -> Result<()> {
    provide(PROXIES)
}

/// Installs what is missing of these.
fn provide(needs: &'static [Need]) -> Result<()> {
    let missing = missing(needs, &Machine::here());
    if missing.is_empty() { Ok(()) } else { install(&missing, needs) }
}

/// One thing that must be on the machine.
struct Need {
    what: &'static str,
    why: &'static str,
    /// All of them must be there.
    signs: &'static [Sign],
    /// What Debian calls it.
    packages: &'static [&'static str],
}

const NEEDS: &[Need] = &[
    Need {
        what: "a C compiler",
        why: "aws-lc, SQLite",
        signs: &[Program("cc")],
        packages: &["gcc", "libc6-dev"],
    },
    Need { what: "a C++ compiler", why: "libFuzzer", signs: &[Program("c++")], packages: &["g++"] },
    Need {
        what: "pkg-config",
        why: "libxmlsec1",
        signs: &[Program("pkg-config")],
        packages: &["pkg-config"],
    },
    Need { what: "OpenSSL", why: "libxmlsec1", signs: &[PkgConfig("openssl")], packages: &["libssl-dev"] },
    Need {
        what: "libxml2",
        why: "libxmlsec1",
        signs: &[PkgConfig("libxml-2.0")],
        packages: &["libxml2-dev"],
    },
    Need {
        what: "libxmlsec1",
        why: "the Entra double",
        signs: &[PkgConfig("xmlsec1"), Program("xmlsec1-config")],
        packages: &["libxmlsec1-dev"],
    },
    Need {
        what: "libclang",
        why: "bindings to libxmlsec1",
        signs: &[Libclang, ClangHeaders],
        packages: &["libclang1-14", "libclang-common-14-dev"],
    },
    Need {
        what: "a PostgreSQL server",
        why: "tests on the second database",
        signs: &[PostgresServer],
        packages: &["postgresql"],
    },
    Need {
        what: "Chromium and its driver",
        why: "browser tests",
        signs: &[Program("chromium"), Program("chromedriver")],
        packages: &["chromium", "chromium-driver"],
    },
];

const PYTHON: Need = Need {
    what: "Python with its environments",
    why: "pysaml2, nanoidp, authlib",
    signs: &[Program("python3"), PythonModule("venv"), PythonModule("ensurepip")],
    packages: &["python3", "python3-venv"],
};

const XMLSEC1: Need =
    Need { what: "xmlsec1", why: "pysaml2", signs: &[Program("xmlsec1")], packages: &["xmlsec1"] };

const PYTHON_SUITES: &[Need] = &[PYTHON, XMLSEC1];

const SIMPLESAMLPHP: &[Need] = &[
    Need {
        what: "PHP",
        why: "SimpleSAMLphp",
        signs: &[Program("php")],
        packages: &["php8.2-cli", "php8.2-xml", "php8.2-mbstring", "php8.2-curl"],
    },
    Need {
        what: "SimpleSAMLphp",
        why: "an identity provider",
        signs: &[File("usr/share/simplesamlphp/www/index.php")],
        // It wants some web server: this one is small, and does not start by itself.
        packages: &["simplesamlphp", "micro-httpd"],
    },
];

const SERVICE_PROVIDERS: &[Need] = &[
    PYTHON,
    XMLSEC1,
    Need {
        what: "lasso in Debian's own Python",
        why: "a service provider",
        signs: &[File("usr/bin/python3"), File("usr/lib/python3/dist-packages/lasso.py")],
        packages: &["python3", "python3-lasso"],
    },
    Need {
        what: "Apache with mod_auth_mellon",
        why: "a service provider",
        signs: &[File("usr/sbin/apache2"), File("usr/lib/apache2/modules/mod_auth_mellon.so")],
        packages: &["apache2-bin", "libapache2-mod-auth-mellon"],
    },
];

const CLIENTS: &[Need] = &[
    PYTHON,
    Need {
        what: "Node.js with npm",
        why: "openid-client",
        signs: &[Program("node"), Program("npm")],
        packages: &["nodejs", "npm"],
    },
    Need {
        what: "Apache with mod_auth_openidc",
        why: "a client of OpenID providers",
        signs: &[File("usr/sbin/apache2"), File("usr/lib/apache2/modules/mod_auth_openidc.so")],
        packages: &["apache2-bin", "libapache2-mod-auth-openidc"],
    },
];

const PROXIES: &[Need] = &[
    Need { what: "nginx", why: "a proxy", signs: &[File("usr/sbin/nginx")], packages: &["nginx"] },
    Need { what: "Caddy", why: "a proxy", signs: &[File("usr/bin/caddy")], packages: &["caddy"] },
    Need { what: "HAProxy", why: "a proxy", signs: &[File("usr/sbin/haproxy")], packages: &["haproxy"] },
];

fn missing(needs: &'static [Need], machine: &Machine) -> Vec<&'static Need> {
    needs.iter().filter(|need| !need.signs.iter().all(|sign| machine.shows(sign))).collect()
}

/// Installs the missing ones of all `needs`.
fn install(lacking: &[&Need], needs: &'static [Need]) -> Result<()> {
    for need in lacking {
        println!("setup: missing: {} ({})", need.what, need.why);
    }
    let names: Vec<&str> = lacking.iter().flat_map(|need| need.packages).copied().collect();
    let machine = Machine::here();
    if !(machine.shows(&Program("apt-get")) && machine.shows(&Program("dpkg-query"))) {
        bail!("install what is missing and try again; Debian's names for it are: {}", names.join(" "));
    }
    // Only what is not there: to name an installed package would upgrade it.
    let absent = not_installed(&names, &installed(&names)?);
    let mut command = apt_get(&["install", "-y", "-qq", "--no-install-recommends"]);
    command.args(&absent);
    if absent.is_empty() {
        bail!("the packages {} are installed, but what they should bring was not found", names.join(" "));
    }
    if output(Command::new("id").arg("-u"))?.trim() != "0" {
        bail!("only root may install packages; run this and try again:\n  sudo {}", line(&command));
    }
    println!("setup: {}", line(&command));
    if let Err(error) = run(&mut apt_get(&["update", "-qq"])) {
        println!("setup: going on with the package lists as they are: {error:#}");
    }
    run(command.stdout(Stdio::null()))?;
    let still = missing(needs, &Machine::here());
    if !still.is_empty() {
        let names: Vec<&str> = still.iter().map(|need| need.what).collect();
        bail!("still missing after the installation: {}", names.join(", "));
    }
    Ok(())
}

fn apt_get(words: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    // A second run waits for the first.
    command.args(words).args(["-o", "DPkg::Lock::Timeout=300"]);
    command.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
    command
}

/// What dpkg says of these packages, as lines `NAME STATUS`.
fn installed(names: &[&str]) -> Result<String> {
    let mut command = Command::new("dpkg-query");
    command.args(["-W", "-f", "${Package} ${db:Status-Status}\n"]).args(names);
    // Its exit status is 1 as soon as one name is unknown, which is an answer too.
    let output = command.output().context("cannot start dpkg-query")?;
    String::from_utf8(output.stdout).context("dpkg-query printed no UTF-8")
}

fn not_installed<'a>(names: &[&'a str], statuses: &str) -> Vec<&'a str> {
    let there = |name: &&str| statuses.lines().any(|line| line.split_once(' ') == Some((*name, "installed")));
    names.iter().filter(|name| !there(name)).copied().collect()
}

/// Brings the developer tools into `.tools/current`, in the versions of `xtask/requirements.txt`.
fn tools(workspace: &Workspace) -> Result<()> {
    let list = workspace.root().join("xtask/requirements.txt");
    let wanted = fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
    let current = workspace.tools().join("current");
    if fs::read_to_string(current.join(STAMP)).is_ok_and(|stamp| stamp == wanted) {
        return Ok(());
    }
    // pip leaves an existing `bin` as it was, so the folder must be a fresh one.
    let fresh = workspace.tools().join("fresh");
    remove(&fresh)?;
    if PINNED && output(&mut pip("--version")).is_ok() {
        let mut pip = pip("install -q --no-cache-dir --no-deps --only-binary :all: --require-hashes");
        run(pip.arg("--target").arg(&fresh).arg("-r").arg(&list))?;
    } else {
        for tool in versions(&wanted) {
            println!("setup: building {tool}, which takes some minutes");
            run(workspace.cargo("install --quiet --locked --root").arg(&fresh).arg(tool))?;
        }
    }
    fs::write(fresh.join(STAMP), &wanted).context("cannot write the stamp of the developer tools")?;
    remove(&current)?;
    fs::rename(&fresh, &current).context("cannot move the developer tools into place")?;
    println!("setup: installed {} into .tools", versions(&wanted).join(", "));
    Ok(())
}

fn pip(words: &str) -> Command {
    let mut command = Command::new("python3");
    command.args(["-m", "pip"]).args(words.split(' ')).env("PIP_ROOT_USER_ACTION", "ignore");
    command
}

/// A copy of the list that the tools were installed from.
const STAMP: &str = "requirements.txt";

/// Whether the hashes of the list are of programs for this platform.
const PINNED: bool = cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"));

/// The tools of a requirements file, as `NAME@VERSION`.
fn versions(requirements: &str) -> Vec<String> {
    let pins = requirements.lines().filter_map(|line| line.split_whitespace().next());
    pins.filter_map(|pin| pin.strip_prefix("astral-dev-toolchain-"))
        .map(|pin| pin.replace("==", "@"))
        .collect()
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn lacks(files: &[&str]) -> Vec<&'static str> {
        let (_root, machine) = machine::tests::machine(files);
        missing(NEEDS, &machine).iter().map(|need| need.what).collect()
    }

    #[test]
    fn a_bare_machine_lacks_everything() {
        assert_eq!(lacks(&[]).len(), NEEDS.len());
        let (_root, machine) = machine::tests::machine(&[]);
        for needs in [PYTHON_SUITES, SIMPLESAMLPHP, SERVICE_PROVIDERS, CLIENTS, PROXIES] {
            assert_eq!(missing(needs, &machine).len(), needs.len());
        }
    }

    #[test]
    fn what_is_there_is_not_missing() {
        assert!(!lacks(&["usr/bin/cc"]).contains(&"a C compiler"));
    }

    #[test]
    fn half_of_a_thing_is_missing() {
        let browser = "Chromium and its driver";
        assert!(lacks(&["usr/bin/chromium"]).contains(&browser));
        assert!(!lacks(&["usr/bin/chromium", "usr/bin/chromedriver"]).contains(&browser));
    }

    /// dpkg's answer for an installed package, one that was removed, and nothing for one it does not know.
    const STATUSES: &str = "gcc installed\nlibssl-dev config-files\n";

    #[test]
    fn only_what_is_not_installed_is_asked_for() {
        assert_eq!(not_installed(&["gcc", "libssl-dev", "chromium"], STATUSES), ["libssl-dev", "chromium"]);
        assert!(not_installed(&["gcc"], STATUSES).is_empty());
    }

    #[test]
    fn a_name_that_begins_alike_is_another_package() {
        assert_eq!(not_installed(&["gc"], STATUSES), ["gc"]);
    }

    #[test]
    fn the_pinned_tools_are_read_with_their_versions() {
        let list = "# a comment\nastral-dev-toolchain-cargo-deny==0.20.2 --hash=sha256:00\n\n";
        assert_eq!(versions(list), ["cargo-deny@0.20.2"]);
    }

    #[test]
    fn each_tool_of_the_list_has_a_version_and_a_hash() {
        let list = include_str!("../requirements.txt");
        let lines: Vec<&str> = list.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(versions(list).len(), lines.len());
        assert!(lines.iter().all(|line| line.contains("==") && line.contains(" --hash=sha256:")));
    }
}
