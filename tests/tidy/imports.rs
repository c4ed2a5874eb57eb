//! Imports go one way: from stage to stage, and between the files of each folder.
//!
//! The test reads the sources with `syn`, and follows re-exports to the file that defines a name.
//! It does not look at tests, documentation and the tokens inside macros. Methods need no import,
//! so calls of them do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::LazyLock;

use syn::visit::{self, Visit};

/// The stages, in order: a module may import those of its own stage and of the stages before it.
const STAGES: [&str; 16] = [
    "error",
    "harness::sys",
    "harness::plan",
    "harness::alloc",
    "harness::c",
    "harness::oracle",
    "guide",
    "harness::report",
    "harness::sweep::api",
    "harness::sweep::run",
    "harness::sweep::executors",
    "harness::sweep::engine",
    "harness::sweep",
    "fuzzing",
    "subjects",
    "cli",
];

/// The names of a module and of those around it, from the crate's root.
type ModulePath = Vec<String>;

#[derive(Default)]
struct Module {
    file: String,
    /// What `use` brings in: its name in this module, and its path.
    names: Vec<(String, ModulePath)>,
    /// The paths of `use …::*`.
    globs: Vec<ModulePath>,
    /// All paths that the module's own code names. Re-exports are not among them.
    paths: BTreeSet<ModulePath>,
}

/// The sources, by module.
struct Tree(BTreeMap<ModulePath, Module>);

static TREE: LazyLock<Tree> = LazyLock::new(Tree::read);

impl Tree {
    fn read() -> Self {
        let mut reader = Reader::default();
        for path in crate::files("src") {
            let file = path.strip_prefix(crate::root()).unwrap().to_str().unwrap();
            let Some(module) = file.strip_prefix("src/").unwrap().strip_suffix(".rs") else {
                continue;
            };
            let mut at: ModulePath = module.split('/').map(str::to_owned).collect();
            // Tests, templates for tests, and programs, which nothing imports.
            let is_exempt = |name: &String| ["tests", "templates", "bin"].contains(&&**name);
            if at.iter().any(is_exempt) || at == ["main"] {
                continue;
            }
            at.pop_if(|name| name == "mod" || name == "lib");
            reader
                .modules
                .insert(at.clone(), Module { file: file.to_owned(), ..Module::default() });
            reader.at = at;
            reader.visit_file(&syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap());
        }
        Self(reader.modules)
    }

    /// The module that defines what `path` means in the module `at`; `None` if that is not ours.
    fn definer(&self, at: &[String], path: &[String]) -> Option<ModulePath> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.below(&[], rest),
            "self" => self.below(at, rest),
            "super" => self.definer_in_parent(at, rest),
            _ if self.0.contains_key(&child(at, first)) => self.below(at, path),
            _ => self.imported(at, path),
        }
    }

    fn definer_in_parent(&self, at: &[String], rest: &[String]) -> Option<ModulePath> {
        let (_, parent) = at.split_last()?;
        match rest.split_first() {
            Some((first, rest)) if first == "super" => self.definer_in_parent(parent, rest),
            _ => self.below(parent, rest),
        }
    }

    /// As [`definer`](Self::definer), of a path that can only go down from the module `at`.
    fn below(&self, at: &[String], path: &[String]) -> Option<ModulePath> {
        let Some((first, rest)) = path.split_first() else { return Some(at.to_vec()) };
        if self.0.contains_key(&child(at, first)) {
            return self.below(&child(at, first), rest);
        }
        match self.0[at].names.iter().any(|(name, _)| name == first) {
            true => self.imported(at, path),
            false => Some(at.to_vec()),
        }
    }

    /// As [`definer`](Self::definer), of a path whose first name a `use` may have brought in.
    fn imported(&self, at: &[String], path: &[String]) -> Option<ModulePath> {
        let (first, rest) = path.split_first()?;
        let (_, target) = self.0[at].names.iter().find(|(name, _)| name == first)?;
        // `use x::x;` of another crate.
        (target[0] != *first).then(|| self.definer(at, &[target, rest].concat()))?
    }

    /// Every import of one module by another.
    fn imports(&self) -> BTreeSet<(&ModulePath, ModulePath)> {
        let mut imports = BTreeSet::new();
        for (from, module) in &self.0 {
            let paths = module.paths.iter().chain(&module.globs);
            let targets = paths.filter_map(|path| self.definer(from, path));
            imports.extend(targets.filter(|to| to != from).map(|to| (from, to)));
        }
        imports
    }

    fn file(&self, module: &ModulePath) -> &str {
        &self.0[module].file
    }
}

fn child(at: &[String], name: &str) -> ModulePath {
    at.iter().cloned().chain([name.to_owned()]).collect()
}

