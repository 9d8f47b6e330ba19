//! The only SQL of this service: what snapshots are made of, read from the views that their owners
//! publish for it. Every function of those reads within one snapshot transaction, so that what it
//! returns and the epoch beside it are of one moment.

mod capabilities;
mod changes;
mod gates;
mod keys;
mod kill_switches;
mod known;
mod log_keys;
mod published;
mod refusals;
mod taken;
mod tenant;

pub(crate) use capabilities::{
    RevocationRow, RootKeyRow, StatementKeyRow, one_revocation, one_root_key, revocations,
    root_keys, statement_keys,
};
pub(crate) use changes::{Change, epoch, since};
pub(crate) use gates::{GateRow, KeypairRow, gate_keypairs, gates, keypairs, one_gate};
pub(crate) use keys::{KeyRow, api_keys, one_api_key, operator_api_keys};
pub(crate) use kill_switches::{KillSwitchRow, halted, kill_switches, one_kill_switch};
pub(crate) use known::{minted_with, newest_with};
pub(crate) use log_keys::{PublicLogKeyRow, public_log_keys};
pub(crate) use published::{gate_by_id, gate_by_name, public_keys};
pub(crate) use refusals::{exists, is_entry, wait_for_the_head_briefly};
pub(crate) use taken::taken;
pub(crate) use tenant::{TenantRow, arguments_key, log_key, tenant};
