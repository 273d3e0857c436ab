//! A small vocabulary for tests that run the program.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// What one call of the program did.
pub struct Call {
    command: String,
    code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// A folder of its own to call the program in.
pub struct Place {
    folder: TempDir,
}

/// Calls the program in the folder of the package.
pub fn trihelix(arguments: &[&str]) -> Call {
    let mut command = program();
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    Call::of(arguments, command.output().unwrap())
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trihelix"));
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").env_remove("RUST_BACKTRACE");
    command
}

impl Place {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, with the folders above it.
    pub fn file(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Every file below the folder, hidden ones included, in order.
    pub fn files(&self) -> Vec<String> {
        let (mut open, mut found) = (vec![self.folder.path().to_path_buf()], Vec::new());
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    found.push(path.strip_prefix(self.folder.path()).unwrap().display().to_string());
                }
            }
        }
        found.sort();
        found
    }

    /// Calls the program in this folder.
    pub fn trihelix(&self, arguments: &[&str]) -> Call {
        self.trihelix_with(arguments, &[])
    }

    /// Calls the program in this folder with some environment variables.
    pub fn trihelix_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Call {
        let mut command = program();
        command.args(arguments).envs(variables.iter().copied()).current_dir(self.folder.path());
        Call::of(arguments, command.output().unwrap())
    }

    /// Starts the program in this folder and does not wait for it.
    pub fn start(&self, arguments: &[&str]) -> Child {
        let mut command = program();
        command.args(arguments).current_dir(self.folder.path());
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Calls the program by a line of shell, in which `trihelix` stands for it.
    pub fn shell(&self, line: &str) -> Call {
        let mut command = Command::new("sh");
        let function = format!("trihelix() {{ '{}' \"$@\"; }}\n{line}", env!("CARGO_BIN_EXE_trihelix"));
        command.arg("-c").arg(function).current_dir(self.folder.path());
        Call::of(&[line], command.output().unwrap())
    }
}

impl Call {
    fn of(arguments: &[&str], output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let call = Self {
            command: format!("trihelix {}", arguments.join(" ")),
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        };
        // Whatever goes wrong, no user sees a panic.
        assert!(!call.stderr.contains("panicked at"), "{call}");
        call
    }

    pub fn succeeds(&self) -> &Self {
        self.fails_with(0)
    }

    pub fn fails_with(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// The exit code; `None` after a signal.
    pub fn code(&self) -> Option<i32> {
        self.code
    }

    /// On standard output.
    pub fn shows(&self, text: &str) -> &Self {
        assert!(self.stdout.contains(text), "no `{text}` on standard output of {self}");
        self
    }

    /// On standard error.
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "no `{text}` on standard error of {self}");
        self
    }

    /// Nothing on standard error.
    pub fn says_no_more(&self) -> &Self {
        assert!(self.stderr.is_empty(), "{self}");
        self
    }

    /// Standard output as the one JSON document it has to be.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self}"))
    }
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`, code {:?}\n{}\n{}", self.command, self.code, self.stdout, self.stderr)
    }
}
