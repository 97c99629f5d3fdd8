//! The real file system.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;

use crate::codec::sync::Mutex;

use super::{
    LockWait,
    files::{FileAccess, FileLock, FileSystem, Listed, Sharing, StoredFile, uninterrupted},
    locked::Lockable,
    map::map,
};

/// A directory of the operating system.
///
/// Assumed of the disk: what `fdatasync` has returned for is durable; a sector of 512 bytes is written whole or not at all; a
/// rename is atomic and durable after the folder was synced; file locks exclude each other between processes.
#[derive(Clone, Debug)]
pub struct OsFileSystem {
    root: PathBuf,
    /// Lock files that are open and not locked: a lock is taken at each commit.
    idle: Idle,
}

type Idle = Arc<Mutex<Vec<Arc<LockFile>>>>;

/// An open lock file.
#[derive(Debug)]
struct LockFile {
    name: String,
    file: File,
}

/// A lock that is held, or is being waited for.
struct HeldLock {
    file: Arc<LockFile>,
    idle: Idle,
}

impl HeldLock {
    /// Takes the lock, unless another handle's forbids it.
    fn take(&self, sharing: Sharing) -> io::Result<bool> {
        uninterrupted(|| {
            let outcome = match sharing {
                Sharing::Exclusive => self.file.file.try_lock(),
                Sharing::Shared => self.file.file.try_lock_shared(),
            };
            match outcome {
                Ok(()) => Ok(true),
                Err(TryLockError::WouldBlock) => Ok(false),
                Err(TryLockError::Error(error)) => Err(error),
            }
        })
    }
}

impl Drop for HeldLock {
    fn drop(&mut self) {
        // One that can't be unlocked is closed instead, which lets go as well.
        if self.file.file.unlock().is_ok() {
            self.idle.locked().push(self.file.clone());
        }
    }
}

impl OsFileSystem {
    /// The directory at `root`, which need not exist yet.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), idle: Arc::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        if name.is_empty() { self.root.clone() } else { self.root.join(name) }
    }

    /// An open lock file that nobody else in this process has.
    fn lock_file(&self, name: &str) -> io::Result<HeldLock> {
        let mut idle = self.idle.locked();
        let found = idle.iter().position(|file| file.name == name).map(|found| idle.swap_remove(found));
        drop(idle);
        let file = match found {
            Some(file) => file,
            None => Arc::new(LockFile { name: name.to_owned(), file: self.open_lock_file(name)? }),
        };
        Ok(HeldLock { file, idle: self.idle.clone() })
    }

    fn open_lock_file(&self, name: &str) -> io::Result<File> {
        let path = self.path(name);
        match OpenOptions::new().read(true).append(true).create(true).open(&path) {
            // A lock needs no right to write: a handle for reading may stand on a directory that it cannot change.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => File::open(&path),
            result => result,
        }
    }
}

impl FileSystem for OsFileSystem {
    fn create(&self, name: &str) -> io::Result<Arc<dyn StoredFile>> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(self.path(name))?;
        Ok(Arc::new(OsFile(file)))
    }

    fn open(&self, name: &str, access: FileAccess) -> io::Result<Arc<dyn StoredFile>> {
        let file = OpenOptions::new().read(true).write(access == FileAccess::Write).open(self.path(name))?;
        Ok(Arc::new(OsFile(file)))
    }

    fn map(&self, name: &str) -> io::Result<Bytes> {
        map(&self.path(name))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    fn link(&self, file: &Path, name: &str) -> io::Result<()> {
        fs::hard_link(file, self.path(name))
    }

    fn locate(&self, name: &str) -> Option<PathBuf> {
        Some(self.path(name))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<Listed>> {
        let mut listed = Vec::new();
        for entry in fs::read_dir(self.path(folder))? {
            let entry = entry?;
            // A name that is not UTF-8 is none of ours, and a file may vanish while the folder is read.
            let (Ok(name), Ok(metadata)) = (entry.file_name().into_string(), entry.metadata()) else { continue };
            listed.push(Listed { name, length: metadata.is_file().then_some(metadata.len()) });
        }
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(listed)
    }

    fn create_folder(&self, folder: &str) -> io::Result<()> {
        create_folder(&self.path(folder))
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        sync_folder(&self.path(folder))
    }

    fn lock(&self, name: &str, sharing: Sharing, wait: &LockWait) -> io::Result<FileLock> {
        let lock = self.lock_file(name)?;
        let taken = wait.until(|| self.describe(name), || Ok::<_, io::Error>(lock.take(sharing)?.then_some(())))?;
        taken.ok_or_else(|| wait.expired(&self.describe(name)))?;
        Ok(Box::new(lock))
    }

    fn try_lock(&self, name: &str, sharing: Sharing) -> io::Result<Option<FileLock>> {
        let lock = self.lock_file(name)?;
        let taken = lock.take(sharing)?;
        Ok(taken.then(|| -> FileLock { Box::new(lock) }))
    }

    fn describe(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }
}

fn create_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => path,
    };
    create_folder(parent)?;
    match fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => sync_folder(parent),
    }
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Elsewhere a folder cannot be opened for syncing; names are durable with the files.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[derive(Debug)]
struct OsFile(File);

