//! Adds the dependency on `oom-sweep` to a crate's Cargo.toml: [`with_dependency`].
//!
//! It changes nothing else: comments, order and line ends stay. It works on texts, except for one
//! function, which reads whether a folder is that of `oom-sweep`.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::harness::sweep::quote;
use toml_edit::{Decor, DocumentMut, InlineTable, Item, Table, TableLike, Value, table, value};

const NAME: &str = env!("CARGO_PKG_NAME");
/// The names of the table of tests' dependencies; the second is an old spelling.
const FOR_TESTS: [&str; 2] = ["dev-dependencies", "dev_dependencies"];
const MARK: &str = "\u{feff}";

/// Where the dependency comes from.
#[derive(Debug)]
pub(super) enum Source {
    /// The registry, in this version.
    Published,
    /// A folder, as the manifest names it.
    Folder(String),
    /// A git repository.
    Git(String),
}

impl Source {
    /// Makes the source of a folder that the user names. A relative path is relative to the current
    /// folder, and is written relative to the crate's.
    ///
    /// # Errors
    /// In one line, if it is not the folder of `oom-sweep`.
    pub(super) fn folder(folder: &Path, of_crate: &Path) -> Result<Self, String> {
        let manifest = folder.join("Cargo.toml");
        let name = manifest.display();
        let text = fs::read_to_string(&manifest);
        let text = text.map_err(|error| format!("cannot read {name}: {error}"))?;
        let document = parse(&manifest, &text)?;
        let package = document.get("package").and_then(|package| package.get("name"));
        if package.and_then(Item::as_str) != Some(NAME) {
            return Err(format!(
                "{name} is not the manifest of {NAME}: pass the folder of {NAME} to --path"
            ));
        }
        let with_path = |error| format!("cannot find {}: {error}", folder.display());
        let path = match folder.is_absolute() {
            true => folder.to_owned(),
            false => {
                let from = of_crate.canonicalize().map_err(with_path)?;
                relative(&folder.canonicalize().map_err(with_path)?, &from)
            }
        };
        let path = path.to_str().ok_or_else(|| format!("{} is not UTF-8", path.display()))?;
        Ok(Self::Folder(path.replace('\\', "/")))
    }

    /// Returns the words after `cargo install` that install the programs, for a shell in the crate's
    /// folder.
    pub(super) fn install(&self) -> String {
        let source = match self {
            Self::Published => NAME.to_owned(),
            Self::Folder(path) => format!("--path {}", quote(path)),
            Self::Git(url) => format!("--git {} {NAME}", quote(url)),
        };
        format!("{source} --locked --features cli")
    }

    fn dependency(&self) -> Value {
        let mut dependency = InlineTable::new();
        match self {
            Self::Published => dependency.insert("version", env!("CARGO_PKG_VERSION").into()),
            Self::Folder(path) => dependency.insert("path", path.into()),
            Self::Git(url) => dependency.insert("git", url.into()),
        };
        // Reports are JSON.
        dependency.insert("features", Value::from_iter(["serde"]));
        Value::from(dependency)
    }
}

/// Returns the path from one folder to another. Both are absolute and without links.
fn relative(to: &Path, from: &Path) -> PathBuf {
    let common = to.components().zip(from.components()).take_while(|(a, b)| a == b).count();
    if common == 0 {
        return to.to_owned(); // on another drive
    }
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(to.components().skip(common)).collect();
    if path.as_os_str().is_empty() { ".".into() } else { path }
}

/// Whether it is the manifest of a crate, and not only of a workspace.
///
/// # Errors
/// In one line with the place, if it is not TOML.
pub(super) fn has_package(path: &Path, text: &str) -> Result<bool, String> {
    Ok(parse(path, text)?.contains_key("package"))
}

/// Whether Cargo finds no tests in the crate's folder by itself. Invalid TOML does not say so.
pub(super) fn finds_no_tests(text: &str) -> bool {
    let document = text.trim_start_matches(MARK).parse::<DocumentMut>();
    let is_off = |document: &DocumentMut| {
        document.get("package")?.get("autotests")?.as_bool().map(|finds| !finds)
    };
    document.is_ok_and(|document| is_off(&document) == Some(true))
}

