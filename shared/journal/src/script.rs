//! Statements that go as one message and are answered with one. Each message that is answered by
//! itself costs both sides a wake-up, and a batch begins with four statements.
//!
//! They are text, with nothing in it but ids and positions. What they name was prepared before, and
//! each sees what is true when it begins, as it would alone.

use std::fmt::Display;

use gw_kernel::TenantId;
use tokio_postgres::{
    Error,
    SimpleQueryMessage::{CommandComplete, Row},
    SimpleQueryRow,
};
use uuid::Uuid;

use crate::connection::Link;

/// Begins a transaction that sees these tenants, and no other.
pub(crate) fn begin(tenants: &[TenantId]) -> String {
    let tenants = ids(tenants);
    format!("begin isolation level read committed; set local gw.tenants = {tenants}")
}

/// Takes the heads that are free.
pub(crate) fn lock_free(tenants: &[TenantId]) -> String {
    format!("execute lock_free ({})", ids(tenants))
}

/// Waits for a head, and makes it where there is none.
pub(crate) fn lock_one(tenant: Uuid) -> String {
    format!("execute make_head ('{tenant}'); execute lock_one ('{tenant}')")
}

/// Reads what is true of each tenant, beside the batch that has its key among these.
pub(crate) fn newest(tenants: &[TenantId], keys: impl Iterator<Item = i64>) -> String {
    format!("execute newest ({}, {})", ids(tenants), array(keys))
}

fn ids(tenants: &[TenantId]) -> String {
    array(tenants.iter().map(|tenant| tenant.uuid()))
}

fn array<T: Display>(items: impl Iterator<Item = T>) -> String {
    let items: Vec<String> = items.map(|item| item.to_string()).collect();
    format!("'{{{}}}'", items.join(","))
}

/// Runs statements, and answers the rows of each.
pub(crate) async fn run(link: &Link, text: &str) -> Result<Vec<Vec<SimpleQueryRow>>, Error> {
    let (mut answers, mut rows) = (Vec::new(), Vec::new());
    for message in link.client.simple_query(text).await? {
        match message {
            Row(row) => rows.push(row),
            CommandComplete(_) => answers.push(std::mem::take(&mut rows)),
            _ => {}
        }
    }
    Ok(answers)
}
