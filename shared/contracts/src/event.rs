use serde::Serialize;

/// A fact, in the past tense.
pub trait Event: Serialize + schemars::JsonSchema + Send {
    /// Its name and version: `gate.created.v1`. Never reused for another shape.
    const TYPE: &'static str;

    /// Whether it changes what a snapshot holds. Such an event carries the whole new state of what
    /// it changed, secrets excepted, and makes the epoch the position after it.
    const MOVES_EPOCH: bool;

    /// The id of what it is about, as text. A snapshot's loader reads again what this names.
    fn subject(&self) -> String;

    /// The gate it is about, where there is one; entries can be listed by gate.
    fn gate(&self) -> Option<gw_kernel::GateId> {
        None
    }
}