/// Returns the manifest with the dependency, or `None` if it has it in any form.
///
/// # Errors
/// In one line with the place, if it is not TOML or not a manifest.
pub(super) fn with_dependency(
    path: &Path,
    text: &str,
    source: &Source,
) -> Result<Option<String>, String> {
    let mut document = parse(path, text)?;
    if is_there(&document) {
        return Ok(None);
    }
    let section = FOR_TESTS.into_iter().find(|section| document.contains_key(section));
    let section = section.unwrap_or(FOR_TESTS[0]);
    match document.entry(section).or_insert_with(table) {
        Item::Table(list) => add(list, source),
        Item::Value(Value::InlineTable(list)) => add_inline(list, source),
        _ => return Err(format!("{}: {section} is not a table", path.display())),
    }
    Ok(Some(like(text, &document.to_string())))
}

/// Adds it in alphabetical order if the list is sorted, else at the end.
fn add(list: &mut Table, source: &Source) {
    let names: Vec<_> = list.iter().map(|(name, _)| name.to_owned()).collect();
    list.insert(NAME, value(source.dependency()));
    if names.is_sorted() {
        list.sort_values();
    }
}

/// Adds it at the end. Comments and spaces before the brace stay there.
fn add_inline(list: &mut InlineTable, source: &Source) {
    let mut dependency = source.dependency();
    if let Some((_, last)) = list.iter_mut().last() {
        let end = last.decor().suffix().cloned().unwrap_or_default();
        last.decor_mut().set_suffix("");
        *dependency.decor_mut() = Decor::new(" ", end);
    }
    list.insert(NAME, dependency);
}

/// Whether tests can use the crate already, even on some platforms only: a second source would be
/// an error.
fn is_there(document: &DocumentMut) -> bool {
    let platforms = document.get("target").and_then(Item::as_table_like);
    let platforms = platforms.into_iter().flat_map(|platforms| platforms.iter());
    let platforms = platforms.filter_map(|(_, platform)| platform.as_table_like());
    let whole: &dyn TableLike = document.as_table();
    std::iter::once(whole).chain(platforms).any(|table| {
        ["dependencies"].into_iter().chain(FOR_TESTS).any(|section| {
            let list = table.get(section).and_then(Item::as_table_like);
            list.is_some_and(|list| list.contains_key(NAME))
        })
    })
}

fn parse(path: &Path, text: &str) -> Result<DocumentMut, String> {
    let text = text.trim_start_matches(MARK);
    text.parse().map_err(|error: toml_edit::TomlError| {
        let at = error.span().map_or(0, |span| span.start);
        let before = text.get(..at).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        format!("{}:{line}:{column}: {}", path.display(), error.message())
    })
}

