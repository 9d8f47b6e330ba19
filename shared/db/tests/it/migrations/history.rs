use std::collections::HashSet;

use squawk_syntax::ast;

use super::rules::{name, text};

/// What earlier statements, of earlier files and of this one, have made true.
#[derive(Default)]
pub(super) struct History {
    /// Tables that the file at hand makes: nobody else can know them yet.
    made: HashSet<String>,
    /// Constraints that the file at hand adds as `not valid`.
    unproven: HashSet<(String, String)>,
    /// Constraints that demand a column, by table, constraint and column.
    demanded: HashSet<(String, String, String)>,
    /// Constraints that have been validated.
    validated: HashSet<(String, String)>,
}

impl History {
    /// Another file begins.
    pub(super) fn turn_the_page(&mut self) {
        self.made.clear();
        self.unproven.clear();
    }

    pub(super) fn makes(&mut self, table: String) {
        self.made.insert(table);
    }

    /// Whether this file makes the table.
    pub(super) fn is_new(&self, table: &str) -> bool {
        self.made.contains(table)
    }

    /// A check that holds for what is written from now on.
    pub(super) fn adds(&mut self, table: &str, constraint: &ast::Constraint) {
        let Some(called) = constraint.constraint_name().map(|called| name(&called)) else { return };
        self.unproven.insert((table.to_owned(), called.clone()));
        let ast::Constraint::CheckConstraint(check) = constraint else { return };
        let demands = check.expr().map(|expr| text(&expr)).unwrap_or_default();
        if let Some(column) = demands.trim_matches(['(', ')']).strip_suffix(" is not null") {
            self.demanded.insert((table.to_owned(), called, column.to_owned()));
        }
    }

    /// Whether the constraint was added by this very file, whose locks are still held.
    pub(super) fn is_unproven(&self, table: &str, constraint: &str) -> bool {
        self.unproven.contains(&(table.to_owned(), constraint.to_owned()))
    }

    pub(super) fn validates(&mut self, table: &str, constraint: &str) {
        self.validated.insert((table.to_owned(), constraint.to_owned()));
    }

    /// Whether every row is known to have a value in this column.
    pub(super) fn is_proven(&self, table: &str, column: &str) -> bool {
        self.demanded.iter().any(|(of, constraint, demanded)| {
            of == table
                && demanded == column
                && self.validated.contains(&(table.to_owned(), constraint.clone()))
        })
    }
}
