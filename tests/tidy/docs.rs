//! What every public function of the collections says of itself: what it costs, whether it makes a
//! request, and what an `Err` leaves.
//!
//! It may leave the first and the last to another function, by a link to it; never the requests.
//! Functions that macros write are not looked at.

use std::fs;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

#[derive(Default)]
struct Docs {
    file: String,
    seen: usize,
    /// Of each function that keeps something to itself, where it is and what.
    silent: Vec<String>,
}

impl Docs {
    fn judge(
        &mut self,
        visibility: &syn::Visibility,
        attributes: &[syn::Attribute],
        signature: &syn::Signature,
    ) {
        let is_hidden = attributes.iter().any(|attribute| match &attribute.meta {
            syn::Meta::List(list) => list.path.is_ident("doc"),
            _ => false,
        });
        if is_hidden || !matches!(visibility, syn::Visibility::Public(_)) {
            return;
        }
        self.seen += 1;
        let text = attributes.iter().filter_map(line).collect::<String>();
        let says = |word: &str| text.contains(word);
        let refers = says("](");
        let returns = signature.output.span().source_text().unwrap_or_default();
        let may_fail = ["OutOfMemory", "DeError"].iter().any(|error| returns.contains(error));
        let told = [
            ("what it costs", says("O(") || refers),
            ("requests", says("equest")),
            ("what an `Err` leaves", !may_fail || says("`Err`") || refers),
        ];
        let (line, name) = (signature.span().start().line, &signature.ident);
        for (what, _) in told.iter().filter(|(_, is_told)| !is_told) {
            self.silent.push(format!("{}:{line}, {name}: {what}", self.file));
        }
    }
}

/// A line of documentation.
fn line(attribute: &syn::Attribute) -> Option<String> {
    let pair = attribute.meta.require_name_value().ok()?;
    match &pair.value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => {
            pair.path.is_ident("doc").then(|| text.value())
        }
        _ => None,
    }
}

impl<'ast> Visit<'ast> for Docs {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.judge(&item.vis, &item.attrs, &item.sig);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.judge(&item.vis, &item.attrs, &item.sig);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.ident != "tests" {
            visit::visit_item_mod(self, item);
        }
    }
}

#[test]
fn public_functions_of_the_collections_say_what_they_cost() {
    let mut docs = Docs::default();
    for path in crate::files("src/subjects/collections") {
        docs.file = path.strip_prefix(crate::root()).unwrap().display().to_string();
        docs.visit_file(&syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap());
    }
    assert!(docs.seen > 250, "{} functions", docs.seen);
    assert!(docs.silent.is_empty(), "nothing said in\n{}", docs.silent.join("\n"));
}
