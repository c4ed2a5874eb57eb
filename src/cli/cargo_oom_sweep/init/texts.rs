//! The texts of new files: the templates, filled in.
//!
//! The templates are plain files. `tests/cargo/init.rs` compiles and runs the result, with the
//! scenario as a comment and without.

use std::path::Path;

use super::manifest::Source;
use super::place::Place;

const SWEEPS: &str = include_str!("templates/oom.rs");
const GITHUB: &str = include_str!("templates/github.yml");

/// Returns the file of the sweeps.
pub(super) fn sweeps(place: &Place) -> String {
    let how = match &place.library {
        Some(library) => format!("/// The path of your crate is `{library}::…`."),
        None => {
            "/// Your crate has no library, so tests cannot call its code: move the code under\n\
                 /// test into `src/lib.rs`."
                .to_owned()
        }
    };
    SWEEPS.replace("@package@", &place.package).replace("@where@", &how)
}

/// Returns the workflow for GitHub.
///
/// # Errors
/// In one line, if the crate is outside the repository, or a path is not UTF-8.
pub(super) fn workflow(place: &Place, source: &Source) -> Result<String, String> {
    let folder = within(&place.folder, &place.repository)?;
    let target = match within(&place.workspace, &place.repository)? {
        root if root == "." => "target/oom-sweep".to_owned(),
        root => format!("{root}/target/oom-sweep"),
    };
    let defaults = match &*folder {
        "." => String::new(),
        folder => {
            let folder = quoted(folder);
            format!("    defaults:\n      run:\n        working-directory: {folder}\n")
        }
    };
    let sarif = format!("{target}/report.sarif");
    Ok(GITHUB
        .replace("@defaults@", &defaults)
        .replace("@install@", &source.install())
        .replace("@artefacts@", &quoted(&target))
        .replace("@sarif condition@", &format!("'{}'", sarif.replace('\'', "''")))
        .replace("@sarif@", &quoted(&sarif)))
}

/// Returns the path relative to the repository's folder, with slashes.
fn within(path: &Path, repository: &Path) -> Result<String, String> {
    let names = path.strip_prefix(repository).ok().and_then(|path| {
        path.iter().map(|name| name.to_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
    });
    let (path, folder) = (path.display(), repository.display());
    let names = names.ok_or_else(|| format!("{path} is not below the folder {folder}"))?;
    Ok(if names.is_empty() { ".".to_owned() } else { names.join("/") })
}

/// Quotes a word for YAML.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/_-.".contains(c);
    match word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(folder: &str, workspace: &str) -> Place {
        Place {
            package: "store".to_owned(),
            manifest: Path::new(folder).join("Cargo.toml"),
            text: String::new(),
            folder: folder.into(),
            library: Some("store".to_owned()),
            sweeps: Path::new(folder).join("tests/oom.rs"),
            workspace: workspace.into(),
            repository: "/r".into(),
        }
    }

    #[test]
    fn nothing_is_left_to_fill_in() {
        let place = place("/r", "/r");
        for text in [sweeps(&place), workflow(&place, &Source::Published).unwrap()] {
            let left = text.split('@').any(|part| {
                ["package", "where", "defaults", "install", "artefacts", "sarif"].contains(&part)
            });
            assert!(!left, "{text}");
        }
        assert!(sweeps(&place).contains("`store::…`"));
        let sweeps = sweeps(&Place { library: None, ..place });
        assert!(sweeps.contains("has no library"), "{sweeps}");
    }

    #[test]
    fn a_workflow_works_where_the_crate_is() {
        let root = workflow(&place("/r", "/r"), &Source::Published).unwrap();
        assert!(!root.contains("working-directory"), "{root}");
        assert!(root.contains("path: target/oom-sweep\n"), "{root}");

        let member =
            workflow(&place("/r/it's here/store", "/r/it's here"), &Source::Published).unwrap();
        for line in [
            "        working-directory: 'it''s here/store'\n",
            "          path: 'it''s here/target/oom-sweep'\n",
            "hashFiles('it''s here/target/oom-sweep/report.sarif')",
            "          sarif_file: 'it''s here/target/oom-sweep/report.sarif'\n",
        ] {
            assert!(member.contains(line), "{line}: {member}");
        }

        let error = workflow(&place("/r/store", "/elsewhere"), &Source::Published).unwrap_err();
        assert_eq!(error, "/elsewhere is not below the folder /r");
    }

    #[test]
    fn a_workflow_installs_the_programs_from_where_the_crate_has_its_dependency() {
        for (source, command) in [
            (Source::Published, "oom-sweep --locked --features cli"),
            (
                Source::Folder("../it's here".to_owned()),
                r"--path '../it'\''s here' --locked --features cli",
            ),
            (
                Source::Git("https://host/x".to_owned()),
                "--git https://host/x oom-sweep --locked --features cli",
            ),
        ] {
            let workflow = workflow(&place("/r", "/r"), &source).unwrap();
            assert!(workflow.contains(&format!("run: cargo install {command}\n")), "{workflow}");
        }
    }
}
