//! Forked children: starts, watches and ends them.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::time::Duration;

use super::descriptors::threads;
use super::output::Output;
use super::std_locks::with_output_locks;

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// `_exit` with this code.
    Exited(i32),
    /// Killed by this signal.
    Signaled(i32),
    /// It is gone, and something else in this process has asked the kernel how it ended.
    Unknown,
}

/// Which side of a fork the caller is on.
pub(crate) enum Forked {
    Child,
    Parent(Child),
}

/// A child of this process. Killed and reaped on drop.
pub(crate) struct Child {
    pid: libc::pid_t,
    /// Becomes readable when the child ends. Not on every platform.
    end: Option<OwnedFd>,
    stderr: File,
    /// The other end stays open here, so that the child's closing of it does not wake the parent:
    /// the child closes it just before it ends, and the parent would find it still running.
    _stderr_of_child: OwnedFd,
    output: Output,
    /// What the last look has read.
    news: Vec<u8>,
    ended: Option<Ended>,
}

/// One look reads at most this many times the buffer's size, which is what a pipe holds: a child
/// that never stops writing must not keep its parent from the other children.
const READS: usize = 4;
const BUFFER: usize = 16 << 10;
/// How often the parent looks at a child on platforms that cannot wake it.
const POLL: Duration = Duration::from_millis(1);

/// Forks. The child has one thread, dies with its parent, writes no core file and sends its
/// standard error to the parent. `around` receives the fork as a closure, so that the caller can
/// hold its own locks during it.
///
/// The child must only use what the code under test uses, and end with [`exit_child`].
pub(crate) fn fork(around: impl FnOnce(&mut dyn FnMut() -> i32) -> i32) -> io::Result<Forked> {
    fork_by(ForkDepth::Child, || {
        let mut fork = || {
            // SAFETY: the child inherits the locks that this thread holds; see `std_locks`.
            unsafe { libc::fork() }
        };
        if has_other_threads() {
            with_output_locks(|| around(&mut fork))
        } else {
            around(&mut fork)
        }
    })
}

/// Forks in a process that is itself a forked child and has one thread. The new child inherits the
/// locks that this thread holds, and releases them too.
pub(crate) fn fork_again() -> io::Result<Forked> {
    // SAFETY: there is no other thread that could hold a lock.
    fork_by(ForkDepth::Grandchild, || unsafe { libc::fork() })
}

/// Whose child a process is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ForkDepth {
    /// A child of the process that the user started.
    Child,
    /// A child of such a child, whose settings it inherits.
    Grandchild,
}

fn fork_by(depth: ForkDepth, fork: impl FnOnce() -> i32) -> io::Result<Forked> {
    let (read, write) = pipe()?;
    // SAFETY: a system call without arguments.
    let parent = unsafe { libc::getpid() };
    match fork() {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            settle_child(parent, &write, depth);
            Ok(Forked::Child)
        }
        pid => {
            set_nonblocking(&read)?;
            let end = open_pidfd(pid);
            Ok(Forked::Parent(Child {
                pid,
                end,
                stderr: File::from(read),
                _stderr_of_child: write,
                output: Output::default(),
                news: Vec::new(),
                ended: None,
            }))
        }
    }
}

/// Ends a forked child. Nothing that belongs to the parent runs, such as destructors.
pub(crate) fn exit_child(code: i32) -> ! {
    // SAFETY: `_exit` runs no destructors and no exit handlers.
    unsafe { libc::_exit(code) }
}

/// Writes to standard error, past std and the test harness's capture.
pub(crate) fn write_to_stderr(bytes: &[u8]) {
    // SAFETY: pointer and length are those of the slice. If the write fails, nothing is written.
    unsafe { libc::write(libc::STDERR_FILENO, bytes.as_ptr().cast(), bytes.len()) };
}

fn settle_child(parent: libc::pid_t, stderr: &OwnedFd, depth: ForkDepth) {
    let no_core = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: plain system calls on valid arguments; `setenv` is safe with one thread.
    unsafe {
        #[cfg(target_os = "linux")]
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        if libc::getppid() != parent {
            libc::_exit(1);
        }
        libc::dup2(stderr.as_raw_fd(), 2);
        if depth == ForkDepth::Child {
            libc::setrlimit(libc::RLIMIT_CORE, &no_core);
            libc::setenv(c"RUST_BACKTRACE".as_ptr(), c"0".as_ptr(), 1);
        }
    }
}

fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    // SAFETY: `ends` has room for two descriptors.
    #[cfg(target_os = "linux")]
    let result = unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) };
    // SAFETY: as above.
    #[cfg(not(target_os = "linux"))]
    let result = unsafe { libc::pipe(ends.as_mut_ptr()) };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    #[cfg(not(target_os = "linux"))]
    for end in ends {
        // SAFETY: the descriptor was just opened.
        unsafe { libc::fcntl(end, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
    // SAFETY: both were just opened and have no other owner.
    Ok(unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) })
}

fn set_nonblocking(end: &OwnedFd) -> io::Result<()> {
    // SAFETY: the descriptor is open.
    match unsafe { libc::fcntl(end.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

#[cfg(target_os = "linux")]
fn open_pidfd(pid: libc::pid_t) -> Option<OwnedFd> {
    // SAFETY: a system call on plain numbers.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    // SAFETY: just opened, with no other owner.
    i32::try_from(fd).ok().filter(|&fd| fd >= 0).map(|fd| unsafe { OwnedFd::from_raw_fd(fd) })
}

#[cfg(not(target_os = "linux"))]
fn open_pidfd(_pid: libc::pid_t) -> Option<OwnedFd> {
    None
}

/// Returns whether this process has other threads than the calling one; true if that is unknown.
pub(crate) fn has_other_threads() -> bool {
    threads() != Some(1)
}

impl Child {
    /// Returns how the child ended, if it has. Also reads its output.
    pub(crate) fn look(&mut self) -> Option<Ended> {
        let ended = self.reap(libc::WNOHANG);
        self.news.clear();
        self.listen();
        ended
    }

    /// What the child wrote to its standard error between the last two looks.
    pub(crate) fn news(&self) -> &[u8] {
        &self.news
    }

    /// Takes what the child has written to its standard error: its start and its end.
    pub(crate) fn take_output(&mut self) -> Output {
        std::mem::take(&mut self.output)
    }

    fn listen(&mut self) {
        let mut buffer = [0; BUFFER];
        for _ in 0..READS {
            let Ok(len @ 1..) = self.stderr.read(&mut buffer) else { return };
            self.news.extend_from_slice(&buffer[..len]);
            self.output.add(&buffer[..len]);
        }
    }

    fn reap(&mut self, flags: i32) -> Option<Ended> {
        if self.ended.is_none() {
            let mut status = 0;
            // SAFETY: `pid` is a child of this process that was not reaped yet.
            let pid = unsafe { libc::waitpid(self.pid, &raw mut status, flags) };
            self.ended = match pid {
                0 => None,
                -1 => Some(Ended::Unknown),
                _ if libc::WIFEXITED(status) => Some(Ended::Exited(libc::WEXITSTATUS(status))),
                _ if libc::WIFSIGNALED(status) => Some(Ended::Signaled(libc::WTERMSIG(status))),
                _ => None,
            };
        }
        self.ended
    }

    /// Returns whether the child has started threads; false if that is unknown.
    pub(crate) fn has_threads(&self) -> bool {
        std::fs::read_dir(format!("/proc/{}/task", self.pid)).is_ok_and(|tasks| tasks.count() > 1)
    }

    /// Sends a signal to the child's first thread, which runs the code.
    pub(crate) fn signal(&mut self, signal: i32) {
        if self.ended.is_none() {
            // SAFETY: a system call on plain numbers. The child is not reaped, so the number is
            // still its own.
            unsafe {
                #[cfg(target_os = "linux")]
                libc::syscall(libc::SYS_tgkill, self.pid, self.pid, signal);
                #[cfg(not(target_os = "linux"))]
                libc::kill(self.pid, signal);
            }
        }
    }

    /// Kills the child if it still runs, and reaps it.
    pub(crate) fn end(&mut self) -> Option<Ended> {
        if self.reap(libc::WNOHANG).is_none() {
            // SAFETY: as in `signal`.
            unsafe { libc::kill(self.pid, libc::SIGKILL) };
            self.reap(0);
        }
        self.listen();
        self.ended
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.end();
    }
}

/// Waits until one of the children ends or writes something, or until `timeout` is over.
pub(crate) fn wait_for_any<'a>(children: impl IntoIterator<Item = &'a Child>, timeout: Duration) {
    let mut polled = Vec::new();
    let mut timeout = timeout;
    for child in children {
        if child.ended.is_some() {
            return;
        }
        match &child.end {
            Some(end) => polled.push(end.as_raw_fd()),
            None => timeout = timeout.min(POLL),
        }
        polled.push(child.stderr.as_raw_fd());
    }
    let pollfd = |fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    let mut polled: Vec<_> = polled.into_iter().map(pollfd).collect();
    let millis = timeout.as_micros().div_ceil(1000).min(i32::MAX as u128) as i32;
    // SAFETY: pointer and length are those of the vector.
    unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, millis) };
}