impl StoredFile for OsFile {
    fn read_some(&self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        read_some(&self.0, position, buffer)
    }

    fn write_some(&self, position: u64, bytes: &[u8]) -> io::Result<usize> {
        write_some(&self.0, position, bytes)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn len(&self) -> io::Result<u64> {
        self.0.metadata().map(|metadata| metadata.len())
    }
}

#[cfg(unix)]
fn read_some(file: &File, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, position)
}

#[cfg(unix)]
fn write_some(file: &File, position: u64, bytes: &[u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::write_at(file, bytes, position)
}

#[cfg(windows)]
fn read_some(file: &File, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, position)
}

#[cfg(windows)]
fn write_some(file: &File, position: u64, bytes: &[u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_write(file, bytes, position)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{collections::BTreeSet, process::Command};

    use super::*;
    use crate::{
        codec::ContainerWriter,
        storage::backup::{BackupFolder, CopyMeter, Kept},
    };

    const FOLDER: &str = "PROTOBASE_TEST_SYNCS";

    /// What the test below looks at; without effect when run by itself.
    #[test]
    fn syncing() {
        let Some(folder) = std::env::var_os(FOLDER) else { return };
        let files = OsFileSystem::new(PathBuf::from(folder).join("above/store"));
        files.create_folder("").unwrap();
        let file = files.create("new").unwrap();
        file.write_at(0, b"content").unwrap();
        file.sync_data().unwrap();
        files.rename("new", "file").unwrap();
        files.sync_folder("").unwrap();
        back_up(&files);
    }

    /// Makes a backup of one file, as a link.
    fn back_up(files: &OsFileSystem) {
        let file = files.create("objects-1").unwrap();
        let mut bytes = Vec::new();
        ContainerWriter::new(&mut bytes, *b"TESTFILE").unwrap().finish().unwrap();
        file.write_at(0, &bytes).unwrap();
        let writer = BackupFolder::over(Arc::new(OsFileSystem::new(files.path("backup")))).begin(1).unwrap();
        let (_, kept) = writer
            .keep("objects-1", &bytes.into(), Some(&files.path("objects-1")), &CopyMeter::new(&|_| {}, 0))
            .unwrap();
        assert_eq!(kept, Kept::Linked);
    }

    /// Whether bytes and names have reached the device cannot be seen from within, so this looks at what the kernel was asked for.
    #[test]
    fn the_kernel_is_asked_to_sync_files_and_folders() {
        let folder = tempfile::tempdir().unwrap();
        let (root, log) = (folder.path().canonicalize().unwrap(), folder.path().join("log"));
        let traced = Command::new("strace")
            .args(["-f", "-y", "-e", "trace=fsync,fdatasync", "-o"])
            .args([log.as_os_str(), std::env::current_exe().unwrap().as_os_str()])
            .args(["--exact", "storage::os::tests::syncing"])
            .env(FOLDER, &root)
            .output();
        let log = match traced {
            Ok(output) if output.status.success() => fs::read_to_string(log).unwrap(),
            _ => return eprintln!("skipped: strace is missing, or may not trace"),
        };
        // Lines like `17 fsync(3</tmp/store>) = 0`.
        let call = |line: &str| {
            let (name, path) = line.split_once(' ')?.1.trim().split_once('(')?;
            let path = path.split_once('<')?.1.split_once('>')?.0.strip_prefix(root.to_str()?)?;
            line.ends_with(" = 0").then(|| format!("{name} {path}"))
        };
        let calls: BTreeSet<String> = log.lines().filter_map(call).collect();
        let wanted = [
            "fsync ",
            "fsync /above",
            "fsync /above/store",
            "fdatasync /above/store/new",
            "fsync /above/store/backup",
            "fsync /above/store/backup/blobs",
        ];
        assert_eq!(calls, wanted.map(str::to_owned).into(), "{log}");
    }
}
