//! Finds the commit of the code: from the variables of continuous integration, or else from the
//! files of the repository around the current folder.
//!
//! It reads only what every version of git writes: `HEAD`, loose and packed refs, and the files
//! that lead from a worktree to its repository.

use std::fs;
use std::path::{Path, PathBuf};

/// Variables that hold the commit: GitHub, GitLab, Jenkins, Buildkite, CircleCI, Azure,
/// Bitbucket, Travis, Drone, Cirrus.
const VARIABLES: [&str; 10] = [
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
    "GIT_COMMIT",
    "BUILDKITE_COMMIT",
    "CIRCLE_SHA1",
    "BUILD_SOURCEVERSION",
    "BITBUCKET_COMMIT",
    "TRAVIS_COMMIT",
    "DRONE_COMMIT_SHA",
    "CIRRUS_CHANGE_IN_REPO",
];
/// The greatest number of symbolic refs that are followed.
const MOST_LINKS: usize = 5;

pub(super) fn of_this_process() -> Option<String> {
    let variable = |name| commit_in(&std::env::var(name).ok()?);
    let folder = || std::env::current_dir().ok();
    VARIABLES.into_iter().find_map(variable).or_else(|| of_folder(&folder()?))
}

/// Returns the commit that is checked out in the repository around a folder.
fn of_folder(folder: &Path) -> Option<String> {
    let git = folder.ancestors().find_map(git_folder)?;
    // A worktree has its own HEAD and shares the rest.
    let common = read(&git.join("commondir")).map_or_else(|| git.clone(), |path| git.join(path));
    let mut reference = "HEAD".to_owned();
    for _ in 0..MOST_LINKS {
        let text = [&git, &common].into_iter().find_map(|folder| read(&folder.join(&reference)));
        let Some(text) = text else { return packed(&common, &reference) };
        match text.strip_prefix("ref: ") {
            None => return commit_in(&text),
            Some(next) if next.starts_with("refs/") && !next.contains("..") => {
                reference = next.to_owned();
            }
            Some(_) => return None,
        }
    }
    None
}

/// Returns git's folder for this folder, if it is the root of a repository or a worktree.
fn git_folder(folder: &Path) -> Option<PathBuf> {
    let git = folder.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let text = read(&git)?;
    Some(folder.join(text.strip_prefix("gitdir: ")?))
}

fn packed(common: &Path, reference: &str) -> Option<String> {
    let packed = fs::read_to_string(common.join("packed-refs")).ok()?;
    let lines = packed.lines().filter_map(|line| line.split_once(' '));
    commit_in(lines.into_iter().find(|(_, name)| *name == reference)?.0)
}

fn read(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok().map(|text| text.trim_end().to_owned())
}

/// Returns the text if it can be the name of a commit.
fn commit_in(text: &str) -> Option<String> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (matches!(text.len(), 40 | 64) && text.bytes().all(is_digit)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "1111111111111111111111111111111111111111";
    const TWO: &str = "2222222222222222222222222222222222222222";

    /// Runs `of_folder` on `work/src` in a folder with these files.
    fn found(files: &[(&str, &str)]) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("work/src")).unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        of_folder(&folder.path().join("work/src"))
    }

    #[test]
    fn heads_are_followed() {
        let one = format!("{ONE}\n");
        let head = ("work/.git/HEAD", "ref: refs/heads/main\n");
        assert_eq!(found(&[("work/.git/HEAD", &one)]).as_deref(), Some(ONE));
        assert_eq!(found(&[head, ("work/.git/refs/heads/main", &one)]).as_deref(), Some(ONE));
        let packed =
            format!("# pack-refs with: peeled\n{TWO} refs/heads/a\n{ONE} refs/heads/main\n");
        assert_eq!(found(&[head, ("work/.git/packed-refs", &packed)]).as_deref(), Some(ONE));
        let loose = ("work/.git/refs/heads/main", &*one);
        let packed = format!("{TWO} refs/heads/main\n");
        assert_eq!(found(&[head, loose, ("work/.git/packed-refs", &packed)]).as_deref(), Some(ONE));
    }

    #[test]
    fn a_worktree_leads_to_its_repository() {
        let files = [
            ("work/.git", "gitdir: ../main/.git/worktrees/aside\n"),
            ("main/.git/worktrees/aside/HEAD", "ref: refs/heads/side\n"),
            ("main/.git/worktrees/aside/commondir", "../..\n"),
            ("main/.git/HEAD", TWO),
            ("main/.git/refs/heads/side", ONE),
        ];
        assert_eq!(found(&files).as_deref(), Some(ONE));
    }

    #[test]
    fn without_a_repository_there_is_no_commit() {
        for text in ["", "ref: refs/heads/none", "ref: refs/../../x", "ref: HEAD", "12", "main"] {
            assert_eq!(found(&[("work/.git/HEAD", text)]), None, "{text}");
        }
        let circle = [("work/.git/HEAD", "ref: refs/a"), ("work/.git/refs/a", "ref: refs/a")];
        assert_eq!(found(&circle), None);
    }
}
