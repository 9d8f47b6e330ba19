//! One file for each thing that a caller can ask for; one transaction each.

mod archive_gate;
mod changeable;
mod create_gate;
mod list_gates;
mod public_keys;
mod read_gate;
mod read_keypairs;
mod retire_keypair;
mod room;
mod rotate_keypair;
mod update_gate;

pub(crate) use archive_gate::archive_gate;
pub(crate) use create_gate::create_gate;
pub(crate) use list_gates::list_gates;
pub(crate) use public_keys::public_keys;
pub(crate) use read_gate::read_gate;
pub(crate) use read_keypairs::read_keypairs;
pub(crate) use retire_keypair::retire_keypair;
pub(crate) use rotate_keypair::rotate_keypair;
pub(crate) use update_gate::update_gate;
