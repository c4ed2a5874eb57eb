//! Commands that print texts: the page of a kind, completions and man pages. The last two follow
//! from the definition of the command line.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap_complete::Shell;

use super::{Target, help};
use crate::guide::kinds;
use crate::harness::oracle::FindingKind;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ExplainArgs {
    /// Kinds of findings, in any case, with or without hyphens [default: list them, as --list does]
    #[arg(value_name = "KIND", value_parser = kind(), ignore_case = true)]
    #[arg(hide_possible_values = true)]
    pub(in crate::cli) kinds: Vec<FindingKind>,
    /// List the kinds, the most severe first, one a line
    #[arg(long, conflicts_with = "kinds")]
    pub(in crate::cli) list: bool,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct CompletionsArgs {
    /// The shell to complete for
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ManArgs {
    /// Folder to write one page for each command to, instead of printing the program's page
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Each kind by its exact name, which shells complete, and by similar spellings.
fn kind() -> impl TypedValueParser<Value = FindingKind> {
    let value = |kind: FindingKind| {
        let name = kinds::name(kind);
        PossibleValue::new(kind.to_string())
            .aliases([name.to_owned(), name.replace('-', "_")])
            .help(kinds::summary(kind))
    };
    PossibleValuesParser::new(FindingKind::ALL.map(value))
        .try_map(|text| FindingKind::named(&text).ok_or("no kind of finding has this name"))
}

impl CompletionsArgs {
    /// Prints the shell's script.
    pub(in crate::cli) fn print(&self, targets: &[Target]) -> io::Result<()> {
        let mut command = command(targets);
        let program = command.get_name().to_owned();
        // Bash's generator takes a hyphen in the name for the start of a command.
        let name =
            if self.shell == Shell::Bash { program.replace('-', "_") } else { program.clone() };
        // Write to memory first: the generator panics if it cannot write.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, name.clone(), &mut script);
        // The name ends a line only where the script registers its function for the program.
        let script = String::from_utf8_lossy(&script);
        let script = script.replace(&format!(" {name}\n"), &format!(" {program}\n"));
        print(script.as_bytes())
    }
}

impl ManArgs {
    /// Prints the program's page, or writes all pages.
    ///
    /// # Errors
    /// In one line, with the folder that it could not write to.
    pub(in crate::cli) fn print(&self, targets: &[Target]) -> Result<(), String> {
        let command = command(targets).disable_help_subcommand(true);
        match &self.output {
            None => {
                let mut page = Vec::new();
                let written = clap_mangen::Man::new(command).render(&mut page);
                written.and_then(|()| print(&page)).map_err(|error| error.to_string())
            }
            Some(folder) => write_all(command, folder)
                .map_err(|error| format!("cannot write to {}: {error}", folder.display())),
        }
    }
}

fn write_all(command: clap::Command, folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(command, folder)
}

/// Returns the definition, under the name that the program was called by.
fn command(targets: &[Target]) -> clap::Command {
    let words: Vec<OsString> = std::env::args_os().take(1).collect();
    let program = help::program(&words).to_owned();
    help::command(&words, targets).name(program.clone()).bin_name(program)
}

fn print(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout();
    out.write_all(bytes).and_then(|()| out.flush())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::oom_sweep::args::{Args, Command};

    fn read(word: &str) -> Option<Vec<FindingKind>> {
        let words = ["x", "explain", "hung", word].map(OsString::from);
        match Args::read(words, &[]).ok()?.command {
            Command::Explain(args) => Some(args.kinds),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn kinds_are_read_in_any_case_with_hyphens_or_without() {
        for kind in FindingKind::ALL {
            let (plain, name) = (kind.to_string(), kinds::name(kind));
            for word in [&plain, &plain.to_uppercase(), name, &name.to_uppercase()] {
                assert_eq!(read(word), Some(vec![FindingKind::Hung, kind]), "{word}");
            }
            assert_eq!(read(&name.replace('-', "_")), Some(vec![FindingKind::Hung, kind]));
        }
        assert_eq!(read("partial-"), None);
    }
}
