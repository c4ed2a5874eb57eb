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
    /// It is gone, and nobody can tell how it ended.
    Lost,
}

/// What a parent does when a child writes std's message about an abort.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnAbortMessage {
    /// Ends the child, which skips std's slow stack trace. Code may also log such a line, so what
    /// this shows is checked: see [`Death::EndedEarly`].
    End,
    Wait,
}

/// A child, and when its channel last changed.
pub(crate) struct Watched {
    pub(crate) child: Child,
    limit: Duration,
    beats: u64,
    since: Instant,
    on_abort_message: OnAbortMessage,
    abort_message: AbortMessage,
    is_stopped: bool,
    aborting_since: Option<Instant>,
}

impl Watched {
    pub(crate) fn new(
        child: Child,
        channel: &Channel,
        limit: Duration,
        on_abort_message: OnAbortMessage,
    ) -> Self {
        let (beats, since) = (channel.beats(), Instant::now());
        Self {
            child,
            limit,
            beats,
            since,
            on_abort_message,
            abort_message: AbortMessage::default(),
            is_stopped: false,
            aborting_since: None,
        }
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
        let ended = self.child.look();
        self.abort_message.read(self.child.news());
        if let Some(ended) = ended {
            let end = match read_end(channel, ended) {
                End::Died(Death::Abort) if self.is_stopped && !channel.crash.has_alloc_error() => {
                    End::Died(Death::EndedEarly)
                }
                end => end,
            };
            return Some(self.finish(end));
        }
        let may_end = self.on_abort_message == OnAbortMessage::End && !self.is_stopped;
        if may_end && self.abort_message.is_read {
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
        ChildExit { ended, said: self.child.take_output().into_text() }
    }
}

fn read_end(channel: &Channel, ended: Ended) -> End {
    End::Died(match (ended, channel.crash.signal()) {
        (Ended::Exited(DONE) | Ended::Unknown, _) if channel.is_done() => return End::Done,
        (_, Some((signal, address))) if signal != libc::SIGABRT => Death::Crash { signal, address },
        (Ended::Signaled(libc::SIGABRT), _) | (Ended::Unknown, Some(_)) => Death::Abort,
        (Ended::Unknown, None) => return End::Lost,
        (Ended::Signaled(signal), _) => Death::Signal(signal),
        (Ended::Exited(code), _) => Death::Exit(code),
    })
}

/// Looks for std's message about an abort after a failed allocation. A stack trace may follow it,
/// which takes a lock and much time, and which nobody reads. The message must be a whole line.
#[derive(Default)]
struct AbortMessage {
    is_read: bool,
    /// The last line, as long as the message may be.
    line: Vec<u8>,
}

impl AbortMessage {
    fn read(&mut self, bytes: &[u8]) {
        const LONGEST: usize = 64;
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            let room = LONGEST.saturating_sub(self.line.len()).min(piece.len());
            self.line.extend_from_slice(&piece[..room]);
            if piece.ends_with(b"\n") {
                self.is_read |= is_abort_message(&self.line);
                self.line.clear();
            }
        }
    }
}

fn is_abort_message(line: &[u8]) -> bool {
    let size = line
        .strip_prefix(b"memory allocation of ")
        .and_then(|rest| rest.strip_suffix(b" bytes failed\n"));
    size.is_some_and(|size| size.iter().all(u8::is_ascii_digit))
}

impl ChildExit {
    /// Returns whether a fault-free run should be repeated in another child. While a thread of the
    /// parent starts or ends, it holds a lock of std's, around the guard pages of the stack
    /// overflow handler. A fork cannot take this lock first. A child that is forked then hangs when
    /// it starts a thread.
    pub(crate) fn may_have_inherited_a_lock(&self) -> bool {
        matches!(self.ended, End::Hung(_)) && crate::harness::sys::has_other_threads()
    }

    /// Returns whether the harness ended the child without need.
    pub(crate) fn ended_early(&self) -> bool {
        matches!(self.ended, End::Died(Death::EndedEarly))
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
            End::Died(Death::EndedEarly) => {
                "the code wrote std's message about an abort without any fault".to_owned()
            }
            End::Done => "the worker ended early".to_owned(),
            End::Lost => format!(
                "a worker is gone, and how it ended is unknown: something else in this process \
                 waits for all children, such as a thread that calls `waitpid(-1)`; stop it during \
                 the sweep; the worker's last words: {last_words}"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abort_message_is_a_whole_line_however_it_arrives() {
        let is_read = |pieces: &[&str]| {
            let mut message = AbortMessage::default();
            pieces.iter().for_each(|piece| message.read(piece.as_bytes()));
            message.is_read
        };
        assert!(is_read(&["memory allocation of 16 bytes failed\n"]));
        assert!(is_read(&["a\nmemory alloc", "ation of 16 bytes failed", "\nb\n"]));
        for other in [
            "memory allocation of 16 bytes failed",
            "memory allocation of 16 bytes failed, 8?\n",
            "a memory allocation of 16 bytes failed\n",
            "memory allocation of many bytes failed\n",
        ] {
            assert!(!is_read(&[other]), "{other}");
        }
        let long = "x".repeat(100_000);
        assert!(!is_read(&[&long, "memory allocation of 16 bytes failed\n"]));
        assert!(is_read(&[&long, "\n", "memory allocation of 16 bytes failed\n"]));
    }
}
