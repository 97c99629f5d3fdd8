//! A PostgreSQL of its own: in a temporary folder, reached by a socket there, gone at the end.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

const BINARIES: &str = "/usr/lib/postgresql/15/bin";
const EXTENSION: &str = "/usr/share/postgresql/15/extension/postgis.control";

/// The user that Debian's packages make: the server does not run as root.
const USER: &str = "postgres";

/// Plans of short questions are not worth compiling; the rest is as roomy as the cities need.
const SETTINGS: [(&str, &str); 6] = [
    ("listen_addresses", "''"),
    ("shared_buffers", "1GB"),
    ("work_mem", "64MB"),
    ("jit", "off"),
    ("random_page_cost", "1.1"),
    ("fsync", "off"),
];

/// A running server.
pub struct Server {
    folder: TempDir,
}

impl Server {
    /// Starts one; says what is missing when it cannot.
    pub fn start() -> Option<Self> {
        if !Path::new(BINARIES).join("initdb").exists() || !Path::new(EXTENSION).exists() {
            println!(
                "skipped: all 7 kinds of questions: expected the packages postgresql-15 and postgresql-15-postgis-3"
            );
            return None;
        }
        let folder = tempfile::tempdir().ok()?;
        let server = Self { folder };
        if is_root() {
            done(Command::new("chown").arg(USER).arg(server.folder.path()))?;
        }
        let data = server.data();
        done(server.command("initdb").arg("-D").arg(&data).args([
            "-U",
            USER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ]))?;
        let settings = SETTINGS.iter().map(|(name, value)| format!("-c {name}={value}"));
        let socket = format!("-c unix_socket_directories={}", server.socket().display());
        let options = settings.chain([socket]).collect::<Vec<_>>().join(" ");
        let log = server.folder.path().join("log");
        done(server.command("pg_ctl").arg("-D").arg(&data).args(["-w", "start", "-o", &options, "-l"]).arg(log))?;
        Some(server)
    }

    /// The folder of its socket.
    pub fn socket(&self) -> &Path {
        self.folder.path()
    }

    /// What is not as PostgreSQL comes.
    pub fn settings(&self) -> String {
        SETTINGS.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, name: &str) -> Command {
        let program = Path::new(BINARIES).join(name);
        if !is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("runuser");
        command.args(["-u", USER, "--"]).arg(program);
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = done(self.command("pg_ctl").arg("-D").arg(self.data()).args(["-w", "-m", "immediate", "stop"]));
    }
}

fn is_root() -> bool {
    let user = Command::new("id").arg("-u").output();
    user.is_ok_and(|Output { stdout, .. }| stdout.trim_ascii() == b"0")
}

/// Runs a command to its end; says why it failed, if it did.
fn done(command: &mut Command) -> Option<()> {
    // Of a server that goes on, the output would never end: it goes nowhere.
    let status = command.stdout(std::process::Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Some(()),
        failed => {
            println!("skipped: {command:?}: {failed:?}");
            None
        }
    }
}
