//! What a migration may not say, and what to say instead.

use std::fmt;

use squawk_syntax::{
    SourceFile,
    ast::{self, AstNode, Stmt},
};

use super::{BASELINE, File, columns, history::History};

/// Tables of one row, whoever installs Gatewright.
const OF_ONE_ROW: [&str; 1] = ["gw.installation"];

macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident => $instead:literal,)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Rule { $($(#[$doc])* $rule,)* }

        impl Rule {
            pub(super) const ALL: &[Self] = &[$(Self::$rule,)*];

            /// What to do instead.
            fn instead(self) -> &'static str {
                match self { $(Self::$rule => $instead,)* }
            }
        }
    };
}

rules! {
    /// A statement that cannot be read here.
    Unreadable => "this test must be able to read it: write it as the other migrations are written",
    /// Something goes that the release before may use.
    Drop => "the release before still uses it: stop using it in one release, and drop it in a \
             later one, in a file whose first line is `-- contract: unused since NNNN`",
    /// Something is called otherwise all of a sudden.
    Rename => "the release before knows it by its old name: add what has the new name beside it \
               (a column that both releases fill, a view), and drop the old one later",
    /// A column's type changes.
    Retype => "this writes the table again while nobody can read it: add a column of the new type, \
               fill it from the program, read it in the next release, and drop the old one later",
    /// A column becomes required.
    NotNull => "this reads the whole table while nobody can use it: add `check (column is not null) \
                not valid`, validate that in a later file, and then set it, which reads nothing",
    /// A constraint that reads every row.
    Constraint => "this reads the whole table while nobody can write it: add the constraint in a \
                   statement of its own as `not valid`, and validate it in a later file",
    /// What was added a moment ago is validated under the lock that added it.
    TooSoon => "the lock of `add constraint` is held while this reads the table: validate it in a \
                later file",
    /// A constraint that needs an index.
    Unique => "this builds an index while nobody can use the table: build a unique index \
               concurrently in a file of its own, and attach it with `using index`",
    /// A default that differs from row to row.
    Default => "this writes every row: add the column without a default, set the default in a \
                statement of its own, and fill old rows from the program",
    /// A column that rows that are there cannot have.
    Required => "the rows that are there have no value, and the release before gives none: add it \
                 nullable or with a constant default",
    /// The table is written anew.
    Rewrite => "this writes the table again while nobody can use it: add beside it what is to \
                replace it, and fill that from the program",
    /// A partition is taken out.
    Detach => "this locks the parent: detach it concurrently, in a file that begins with \
               `-- no-transaction`",
    /// An index on a table that is in use.
    Index => "nobody can write the table while it is built: build it concurrently, alone in a file \
              that begins with `-- no-transaction`",
    /// A concurrent build within a transaction, or a file without one that can be left half done.
    Alone => "what is built concurrently stands alone in a file that begins with \
              `-- no-transaction`, and nothing else stands in such a file",
    /// A lock that is asked for.
    Lock => "nobody can use the table until the migration ends: leave locks to the statements that \
             need them",
    /// What cleans up or sorts whole tables.
    Maintenance => "this is maintenance, which has its own hour and no place in a migration",
    /// Rows of a table that may have any number of them.
    Rows => "this locks rows and may write any number of them: let the program fill or remove them \
             bit by bit while it runs",
    /// SQL that is only known when it runs.
    Hidden => "what this runs cannot be read here: write its statements out",
    /// The migrator's own transaction and patience.
    Transaction => "the migrator opens and ends the transaction and sets how long it waits",
}

/// A statement that may not stand in a migration.
pub(super) struct Refused {
    pub(super) rule: Rule,
    statement: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}\n    {}", self.rule, self.statement, self.rule.instead())
    }
}

/// Everything that a file may not say.
pub(super) fn read(file: &File, history: &mut History) -> Vec<Refused> {
    history.turn_the_page();
    let parsed = SourceFile::parse(&file.sql);
    let mut refused: Vec<Refused> = parsed
        .errors()
        .iter()
        .map(|error| Refused { rule: Rule::Unreadable, statement: error.to_string() })
        .collect();
    let statements: Vec<Stmt> =
        parsed.tree().stmts().filter(|stmt| !matches!(stmt, Stmt::EmptyStmt(_))).collect();
    let alone = file.sql.starts_with("-- no-transaction") && statements.len() == 1;
    let in_transaction = !file.sql.starts_with("-- no-transaction");
    for statement in &statements {
        let mut rules = judge(statement, history);
        let concurrent = text(statement).contains(" concurrently");
        if concurrent && !alone || !concurrent && !in_transaction {
            rules.push(Rule::Alone);
        }
        rules.retain(|rule| *rule != Rule::Drop || !contracts(file));
        refused.extend(
            rules.into_iter().map(|rule| Refused { rule, statement: shortened(statement) }),
        );
    }
    refused
}