/// Gives the new text the byte-order mark and the line ends of the old one.
fn like(old: &str, new: &str) -> String {
    let has_crlf = old.contains("\r\n");
    let new = new.trim_start_matches(MARK);
    let new = if has_crlf { new.replace("\r\n", "\n").replace('\n', "\r\n") } else { new.into() };
    let mark = if old.starts_with(MARK) { MARK } else { "" };
    format!("{mark}{new}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = concat!(
        "oom-sweep = { version = \"",
        env!("CARGO_PKG_VERSION"),
        "\", features = [\"serde\"] }"
    );

    fn edited(text: &str) -> Option<String> {
        with_dependency(Path::new("Cargo.toml"), text, &Source::Published).unwrap()
    }

    /// Removes the lines that are new.
    fn without(text: &str, new: &[&str]) -> String {
        let lines = text.split_inclusive('\n');
        lines.filter(|line| !new.contains(&line.trim_end())).collect()
    }

    const COMMENTED: &str = "\
# A crate.   \n\
[package]\n\
name    =  'store' # its name\n\
\n\
\n\
[dev-dependencies]\n\
# For properties.\n\
proptest = { version = \"1\", default-features=false }   # small\n\
  tempfile=\"3\"\n\
# slab = \"0.4\"\n\
\n\
  [profile.dev] # fast\n\
opt-level = 1\n\
# The end.\n";

    #[test]
    fn a_list_gains_a_line_and_nothing_else_changes() {
        let text = edited(COMMENTED).unwrap();
        assert_eq!(without(&text, &[LINE]), COMMENTED);
        assert!(text.contains(&format!("[dev-dependencies]\n{LINE}\n# For properties")), "{text}");
        assert_eq!(edited(&text), None);

        let unsorted = COMMENTED.replace("proptest", "zip");
        let text = edited(&unsorted).unwrap();
        assert_eq!(without(&text, &[LINE]), unsorted);
        assert!(text.contains(&format!("tempfile=\"3\"\n{LINE}\n# slab")), "{text}");
    }

    #[test]
    fn a_crate_without_a_list_gains_one() {
        let old = "[package]\nname = \"a\"\n\n[dependencies]\n";
        let new = edited(old).unwrap();
        assert_eq!(new, format!("{old}\n[dev-dependencies]\n{LINE}\n"));
        let new = edited("[package]\nname = \"a\"").unwrap();
        assert_eq!(new, format!("[package]\nname = \"a\"\n\n[dev-dependencies]\n{LINE}\n"));
    }

    #[test]
    fn every_form_of_a_list_is_understood() {
        for (old, part) in [
            (
                "dev-dependencies.a = \"1\"\n[package]\nname = \"a\"\n",
                "dev-dependencies.oom-sweep = {",
            ),
            (
                "dev-dependencies = { a = \"1\" }\n[package]\nname = \"a\"\n",
                "a = \"1\", oom-sweep = {",
            ),
            ("[package]\nname = \"a\"\n[dev-dependencies.a]\nversion = \"1\"\n", LINE),
            ("[package]\nname = \"a\"\n[dev_dependencies]\na = \"1\"\n", LINE),
            ("[package]\nname = \"a\"\n[dev-dependencies]\na.workspace = true\n", LINE),
            ("[package]\nname = \"a\"\n[target.'cfg(unix)'.dev-dependencies]\na = \"1\"\n", LINE),
        ] {
            let new = edited(old).unwrap();
            assert!(new.contains(part), "{new}");
            let document: DocumentMut = new.parse().unwrap();
            let list = FOR_TESTS.iter().find_map(|section| document.get(section)).unwrap();
            assert!(list.get(NAME).is_some() && document["package"]["name"].is_str(), "{new}");
            assert_eq!(edited(&new), None, "{new}");
        }
    }

    #[test]
    fn an_existing_dependency_is_kept() {
        for old in [
            "[dev-dependencies]\noom-sweep = \"0.1\"\n",
            "[dev-dependencies]\noom-sweep.workspace = true\n",
            "[dev-dependencies]\noom-sweep = { workspace = true, features = [\"serde\"] }\n",
            "[dev-dependencies.oom-sweep]\npath = \"../oom-sweep\"\n",
            "dev-dependencies.oom-sweep.git = \"x\"\n",
            "dev-dependencies = { oom-sweep = \"0.1\" }\n",
            "[dependencies]\noom-sweep = \"0.1\"\n",
            "[target.'cfg(unix)'.dev-dependencies]\noom-sweep = \"0.1\"\n",
        ] {
            assert_eq!(edited(old), None, "{old}");
        }
    }

    #[test]
    fn line_ends_and_the_first_bytes_stay() {
        let old = format!("{MARK}{}", COMMENTED.replace('\n', "\r\n"));
        let new = edited(&old).unwrap();
        assert_eq!(without(&new, &[LINE]), old);
        assert!(new.contains(&format!("{LINE}\r\n")), "{new}");
    }

    #[test]
    fn an_invalid_manifest_is_one_line_with_the_place() {
        let error = |text| with_dependency(Path::new("Cargo.toml"), text, &Source::Published);
        let broken = error("[package]\nname = \"ü\n").unwrap_err();
        assert!(broken.starts_with("Cargo.toml:2:"), "{broken}");
        assert!(!broken.contains('\n'), "{broken}");
        let odd = error("dev-dependencies = 1\n").unwrap_err();
        assert_eq!(odd, "Cargo.toml: dev-dependencies is not a table");
    }

    #[test]
    fn tests_may_be_off() {
        assert!(finds_no_tests("[package]\nautotests = false\n"));
        assert!(!finds_no_tests("[package]\nname = \"a\"\n"));
    }

    #[test]
    fn a_folder_is_named_from_the_crates() {
        for (to, from, path) in [
            ("/w/oom-sweep", "/w/store", "../oom-sweep"),
            ("/w", "/w/store/a", "../.."),
            ("/w/a", "/w", "a"),
            ("/w", "/w", "."),
        ] {
            assert_eq!(relative(Path::new(to), Path::new(from)), Path::new(path));
        }
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let Source::Folder(path) = Source::folder(here, Path::new("/")).unwrap() else { panic!() };
        assert_eq!(Path::new(&path), here);
        let error = Source::folder(&here.join("fuzz"), here).unwrap_err();
        assert!(error.contains("is not the manifest of oom-sweep"), "{error}");
    }
}
