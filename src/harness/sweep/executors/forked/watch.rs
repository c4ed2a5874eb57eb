//! A child that the parent watches: [`Watched`]. It tells how the child ended: whether it finished,
//! died or hung.

use std::time::{Duration, Instant};

use super::channel::Channel;
use super::child::DONE;
use crate::harness::oracle::Death;
use crate::harness::sys::{Child, Ended};

/// How often a parent looks at its children.
pub(crate) const POLL: Duration = Duration::from_millis(50);

/// How long a child with several threads may take to abort after it has printed the message.
const ABORT_TIMEOUT: Duration = Duration::from_secs(5);

/// How a child ended, and what it wrote to standard error.
pub(crate) struct ChildExit {
    pub(crate) ended: End,
    pub(crate) said: String,
}

pub(crate) enum End {
    /// It has done its work.
    Done,
    Died(Death),
    Hung(Duration),
}

/// A child, and when its channel last changed.
pub(crate) struct Watched {
    pub(crate) child: Child,
    limit: Duration,
    beats: u64,
    since: Instant,
    is_stopped: bool,
    aborting_since: Option<Instant>,
}

impl Watched {
    pub(crate) fn new(child: Child, channel: &Channel, limit: Duration) -> Self {
        let (beats, since) = (channel.beats(), Instant::now());
        Self { child, limit, beats, since, is_stopped: false, aborting_since: None }
    }

    /// The time during which the parent did not look does not count.
    pub(crate) fn exclude(&mut self, away: Duration) {
        self.since += away;
    }

    /// The longest time to wait before the next look.
    pub(crate) fn timeout(&self) -> Duration {
        POLL.min(self.limit)
    }

    /// How the child ended, if it has.
    pub(crate) fn look(&mut self, channel: &Channel) -> Option<ChildExit> {
        if let Some(ended) = self.child.look() {
            return Some(self.finish(read_end(channel, ended)));
        }
        if !self.is_stopped && has_abort_message(self.child.said()) {
            let since = self.aborting_since.get_or_insert_with(Instant::now);
            // If another thread aborts, that thread has the useful stack.
            if !self.child.has_threads() || since.elapsed() > ABORT_TIMEOUT {
                // Makes the crash handler note the stack, and skips std's slow stack trace.
                self.child.signal(libc::SIGABRT);
                self.is_stopped = true;
            }
        }
        if channel.beats() != self.beats {
            (self.beats, self.since) = (channel.beats(), Instant::now());
        } else if self.since.elapsed() > self.limit {
            self.child.end();
            let end = match channel.crash.signal() {
                // It hung while it died, for example on a lock that its handlers need.
                Some(_) => read_end(channel, Ended::Signaled(libc::SIGABRT)),
                None => End::Hung(self.limit),
            };
            return Some(self.finish(end));
        }
        None
    }

    /// Waits for the end of the child.
    pub(crate) fn wait(mut self, channel: &Channel, on_poll: &mut dyn FnMut()) -> ChildExit {
        loop {
            if let Some(exit) = self.look(channel) {
                return exit;
            }
            on_poll();
            let timeout = self.timeout();
            crate::harness::sys::wait_for_any([&self.child], timeout);
        }
    }

    fn finish(&mut self, ended: End) -> ChildExit {
        self.child.end();
        ChildExit { ended, said: String::from_utf8_lossy(self.child.said()).into_owned() }
    }
}

fn read_end(channel: &Channel, ended: Ended) -> End {
    End::Died(match (ended, channel.crash.signal()) {
        (Ended::Exited(DONE), _) if channel.is_done() => return End::Done,
        (_, Some((signal, address))) if signal != libc::SIGABRT => Death::Crash { signal, address },
        (Ended::Signaled(libc::SIGABRT), _) => Death::Abort,
        (Ended::Signaled(signal), _) => Death::Signal(signal),
        (Ended::Exited(code), _) => Death::Exit(code),
    })
}

/// Returns whether std has printed its message about an abort after a failed allocation. A stack
/// trace may follow, which takes a lock and much time, and which nobody reads. The message must be
/// a whole line: code may also log that an allocation failed, and continue.
fn has_abort_message(said: &[u8]) -> bool {
    said.split_inclusive(|&byte| byte == b'\n').any(|line| {
        let size = line
            .strip_prefix(b"memory allocation of ")
            .and_then(|rest| rest.strip_suffix(b" bytes failed\n"));
        size.is_some_and(|size| size.iter().all(u8::is_ascii_digit))
    })
}

impl ChildExit {
    /// Returns whether a fault-free run should be repeated in another child. While a thread of the
    /// parent starts or ends, it holds a lock of std's, around the guard pages of the stack
    /// overflow handler. A fork cannot take this lock first. A child that is forked then hangs when
    /// it starts a thread.
    pub(crate) fn may_have_inherited_a_lock(&self) -> bool {
        matches!(self.ended, End::Hung(_)) && crate::harness::sys::has_other_threads()
    }

    /// Describes a fault-free run that failed, in one line.
    pub(crate) fn describe_trouble(&self) -> String {
        let last_words = self.said.lines().next().unwrap_or("it printed nothing");
        match self.ended {
            End::Hung(limit) => format!(
                "a fault-free run did not end within {limit:?} in a child process; if it waits \
                 for a thread from before the fork: create it in `setup`; if it needs more time: \
                 raise `time_limit`"
            ),
            End::Died(Death::Exit(code)) => format!(
                "the code ended the process (exit code {code}) without any fault: {last_words}"
            ),
            End::Died(Death::Crash { signal, .. } | Death::Signal(signal)) => {
                format!("the code died of signal {signal} without any fault: {last_words}")
            }
            End::Died(Death::Abort) => {
                format!("the code aborted without any fault: {last_words}")
            }
            End::Done => "the worker ended early".to_owned(),
        }
    }
}