/// Whether the file says since which earlier migration nothing uses what it drops.
fn contracts(file: &File) -> bool {
    let first = file.sql.lines().next().unwrap_or_default();
    let since = first.strip_prefix("-- contract: unused since ").map(str::parse::<i64>);
    since.is_some_and(|since| since.is_ok_and(|n| n > *BASELINE.end() && n < file.number))
}

fn judge(statement: &Stmt, history: &mut History) -> Vec<Rule> {
    let one = |rule: Option<Rule>| rule.into_iter().collect();
    let unless = |fine: bool, rule: Rule| if fine { Vec::new() } else { vec![rule] };
    match statement {
        Stmt::CreateTable(it) => {
            it.table_name().into_iter().for_each(|table| history.makes(name(&table)));
            Vec::new()
        }
        Stmt::CreateTableAs(it) => {
            it.table_name().into_iter().for_each(|table| history.makes(name(&table)));
            Vec::new()
        }
        // What it does is done when it is called.
        Stmt::CreateFunction(_) | Stmt::CreateProcedure(_) => Vec::new(),
        Stmt::AlterTable(it) => {
            let table = it.table_relation_name().and_then(|it| it.table_name_ref());
            let Some(table) = table.map(|table| name(&table)) else {
                return vec![Rule::Rewrite];
            };
            let new = history.is_new(&table);
            it.actions()
                .filter_map(|action| columns::judge(&table, &action, history))
                .filter(|_| !new)
                .collect()
        }
        Stmt::CreateIndex(it) => {
            let table = it.table_relation_name().and_then(|it| it.table_name_ref());
            let new = table.is_some_and(|table| history.is_new(&name(&table)));
            unless(new || it.concurrently_token().is_some(), Rule::Index)
        }
        Stmt::DropTable(_)
        | Stmt::DropView(_)
        | Stmt::DropMaterializedView(_)
        | Stmt::DropFunction(_)
        | Stmt::DropProcedure(_)
        | Stmt::DropRoutine(_)
        | Stmt::DropType(_)
        | Stmt::DropDomain(_)
        | Stmt::DropSchema(_)
        | Stmt::DropSequence(_)
        | Stmt::DropExtension(_)
        | Stmt::DropOwned(_) => vec![Rule::Drop],
        Stmt::Lock(_) => vec![Rule::Lock],
        Stmt::Vacuum(_) | Stmt::Cluster(_) | Stmt::Truncate(_) | Stmt::Repack(_) => {
            vec![Rule::Maintenance]
        }
        Stmt::Reindex(_) | Stmt::Refresh(_) => {
            unless(text(statement).contains(" concurrently"), Rule::Maintenance)
        }
        Stmt::Do(_) | Stmt::Execute(_) => vec![Rule::Hidden],
        Stmt::Call(it) => {
            let wall = it.procedure_name_ref().is_some_and(|it| text(&it) == "gw.wall_off");
            unless(wall, Rule::Hidden)
        }
        Stmt::AlterDomain(_) => {
            unless(!text(statement).contains(" add constraint "), Rule::Constraint)
        }
        Stmt::Begin(_) | Stmt::Commit(_) | Stmt::Rollback(_) => vec![Rule::Transaction],
        Stmt::Set(_) | Stmt::Reset(_) => {
            unless(!text(statement).contains("_timeout"), Rule::Transaction)
        }
        _ if text(statement).starts_with("alter ") && text(statement).contains(" rename ") => {
            vec![Rule::Rename]
        }
        _ => one(writes(statement, history).then_some(Rule::Rows)),
    }
}

/// Whether the statement, or a part of it, changes or removes rows that others may be using.
fn writes(statement: &Stmt, history: &History) -> bool {
    let in_use = |table: Option<String>| {
        !table.is_some_and(|it| history.is_new(&it) || OF_ONE_ROW.contains(&it.as_str()))
    };
    statement.syntax().descendants().any(|node| {
        if let Some(update) = ast::Update::cast(node.clone()) {
            in_use(update.relation_name().and_then(|it| it.relation_name_ref()).map(|it| name(&it)))
        } else if let Some(delete) = ast::Delete::cast(node.clone()) {
            in_use(delete.relation_name().and_then(|it| it.relation_name_ref()).map(|it| name(&it)))
        } else {
            ast::Merge::can_cast(node.kind())
        }
    })
}

/// A name as one compares it.
pub(super) fn name(node: &impl AstNode) -> String {
    text(node).replace(['"', ' '], "")
}

/// The words of a piece of SQL, without comments, in lower case.
pub(super) fn text(node: &impl AstNode) -> String {
    let tokens = node.syntax().descendants_with_tokens().filter_map(|part| part.into_token());
    let words: String = tokens
        .map(|token| match token.text() {
            space if space.trim().is_empty() => " ".to_owned(),
            comment if comment.starts_with("--") || comment.starts_with("/*") => " ".to_owned(),
            word => word.to_lowercase(),
        })
        .collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shortened(statement: &Stmt) -> String {
    let text = text(statement);
    if text.chars().count() > 120 {
        text.chars().take(117).chain("...".chars()).collect()
    } else {
        text
    }
}
