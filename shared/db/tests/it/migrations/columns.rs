use squawk_syntax::ast::{self, AstNode as _};

use super::{
    history::History,
    rules::{Rule, name, text},
};

/// Functions whose value is the same for every row that is there, so that none is written again.
const STABLE: [&str; 5] =
    ["gw.current_tenant", "now", "current_timestamp", "transaction_timestamp", "array"];

/// What is wrong with a change of a table that is in use.
pub(super) fn judge(
    table: &str,
    action: &ast::AlterTableAction,
    history: &mut History,
) -> Option<Rule> {
    use ast::AlterTableAction as Action;
    match action {
        Action::AddColumn(column) => added(column),
        Action::AddConstraint(added) => constraint(table, &added.constraint()?, history),
        Action::AlterColumn(column) => match column.option()? {
            ast::AlterColumnOption::SetType(_) => Some(Rule::Retype),
            ast::AlterColumnOption::SetExpression(_) => Some(Rule::Rewrite),
            ast::AlterColumnOption::SetNotNull(_) => {
                let column = name(&column.column_name_ref()?);
                (!history.is_proven(table, &column)).then_some(Rule::NotNull)
            }
            _ => None,
        },
        Action::ValidateConstraint(validated) => {
            let constraint = name(&validated.constraint_name_ref()?);
            if history.is_unproven(table, &constraint) {
                return Some(Rule::TooSoon);
            }
            history.validates(table, &constraint);
            None
        }
        Action::DropColumn(_) => Some(Rule::Drop),
        Action::RenameColumn(_)
        | Action::TableRenameTo(_)
        | Action::RenameConstraint(_)
        | Action::SetSchema(_) => Some(Rule::Rename),
        Action::SetLogged(_)
        | Action::SetUnlogged(_)
        | Action::SetTablespace(_)
        | Action::SetAccessMethod(_)
        | Action::MergePartitions(_)
        | Action::SplitPartition(_) => Some(Rule::Rewrite),
        Action::DetachPartition(detached) => {
            (!text(detached).ends_with(" concurrently")).then_some(Rule::Detach)
        }
        _ => None,
    }
}

fn added(column: &ast::AddColumn) -> Option<Rule> {
    let mut has_default = false;
    let mut demanded = false;
    if column.ty().is_some_and(|ty| text(&ty).ends_with("serial")) {
        return Some(Rule::Rewrite);
    }
    for constraint in column.constraints() {
        match constraint {
            ast::Constraint::DefaultConstraint(default) => {
                if !default.expr().is_some_and(|expr| is_the_same_for_all(&expr)) {
                    return Some(Rule::Default);
                }
                has_default = true;
            }
            ast::Constraint::NotNullConstraint(_) => demanded = true,
            ast::Constraint::NullConstraint(_) => {}
            ast::Constraint::GeneratedConstraint(_) => return Some(Rule::Rewrite),
            ast::Constraint::PrimaryKeyConstraint(_) | ast::Constraint::UniqueConstraint(_) => {
                return Some(Rule::Unique);
            }
            _ => return Some(Rule::Constraint),
        }
    }
    (demanded && !has_default).then_some(Rule::Required)
}

fn constraint(table: &str, constraint: &ast::Constraint, history: &mut History) -> Option<Rule> {
    match constraint {
        ast::Constraint::PrimaryKeyConstraint(_)
        | ast::Constraint::UniqueConstraint(_)
        | ast::Constraint::ExcludeConstraint(_) => {
            (!text(constraint).contains(" using index ")).then_some(Rule::Unique)
        }
        _ if constraint.is_not_valid() => {
            history.adds(table, constraint);
            None
        }
        _ => Some(Rule::Constraint),
    }
}

/// Postgres keeps such a default beside the table and writes no row again.
fn is_the_same_for_all(default: &ast::Expr) -> bool {
    default.syntax().descendants().all(|node| match ast::CallExpr::cast(node) {
        None => true,
        Some(call) => call.expr().is_some_and(|called| STABLE.contains(&text(&called).as_str())),
    })
}
