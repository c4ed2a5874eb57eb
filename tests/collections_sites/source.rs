//! Finds the sites of requests in the sources of the collections: the functions that may return an
//! `OutOfMemory`, and each `?` in them.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::{FOLDER, Line};

/// The kind of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Body,
    /// A `?` in a function.
    Try,
}

/// A site: a failed request must return through at least one of its lines.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// The path in the collections' folder.
    pub(crate) file: String,
    pub(crate) function: String,
    pub(crate) what: What,
    lines: RangeInclusive<u32>,
}

impl Site {
    pub(crate) fn is_reached(&self, reached: &BTreeSet<Line>) -> bool {
        let line = |line: u32| (self.file.clone(), line);
        reached.range(line(*self.lines.start())..=line(*self.lines.end())).next().is_some()
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{FOLDER}{}:{}, in {}", self.file, self.lines.start(), self.function)
    }
}

/// All sites outside tests.
pub(crate) fn sites() -> Vec<Site> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
    let mut sites = Vec::new();
    for path in sources(&root) {
        let text = fs::read_to_string(&path).unwrap();
        let file = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        let mut visitor = Visitor { file, function: None, sites: &mut sites };
        visitor.visit_file(&syn::parse_file(&text).unwrap());
    }
    sites
}

/// The source files in a folder and below, without tests.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        match &*name {
            "tests" | "testing" | "failed_requests" => {}
            _ if path.is_dir() => files.extend(sources(&path)),
            _ => files.push(path),
        }
    }
    files
}

struct Visitor<'a> {
    file: String,
    /// The innermost function if it may return an `OutOfMemory`.
    function: Option<String>,
    sites: &'a mut Vec<Site>,
}

impl Visitor<'_> {
    fn add(&mut self, function: &str, what: What, span: proc_macro2::Span) {
        let lines = span.start().line as u32..=span.end().line as u32;
        let (file, function) = (self.file.clone(), function.to_owned());
        self.sites.push(Site { file, function, what, lines });
    }

    /// Visits the body of a function with `visit`.
    fn within(
        &mut self,
        signature: &syn::Signature,
        body: &syn::Block,
        visit: impl FnOnce(&mut Self),
    ) {
        let returns = match &signature.output {
            syn::ReturnType::Default => String::new(),
            syn::ReturnType::Type(_, ty) => ty.span().source_text().unwrap_or_default(),
        };
        let name = signature.ident.to_string();
        let is_fallible = ["OutOfMemory", "DeError"].iter().any(|error| returns.contains(error));
        let function = is_fallible.then_some(name);
        if let Some(name) = &function {
            self.add(name, What::Body, body.span());
        }
        let outer = std::mem::replace(&mut self.function, function);
        visit(self);
        self.function = outer;
    }
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.within(&item.sig, &item.block, |this| visit::visit_item_fn(this, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.within(&item.sig, &item.block, |this| visit::visit_impl_item_fn(this, item));
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.ident != "tests" {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_expr_try(&mut self, expression: &'ast syn::ExprTry) {
        if let Some(function) = self.function.clone() {
            self.add(&function, What::Try, expression.span());
        }
        visit::visit_expr_try(self, expression);
    }
}
