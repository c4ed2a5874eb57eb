//! A child under the eyes of its parent: [`Watched`], which tells how its life ended, be it that
//! it finished, died or stood still for too long.

use std::time::{Duration, Instant};

use super::channel::Channel;
use super::child::DONE;
use crate::harness::oracle::Death;
use crate::harness::sys::{Child, Ended};

/// How often a parent looks at its children.
pub(crate) const GLANCE: Duration = Duration::from_millis(50);

/// How long a child with several threads may take to abort once it has said so.
const ABORT_PATIENCE: Duration = Duration::from_secs(5);

/// How a child's life ended.
pub(crate) struct Life {
    pub(crate) ended: End,
    pub(crate) said: String,
}

pub(crate) enum End {
    /// It has said all it had to say.
    Done,
    Died(Death),
    Hung(Duration),
}

/// A child, and since when nothing has moved on its board.
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

    /// The parent has been away for so long, and did not look: that does not count.
    pub(crate) fn forgive(&mut self, away: Duration) {
        self.since += away;
    }

    /// How long to wait at most before the next look.
    pub(crate) fn patience(&self) -> Duration {
        GLANCE.min(self.limit)
    }

    /// How its life ended, if it has.
    pub(crate) fn look(&mut self, channel: &Channel) -> Option<Life> {
        if let Some(ended) = self.child.look() {
            return Some(self.finish(read_end(channel, ended)));
        }
        if !self.is_stopped && has_abort_message(self.child.said()) {
            let since = self.aborting_since.get_or_insert_with(Instant::now);
            // If it is another thread that aborts, that one shall say where.
            if !self.child.has_threads() || since.elapsed() > ABORT_PATIENCE {
                // Lets the crash handler note where it is, and spares us the stack trace.
                self.child.signal(libc::SIGABRT);
                self.is_stopped = true;
            }
        }
        if channel.beats() != self.beats {
            (self.beats, self.since) = (channel.beats(), Instant::now());
        } else if self.since.elapsed() > self.limit {
            self.child.end();
            let end = match channel.crash.signal() {
                // It hung on its way down, as under a lock that its handlers want.
                Some(_) => read_end(channel, Ended::Signaled(libc::SIGABRT)),
                None => End::Hung(self.limit),
            };
            return Some(self.finish(end));
        }
        None
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self, channel: &Channel, glance: &mut dyn FnMut()) -> Life {
        loop {
            if let Some(life) = self.look(channel) {
                return life;
            }
            glance();
            let patience = self.patience();
            crate::harness::sys::wait_for_any([&self.child], patience);
        }
    }

    fn finish(&mut self, ended: End) -> Life {
        self.child.end();
        Life { ended, said: String::from_utf8_lossy(self.child.said()).into_owned() }
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

/// Whether std said what it says when an allocation failure aborts. A stack trace may follow,
/// which takes a lock and a long time, and which nobody will read. A line of it and no part of
/// one: code may well log that an allocation failed, and go on.
fn has_abort_message(said: &[u8]) -> bool {
    said.split_inclusive(|&byte| byte == b'\n').any(|line| {
        let size = line
            .strip_prefix(b"memory allocation of ")
            .and_then(|rest| rest.strip_suffix(b" bytes failed\n"));
        size.is_some_and(|size| size.iter().all(u8::is_ascii_digit))
    })
}

impl Life {
    /// Whether a fault-free run is worth a second try in another child. While a thread of the
    /// parent begins or ends, it holds a lock of std's (around the guard pages that its handler of
    /// stack overflows knows) which a fork cannot take first: a child that is forked then hangs as
    /// soon as it starts a thread.
    pub(crate) fn may_have_inherited_a_lock(&self) -> bool {
        matches!(self.ended, End::Hung(_)) && crate::harness::sys::has_other_threads()
    }

    /// A fault-free run that came to no good end, in a line.
    pub(crate) fn describe_trouble(&self) -> String {
        let last_words = self.said.lines().next().unwrap_or("it said nothing");
        match self.ended {
            End::Hung(limit) => format!(
                "a fault-free run did not end within {limit:?} in a child process; if it waits \
                 for a thread from before the fork: create it in `setup`; if it takes so long: \
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
