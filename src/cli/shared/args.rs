//! Arguments of both programs: those of the commands on reports, and [`Refusal`] for help and
//! mistakes.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;

use super::{console, exit_code};
use crate::harness::report::Outcome;

#[derive(Debug, clap::Args)]
pub(crate) struct MergeArgs {
    /// Reports, as `sweep --json` and `cargo oom-sweep` write them, or folders of reports
    #[arg(value_name = "REPORT|DIR", required = true)]
    pub(crate) reports: Vec<PathBuf>,
    /// Write the joined reports to this file as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Exit with 0 instead of 3 if nothing was found but not every plan ran
    #[arg(long)]
    pub(crate) allow_partial: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct KnownArgs {
    /// Reports, as `sweep --json` and `cargo oom-sweep` write them, or folders of reports
    #[arg(value_name = "REPORT|DIR", required = true)]
    pub(crate) reports: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DiffArgs {
    /// Old reports, or a folder of them
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// New reports, or a folder of them
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,
    /// Print Markdown, for a comment on a pull request
    #[arg(long)]
    pub(crate) markdown: bool,
    /// Write an HTML page of the new reports, with the changes, to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

/// Words that are no command: a request for help, or a mistake.
#[derive(Debug)]
pub(crate) struct Refusal(clap::Error);

impl Refusal {
    pub(crate) fn new(error: clap::Error) -> Self {
        Self(error)
    }

    /// Prints the help as it is, or the mistake in one line.
    pub(crate) fn answer(&self) -> ExitCode {
        match self.0.kind() {
            ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                console::note(self.0.print());
            }
            _ => console::error(&self.line()),
        }
        exit_code(if self.0.exit_code() == 0 { Outcome::Pass } else { Outcome::Error })
    }

    /// Returns clap's message up to the usage, with its tips, in one line.
    pub(crate) fn line(&self) -> String {
        let text = self.0.render().to_string();
        let is_message =
            |line: &&str| !line.starts_with("Usage:") && !line.starts_with("For more information");
        let lines: Vec<_> = text.lines().take_while(is_message).map(str::trim).collect();
        let lines = lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
        format!("{}; --help shows examples", lines.trim_start_matches("error: "))
    }
}
