//! [`Turn`]: serialises the tests that look for processes that they left behind.

use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The exclusive right to fork children. Its drop asserts that none is left.
pub(crate) struct Turn {
    _held: MutexGuard<'static, ()>,
    /// The processes of this binary that existed before.
    others: Vec<u32>,
}

/// The longest time that a killed process may take to disappear on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

impl Turn {
    pub(crate) fn take() -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let _held = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        Self { _held, others: Process::of_this_binary().map(|process| process.pid).collect() }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        let children: Vec<_> = Process::all().filter(Process::is_child).collect();
        assert!(children.is_empty(), "processes are still running: {children:?}");
        // A grandchild whose parent was killed ends by itself.
        let end = Instant::now() + PATIENCE;
        let is_new = |process: &Process| !self.others.contains(&process.pid);
        while let Some(orphan) = Process::of_this_binary().find(is_new) {
            assert!(Instant::now() < end, "a process is still running: {orphan:?}");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// A process, as read from `/proc`.
#[derive(Debug)]
struct Process {
    pid: u32,
    /// name) state parent group …
    stat: String,
}

impl Process {
    fn all() -> impl Iterator<Item = Self> {
        let processes = fs::read_dir("/proc").into_iter().flatten();
        let read = |entry: fs::DirEntry| {
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            Some(Self { pid: entry.file_name().to_str()?.parse().ok()?, stat })
        };
        processes.flatten().filter_map(read)
    }

    /// The live processes of this process's group, without this process.
    fn of_this_binary() -> impl Iterator<Item = Self> {
        let exe = |pid: u32| fs::read_link(format!("/proc/{pid}/exe")).ok();
        let me = std::process::id();
        let mine = Self::all().find(|process| process.pid == me);
        let group = mine.map(|mine| mine.field(3).to_owned()).unwrap_or_default();
        let my_exe = exe(me);
        Self::all().filter(move |process| {
            let is_alive = !matches!(process.field(1), "Z" | "X");
            process.pid != me && is_alive && process.field(3) == group && exe(process.pid) == my_exe
        })
    }

    fn field(&self, index: usize) -> &str {
        let after_name = self.stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        after_name.split(' ').nth(index).unwrap_or("")
    }

    /// Whether it is a child of this process, including zombies.
    fn is_child(&self) -> bool {
        self.field(2) == std::process::id().to_string()
    }
}