/// Collects the modules of all files.
#[derive(Default)]
struct Reader {
    /// The module that is read.
    at: ModulePath,
    modules: BTreeMap<ModulePath, Module>,
}

impl Reader {
    fn module(&mut self) -> &mut Module {
        self.modules.get_mut(&self.at).unwrap()
    }

    fn use_tree(&mut self, tree: &syn::UseTree, mut prefix: ModulePath, is_re_export: bool) {
        let (name, alias) = match tree {
            syn::UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                return self.use_tree(&path.tree, prefix, is_re_export);
            }
            syn::UseTree::Group(group) => {
                let items = group.items.iter();
                return items.for_each(|tree| self.use_tree(tree, prefix.clone(), is_re_export));
            }
            syn::UseTree::Glob(_) if is_re_export => return,
            syn::UseTree::Glob(_) => return self.module().globs.push(prefix),
            syn::UseTree::Name(name) => (name.ident.to_string(), name.ident.to_string()),
            syn::UseTree::Rename(rename) => (rename.ident.to_string(), rename.rename.to_string()),
        };
        let alias = if alias == "self" { prefix.last().unwrap().clone() } else { alias };
        prefix.extend((name != "self").then_some(name));
        let module = self.module();
        module.paths.extend((!is_re_export).then(|| prefix.clone()));
        module.names.push((alias, prefix));
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let is_test = item.attrs.iter().any(|attribute| match &attribute.meta {
            syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
            _ => false,
        });
        if is_test || item.content.is_none() {
            return;
        }
        let file = self.module().file.clone();
        self.at.push(item.ident.to_string());
        self.modules.insert(self.at.clone(), Module { file, ..Module::default() });
        visit::visit_item_mod(self, item);
        self.at.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let is_re_export = !matches!(item.vis, syn::Visibility::Inherited);
        self.use_tree(&item.tree, Vec::new(), is_re_export);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path.segments.iter().map(|segment| segment.ident.to_string());
        let names = names.collect();
        self.module().paths.insert(names);
        visit::visit_path(self, path);
    }

    /// `pub(super)` imports nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

/// The place of a module's stage in [`STAGES`]; `None` for what holds several stages together.
fn stage(module: &ModulePath) -> Option<usize> {
    let path = format!("{}::", module.join("::"));
    STAGES.iter().position(|stage| path.starts_with(&format!("{stage}::")))
}

#[test]
fn stages_import_only_stages_before_them() {
    let tree = &*TREE;
    let imports = tree.imports();
    assert!(imports.len() > 1000, "{} imports", imports.len());
    // The crate's root has no stage: it only hands names on, and holds exported macros.
    let is_wrong = |(from, to): &&(&ModulePath, ModulePath)| {
        stage(from).zip(stage(to)).is_some_and(|(from, to)| from < to)
    };
    let describe = |(from, to): &(&ModulePath, ModulePath)| {
        format!("{} imports {}, of a later stage", tree.file(from), tree.file(to))
    };
    let wrong: Vec<_> = imports.iter().filter(is_wrong).map(describe).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// For each folder, which of its modules imports which other, with two files that show it.
type Folders<'a> = BTreeMap<&'a [String], BTreeMap<&'a str, BTreeMap<&'a str, (&'a str, &'a str)>>>;

#[test]
fn modules_of_a_folder_import_each_other_in_no_circle() {
    let tree = &*TREE;
    let imports = tree.imports();
    let mut folders = Folders::new();
    for (from, to) in &imports {
        let shared = from.iter().zip(to).take_while(|(from, to)| from == to).count();
        // A module and the folder that it is in are no siblings; stages have their own test.
        if let (Some(one), Some(other)) = (from.get(shared), to.get(shared))
            && shared > 0
        {
            let folder = folders.entry(&from[..shared]).or_default();
            let files = (tree.file(from), tree.file(to));
            folder.entry(one.as_str()).or_default().insert(other.as_str(), files);
        }
    }
    let mut circles = Vec::new();
    for (folder, mut modules) in folders {
        // Drops modules that import none of those left, or that none of them imports, until only
        // circles and what connects them remain.
        loop {
            let left = modules.len();
            let imported: BTreeSet<_> =
                modules.values().flat_map(|to| to.keys().copied()).collect();
            modules.retain(|name, _| imported.contains(name));
            let names: BTreeSet<_> = modules.keys().copied().collect();
            modules.values_mut().for_each(|to| to.retain(|name, _| names.contains(name)));
            modules.retain(|_, to| !to.is_empty());
            if modules.len() == left {
                break;
            }
        }
        for (from, to) in modules.values().flatten().map(|(_, files)| *files) {
            circles.push(format!("{}: {from} imports {to}, in a circle", folder.join("::")));
        }
    }
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}
